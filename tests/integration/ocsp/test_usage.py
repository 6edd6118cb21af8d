"""How much verifiers are told, counted at every door and shown to whom it concerns (R5.2.2)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import UsageServiceStub
from openjpki.api.types.v1.revocation_pb2 import CERTIFICATE_STATUS_GOOD as GOOD
from openjpki.domain.usage import day_of
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ocsp.usage import usage_servicer
from openjpki.storage.ocsp import usage, usage_unknown
from openjpki.storage.ocsp.usage_unknown import Signs
from tests.support.ca_service import KAGAWA, TOYAMA, running_ca
from tests.support.ocsp_asking import request_for
from tests.support.ocsp_service import VERIFIER, Pair, running_ocsp, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.api.ca.v1 import ca_pb2
    from tests.support.ocsp_service import RunningOcsp

OTHER = "bank-1"
DOOR = "bank-2"
"""Asks in one test alone, whose answers it knows the number of."""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Three verifiers, one of them known by this machine's own network."""
    folder = tmp_path_factory.mktemp("usage")
    (folder / "ca").mkdir()
    ca_url, url = (f"sqlite:///{folder / name}.db" for name in ("ca", "ocsp"))
    with running_ca(folder / "ca", ca_url, authorities=(TOYAMA, KAGAWA)) as ca:
        target = f"127.0.0.1:{ca.service.server.port}"
        # Current for as long as this takes on a busy machine: who watches is told nothing else.
        part: dict[str, Any] = {"ca_url": ca_url, "freshness": 3600.0}
        with running_ocsp(folder, url, ca.mesh, target, **part) as ocsp:
            ocsp.register(authorities=(TOYAMA, KAGAWA))
            ocsp.register(OTHER)
            ocsp.register(DOOR, networks=("127.0.0.0/8",))
            yield Pair(ca, ocsp)


@pytest.fixture(scope="module")
def issued(pair: Pair) -> ca_pb2.IssueCertificateResponse:
    """A certificate that the replica has heard of, and goes on to call good."""
    made: ca_pb2.IssueCertificateResponse = pair.issue()
    until(lambda: pair.check(made.serial).status == GOOD)
    return made


