"""At every door a verifier is told as much as its agreement's quota lets, and no more (R4.3)."""

from __future__ import annotations

import re
import secrets
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import grpc
import pytest
from cryptography.x509 import ocsp
from google.rpc import error_details_pb2, status_pb2

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.api.types.v1.revocation_pb2 import CERTIFICATE_STATUS_GOOD as GOOD
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.quota import leasing
from openjpki.telemetry.metrics import REGISTRY
from tests.support.agreements import agree
from tests.support.ca_service import TOYAMA, running_ca
from tests.support.ocsp_asking import request_for
from tests.support.ocsp_service import Pair, running_ocsp, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openjpki.api.ca.v1 import ca_pb2
    from tests.support.ocsp_service import RunningOcsp

LOCAL = "127.0.0.0/8"
TRY_LATER = ocsp.OCSPResponseStatus.TRY_LATER
SUCCESSFUL = ocsp.OCSPResponseStatus.SUCCESSFUL
EXCEEDED = Reason.AGREEMENT_QUOTA_EXCEEDED
NO_LIST = Reason.PARTITION_NOT_FOUND
ONLY = r"of these only (\d+) may be told now by the agreement's quota"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("quotas")
    (folder / "ca").mkdir()
    ca_url, url = (f"sqlite:///{folder / name}.db" for name in ("ca", "ocsp"))
    with running_ca(folder / "ca", ca_url, authorities=(TOYAMA,)) as ca:
        target = f"127.0.0.1:{ca.service.server.port}"
        # Current for as long as this takes on a busy machine: who watches is told nothing else.
        part: dict[str, Any] = {"ca_url": ca_url, "freshness": 3600.0}
        with (
            pytest.MonkeyPatch.context() as patched,
            running_ocsp(folder, url, ca.mesh, target, **part) as running,
        ):
            # No midnight comes between.
            patched.setattr(leasing, "counted_day", lambda *_: date(2027, 4, 1))
            yield Pair(ca, running)


@pytest.fixture(scope="module")
def issued(pair: Pair) -> ca_pb2.IssueCertificateResponse:
    """A certificate that the replica has heard of."""
    pair.ocsp.register()
    made: ca_pb2.IssueCertificateResponse = pair.issue()
    until(lambda: pair.check(made.serial).status == GOOD)
    return made


def bounded(replica: RunningOcsp, verifier: str, networks: tuple[str, ...] = (), **of: int) -> None:
    """Registered, with a quota that refuses beyond; it holds here when this returns."""
    replica.enter(verifier, networks=networks)
    quota = pb.Quota(**of, beyond=pb.QUOTA_BEYOND_REFUSE)
    agree(replica, verifier, TOYAMA, quota=quota)


def reason_of(call: Callable[[], object]) -> Reason | None:
    try:
        call()
    except OpenJpkiError as refusal:
        return refusal.reason
    return None


def rule_of(call: Callable[[], object]) -> str:
    with pytest.raises(OpenJpkiError) as refusal:
        call()
    return refusal.value.message


def seconds_until_again(call: Callable[[], object]) -> int:
    """As a refusal says it to programs."""
    with pytest.raises(OpenJpkiError) as refusal:
        call()
    cause = refusal.value.__cause__
    assert isinstance(cause, grpc.Call)
    packed = dict(cause.trailing_metadata())["grpc-status-details-bin"]
    said = error_details_pb2.RetryInfo()
    assert any(one.Unpack(said) for one in status_pb2.Status.FromString(packed).details)
    return int(said.retry_delay.seconds)


def told(replica: RunningOcsp, verifier: str) -> int:
    """As it is counted, over all ways."""
    with replica.service.ocsp.database.reading() as tx:
        found = tx.connection.exec_driver_sql(
            "SELECT coalesce(sum(told), 0) FROM usage WHERE verifier_id = ?", (verifier,)
        )
        return int(found.scalar_one())