@pytest.fixture
def shown_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if each day was over."""
    monkeypatch.setattr(usage_servicer, "newest_shown", lambda now: day_of(now) + timedelta(days=1))


def asked(replica: RunningOcsp, role: PeerRole, scope: str, **of: str) -> pb.GetUsageResponse:
    """Of yesterday, today and tomorrow: a test may go over midnight."""
    today = day_of(replica.service.ocsp.clock.now())
    days: dict[str, Any] = {
        "first_day": (today - timedelta(days=1)).isoformat(),
        "last_day": (today + timedelta(days=1)).isoformat(),
    }
    subject = "mori" if role is PeerRole.GOVERNOR_OFFICER else ""
    stub = UsageServiceStub(replica.channel(role, scope, subject))
    return stub.GetUsage(pb.GetUsageRequest(**{**days, **of}))


def told(replica: RunningOcsp, verifier: str = VERIFIER) -> Counter[tuple[str, int]]:
    """By authority and way, over days; as the verifier itself is told."""
    found: Counter[tuple[str, int]] = Counter()
    for one in asked(replica, PeerRole.VERIFIER, verifier, verifier_id=verifier).counts:
        assert one.verifier_id == verifier
        found[one.authority_id, one.way] += one.told
    return found


def question(issued: ca_pb2.IssueCertificateResponse) -> pb.CheckRequest:
    return pb.CheckRequest(authority_id=TOYAMA, serial=issued.serial)


def http(pair: Pair, der: bytes, **headers: str) -> None:
    headers = {"Content-Type": "application/ocsp-request", **headers}
    with urlopen(Request(pair.ocsp.url, der, headers), timeout=60) as answer:  # noqa: S310
        answer.read()


@pytest.mark.requirement("R5.2.2")
@pytest.mark.usefixtures("shown_at_once")
def test_each_answer_is_counted_once_at_every_door(
    pair: Pair, issued: ca_pb2.IssueCertificateResponse
) -> None:
    der = request_for(issued.serial, issued.authority_certificate)
    for _ in range(5):
        # The first is signed, the others were kept.
        http(pair, der)
    status = pair.ocsp.status(DOOR)
    for _ in range(3):
        status.Check(question(issued))
    status.CheckBatch(pb.CheckBatchRequest(authority_id=TOYAMA, serials=[issued.serial] * 7))
    watched = status.Watch(pb.WatchRequest(authority_id=TOYAMA, serials=[issued.serial]))
    next(watched)
    watched.cancel()
    lists = pair.ocsp.lists(DOOR)
    wanted = pb.DownloadRevocationListRequest(authority_id=TOYAMA, partition="16201")
    pair.ca.service.publisher.publish_due()
    # Which there are is not counted, and a download is, once.
    lists.ListRevocationLists(pb.ListRevocationListsRequest(authority_id=TOYAMA))
    assert b"".join(piece.chunk for piece in lists.DownloadRevocationList(wanted))
    expected = {
        (TOYAMA, pb.PROVIDING_WAY_OCSP_HTTP): 5,
        (TOYAMA, pb.PROVIDING_WAY_GRPC): 3 + 7 + 1,
        (TOYAMA, pb.PROVIDING_WAY_LISTS): 1,
    }
    until(lambda: told(pair.ocsp, DOOR) == expected)


@pytest.mark.usefixtures("shown_at_once")
def test_what_is_refused_is_not_counted(
    pair: Pair, issued: ca_pb2.IssueCertificateResponse
) -> None:
    request = pb.CheckRequest(authority_id=KAGAWA, serial=issued.serial)
    with pytest.raises(OpenJpkiError) as refused:
        pair.ocsp.status(OTHER).Check(request)
    assert refused.value.reason is Reason.OUT_OF_SCOPE
    # Written after that, so what was told before is there.
    pair.ocsp.status(OTHER).Check(question(issued))
    until(lambda: told(pair.ocsp, OTHER))
    assert {authority for authority, _ in told(pair.ocsp, OTHER)} == {TOYAMA}


@pytest.mark.parametrize(
    ("role", "scope", "of"),
    [
        (PeerRole.GOVERNOR_OFFICER, TOYAMA, {"authority_id": KAGAWA}),
        (PeerRole.GOVERNOR_OFFICER, TOYAMA, {}),
        (PeerRole.GOVERNOR_OFFICER, TOYAMA, {"verifier_id": VERIFIER}),
        (PeerRole.VERIFIER, OTHER, {"verifier_id": VERIFIER}),
        (PeerRole.VERIFIER, OTHER, {"authority_id": TOYAMA}),
    ],
)
def test_nobody_is_told_of_others(
    pair: Pair, role: PeerRole, scope: str, of: dict[str, str]
) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        asked(pair.ocsp, role, scope, **of)
    assert refused.value.reason is Reason.OUT_OF_SCOPE


@pytest.mark.usefixtures("shown_at_once")
def test_an_officer_is_told_of_all_that_ask_about_the_authority(
    pair: Pair, issued: ca_pb2.IssueCertificateResponse
) -> None:
    for verifier in (VERIFIER, OTHER):
        pair.ocsp.status(verifier).Check(question(issued))

    def both() -> bool:
        answer = asked(pair.ocsp, PeerRole.GOVERNOR_OFFICER, TOYAMA, authority_id=TOYAMA)
        assert {one.authority_id for one in answer.counts} <= {TOYAMA}
        return {one.verifier_id for one in answer.counts} >= {VERIFIER, OTHER}

    until(both)


def test_a_day_is_shown_when_it_is_over(
    pair: Pair, issued: ca_pb2.IssueCertificateResponse
) -> None:
    """Who asks again and again learns nothing of moments."""
    pair.ocsp.status().Check(question(issued))

    def is_written() -> bool:
        with pair.ocsp.service.ocsp.database.reading() as tx:
            rows = tx.connection.exec_driver_sql(
                "SELECT 1 FROM usage WHERE verifier_id = ?", (VERIFIER,)
            )
            return rows.first() is not None

    until(is_written)
    answer = asked(pair.ocsp, PeerRole.VERIFIER, VERIFIER, verifier_id=VERIFIER)
    today = day_of(pair.ocsp.service.ocsp.clock.now()).isoformat()
    assert all(one.day < today for one in answer.counts)


@pytest.mark.parametrize(
    ("days", "field"),
    [
        ({"first_day": "2027-02-30", "last_day": "2027-04-01"}, "first_day"),
        ({"first_day": "2027-04-02", "last_day": "2027-04-01"}, "last_day"),
        ({"first_day": "2027-04-01", "last_day": "2028-04-01"}, "last_day"),
        ({"first_day": "0001-01-01", "last_day": "0001-01-02"}, "first_day"),
        ({"first_day": "9998-12-31", "last_day": "9999-12-31"}, "last_day"),
        ({"first_day": "", "last_day": "2027-04-01"}, "first_day"),
    ],
)
def test_days_that_are_none_are_refused(pair: Pair, days: dict[str, Any], field: str) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        asked(pair.ocsp, PeerRole.VERIFIER, VERIFIER, verifier_id=VERIFIER, **days)
    assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, field)


@pytest.mark.usefixtures("shown_at_once")
def test_what_a_lost_replica_may_have_told_is_named(pair: Pair) -> None:
    now = pair.ocsp.service.ocsp.clock.now().replace(microsecond=0)
    until_then = now + timedelta(hours=1)

    def gaps() -> list[pb.UsageGap]:
        return list(asked(pair.ocsp, PeerRole.VERIFIER, OTHER, verifier_id=OTHER).gaps)

    assert gaps() == []
    database = pair.ocsp.service.ocsp.database
    with database.transaction() as tx:
        usage.begin(tx, "lost", run="lost", at=now)
        signs = Signs(now, None)
        assert usage_unknown.seal_silent(tx, "lost", at=now, signs=signs, unknown_until=until_then)
    # In whole hours.
    hour = now.replace(minute=0, second=0)
    begins, more = int(hour.timestamp()), 1 if now == hour else 2
    assert gaps() == [pb.UsageGap(begins_at=begins, ends_at=begins + more * 3600)]
    # Its files are there after all.
    with database.transaction() as tx:
        usage_unknown.know(tx, "lost")
    assert gaps() == []


@pytest.mark.usefixtures("shown_at_once")
def test_a_replica_that_ends_has_written_all(
    tmp_path: Path, pair: Pair, issued: ca_pb2.IssueCertificateResponse
) -> None:
    """And the next one finds no files of it."""
    url, files = f"sqlite:///{tmp_path / 'ocsp.db'}", tmp_path / "usage"
    target = f"127.0.0.1:{pair.ca.service.server.port}"
    ca_url = pair.ca.settings.database.read_url()
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    part: dict[str, Any] = {"ca_url": ca_url, "usage_directory": files}
    with running_ocsp(tmp_path / "one", url, pair.ca.mesh, target, **part) as one:
        one.register()
        for _ in range(4):
            one.status().Check(question(issued))
        assert list(files.iterdir())
    assert list(files.iterdir()) == []
    with running_ocsp(tmp_path / "two", url, pair.ca.mesh, target, **part) as two:
        assert told(two) == {(TOYAMA, pb.PROVIDING_WAY_GRPC): 4}