def counted(name: str, **labels: str) -> float:
    """The sum of a metric's samples that have these labels."""
    return sum(
        sample.value
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def asked_of_ca() -> float:
    """How many lists, all together."""
    return counted("openjpki_rpc_handled_total", method="GetRevocationList")


def over_http(pair: Pair, der: bytes) -> tuple[ocsp.OCSPResponseStatus, str | None]:
    request = Request(pair.ocsp.url, der, {"Content-Type": "application/ocsp-request"})  # noqa: S310
    with urlopen(request, timeout=60) as answer:  # noqa: S310 - our own URL
        response = ocsp.load_der_ocsp_response(answer.read())
        return response.response_status, answer.headers["Retry-After"]


@pytest.mark.requirement("R4.3", refuses=True)
def test_statuses_end_at_every_door_and_lists_go_on(
    pair: Pair, issued: ca_pb2.IssueCertificateResponse
) -> None:
    verifier = "bank-1"
    bounded(pair.ocsp, verifier, (LOCAL,), statuses_per_day=10)
    status = pair.ocsp.status(verifier)
    check = pb.CheckRequest(authority_id=TOYAMA, serial=issued.serial)
    batch = pb.CheckBatchRequest(authority_id=TOYAMA, serials=[issued.serial] * 7)
    der = request_for(issued.serial, issued.authority_certificate)
    # Each may have to wait until its part is there, as who asks again when it is told to.
    until(lambda: over_http(pair, der)[0] is SUCCESSFUL)
    until(lambda: reason_of(lambda: status.CheckBatch(batch)) is None)
    # Whoever asks for more at once than this replica has is told how many it would be told.
    left = until(lambda: re.fullmatch(ONLY, rule_of(lambda: status.CheckBatch(batch))))
    assert int(left[1]) in (1, 2)
    assert reason_of(lambda: status.CheckBatch(batch)) is EXCEEDED
    until(lambda: reason_of(lambda: status.Check(check)) is None)
    until(lambda: reason_of(lambda: status.Check(check)) is None)
    assert reason_of(lambda: status.Check(check)) is EXCEEDED
    found, again = over_http(pair, der)
    assert (found, int(again or 0) > 0) == (TRY_LATER, True)
    watching = status.Watch(pb.WatchRequest(authority_id=TOYAMA, serials=[issued.serial]))
    assert reason_of(lambda: next(watching)) is EXCEEDED
    pair.ca.service.publisher.publish_due()
    wanted = pb.DownloadRevocationListRequest(authority_id=TOYAMA, partition="16201")
    assert b"".join(one.chunk for one in pair.ocsp.lists(verifier).DownloadRevocationList(wanted))
    # Nothing was counted that was not told.
    until(lambda: told(pair.ocsp, verifier) == 11)


@pytest.mark.requirement("R4.3", refuses=True)
def test_nothing_is_signed_for_who_is_refused(
    pair: Pair, issued: ca_pb2.IssueCertificateResponse
) -> None:
    verifier = "bank-6"
    pair.ocsp.register("bank-1")
    bounded(pair.ocsp, verifier, (LOCAL,), statuses_per_day=2)

    def asked_anew() -> ocsp.OCSPResponseStatus:
        """Whose answer can't be one that was signed before."""
        nonce = secrets.token_bytes(16)
        der = request_for(issued.serial, issued.authority_certificate, nonce=nonce)
        return over_http(pair, der)[0]

    before = counted("openjpki_signatures_total")
    for told in (1, 2):
        until(lambda: asked_anew() is SUCCESSFUL)
        assert counted("openjpki_signatures_total") - before == told
    assert [asked_anew() for _ in range(20)] == [TRY_LATER] * 20
    assert counted("openjpki_signatures_total") - before == 2
    # Its network is the next test's.
    pair.ocsp.enter(verifier)


@pytest.mark.requirement("R4.3", refuses=True)
@pytest.mark.usefixtures("issued")
def test_downloads_end_and_statuses_go_on(
    pair: Pair, issued: ca_pb2.IssueCertificateResponse
) -> None:
    verifier = "bank-2"
    pair.ocsp.register("bank-1")
    bounded(pair.ocsp, verifier, (LOCAL,), downloads_per_month=2)
    pair.ca.service.publisher.publish_due()
    wanted = pb.DownloadRevocationListRequest(authority_id=TOYAMA, partition="16201")

    def download() -> None:
        for _ in pair.ocsp.lists(verifier).DownloadRevocationList(wanted):
            pass

    def fetch(**headers: str) -> tuple[int, str | None, str | None]:
        address = f"{pair.ocsp.url.rstrip('/')}/lists/{TOYAMA}/1/16201.crl"
        try:
            with urlopen(Request(address, None, headers), timeout=60) as answer:  # noqa: S310
                answer.read()
                return answer.status, answer.headers["Retry-After"], answer.headers["ETag"]
        except HTTPError as refusal:
            with refusal:
                return refusal.status or 0, refusal.headers["Retry-After"], None

    until(lambda: reason_of(download) is None)
    # Of what there is not nothing is counted: the one that is left is left still.
    missing = pb.DownloadRevocationListRequest(authority_id=TOYAMA, partition="99999")
    reader = pair.ocsp.lists(verifier)
    for _ in range(3):
        until(lambda: reason_of(lambda: list(reader.DownloadRevocationList(missing))) is NO_LIST)
    etag = None

    def fetched() -> bool:
        nonlocal etag
        found, _, etag = fetch()
        return found == 200

    until(fetched)
    assert reason_of(download) is EXCEEDED
    # From then on nothing is fetched from ca for who may have nothing.
    before = asked_of_ca()
    assert [reason_of(download) for _ in range(5)] == [EXCEEDED] * 5
    assert asked_of_ca() == before
    assert seconds_until_again(download) > 0
    found, again, _ = fetch()
    assert (found, int(again or 0) > 0) == (429, True)
    # That it has not changed is told for nothing.
    assert fetch(**{"If-None-Match": etag or ""})[0] == 304
    check = pb.CheckRequest(authority_id=TOYAMA, serial=issued.serial)
    assert reason_of(lambda: pair.ocsp.status(verifier).Check(check)) is None
    until(lambda: told(pair.ocsp, verifier) == 3)


def test_where_it_reports_nobody_is_refused(
    pair: Pair, issued: ca_pb2.IssueCertificateResponse
) -> None:
    verifier = "bank-3"
    pair.ocsp.register(verifier)
    quota = pb.Quota(statuses_per_day=1, beyond=pb.QUOTA_BEYOND_REPORT)
    agree(pair.ocsp, verifier, TOYAMA, quota=quota)
    check = pb.CheckRequest(authority_id=TOYAMA, serial=issued.serial)
    for _ in range(5):
        assert reason_of(lambda: pair.ocsp.status(verifier).Check(check)) is None


@pytest.mark.requirement("R4.3")
def test_who_asks_for_fewer_at_once_is_told_all_that_was_agreed(
    pair: Pair, issued: ca_pb2.IssueCertificateResponse
) -> None:
    """As the catalogue has it: half, as long as a batch is refused."""
    verifier, quota = "bank-5", 37
    bounded(pair.ocsp, verifier, statuses_per_day=quota)
    status = pair.ocsp.status(verifier)

    def told_at_once(wanted: int) -> bool:
        batch = pb.CheckBatchRequest(authority_id=TOYAMA, serials=[issued.serial] * wanted)
        return reason_of(lambda: status.CheckBatch(batch)) is None

    def told_within(wanted: int, seconds: float) -> bool:
        try:
            until(lambda: told_at_once(wanted), seconds)
        except AssertionError:
            return False
        return True

    answered, wanted = 0, 64
    while wanted:
        if told_within(wanted, 3.0):
            answered += wanted
        else:
            wanted //= 2
    assert answered == quota
    until(lambda: told(pair.ocsp, verifier) == quota)


@pytest.mark.requirement("R4.3", refuses=True)
def test_a_batch_that_no_quota_lets_takes_nothing_from_single_ones(
    pair: Pair, issued: ca_pb2.IssueCertificateResponse
) -> None:
    verifier = "bank-4"
    bounded(pair.ocsp, verifier, statuses_per_day=3)
    status = pair.ocsp.status(verifier)
    batch = pb.CheckBatchRequest(authority_id=TOYAMA, serials=[issued.serial] * 4)
    check = pb.CheckRequest(authority_id=TOYAMA, serial=issued.serial)
    assert reason_of(lambda: status.CheckBatch(batch)) is EXCEEDED
    for _ in range(3):
        until(lambda: reason_of(lambda: status.Check(check)) is None)
    assert reason_of(lambda: status.Check(check)) is EXCEEDED
