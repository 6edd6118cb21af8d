"""Status over gRPC: single, in columns, as a stream; who may ask."""

from __future__ import annotations

import hashlib
import time
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from tests.support.ca_service import KAGAWA, TOYAMA
from tests.support.crl_signature import is_signed_by
from tests.support.measured import assert_within
from tests.support.ocsp_service import until

if TYPE_CHECKING:
    from tests.support.ocsp_service import Pair

GOOD = revocation_pb2.CERTIFICATE_STATUS_GOOD
REVOKED = revocation_pb2.CERTIFICATE_STATUS_REVOKED
UNKNOWN = revocation_pb2.CERTIFICATE_STATUS_UNKNOWN


def seen_good(pair: Pair, serial: bytes) -> None:
    until(lambda: pair.check(serial).status == GOOD)


@pytest.mark.requirement("R4.1.1")
def test_issued_is_good_then_revoked_and_never_issued_is_unknown(pair: Pair) -> None:
    serial = pair.issue().serial
    seen_good(pair, serial)
    revoked = pair.revoke(serial)
    answer = until(lambda: (found := pair.check(serial)).status == REVOKED and found)
    assert answer.reason == 1  # keyCompromise
    assert answer.revoked_at == revoked.revoked_at.seconds
    assert answer.sequence >= revoked.sequence
    assert pair.check(b"\x01\x02\x03").status == UNKNOWN
    assert pair.check(b"\xff" * 20).status == UNKNOWN


PADDED = (b"\x00", b"\x00\x01\x02\x03", b"", b"\x01" * 21, b"\x01" * 10_000)
"""What is no serial number: zero, one with a leading zero, none, two too long."""


@pytest.mark.parametrize("serial", PADDED, ids=lambda serial: f"{len(serial)}:{serial[:4].hex()}")
def test_what_is_no_serial_is_refused_and_never_unknown(pair: Pair, serial: bytes) -> None:
    stub = pair.ocsp.status()
    serials = [b"\x01", serial]
    for field, call in (
        ("serial", lambda: pair.check(serial)),
        (
            "serials",
            lambda: stub.CheckBatch(
                ocsp_pb2.CheckBatchRequest(authority_id=TOYAMA, serials=serials)
            ),
        ),
        (
            "serials",
            lambda: next(stub.Watch(ocsp_pb2.WatchRequest(authority_id=TOYAMA, serials=serials))),
        ),
    ):
        with pytest.raises(OpenJpkiError) as refusal:
            call()
        assert (refusal.value.reason, refusal.value.field) == (Reason.INVALID_FIELD, field)


@pytest.mark.requirement("R4.1.1")
def test_revocation_shows_within_a_second(pair: Pair) -> None:
    stub = pair.ocsp.status()

    def revoked() -> float:
        """For how long it did not show."""
        serial = pair.issue().serial
        seen_good(pair, serial)
        pair.revoke(serial)
        answered = time.monotonic()
        request = ocsp_pb2.CheckRequest(authority_id=TOYAMA, serial=serial)
        until(lambda: stub.Check(request).status == REVOKED)
        return time.monotonic() - answered

    for _ in range(5):
        assert_within(1.0, revoked)


@pytest.mark.requirement("R4.1.1")
def test_batch_answers_in_the_order_asked(pair: Pair) -> None:
    good, revoked = pair.issue().serial, pair.issue().serial
    at = pair.revoke(revoked).revoked_at.seconds
    until(lambda: pair.check(revoked).status == REVOKED)
    asked = [revoked, b"\x07", good] * 333
    answer = pair.ocsp.status().CheckBatch(
        ocsp_pb2.CheckBatchRequest(authority_id=TOYAMA, serials=asked)
    )
    assert answer.statuses == bytes([REVOKED, UNKNOWN, GOOD] * 333)
    assert answer.reasons == bytes([1, 0, 0] * 333)
    assert list(answer.revoked_at) == [at, 0, 0] * 333
    assert answer.sequence >= pair.check(good).sequence - 1


@pytest.mark.requirement("R4.1.1")
def test_watch_tells_the_present_and_every_change(pair: Pair) -> None:
    first, second = pair.issue().serial, pair.issue().serial
    seen_good(pair, second)
    stream = pair.ocsp.status().Watch(
        ocsp_pb2.WatchRequest(authority_id=TOYAMA, serials=[first, b"\x05", second, first])
    )
    present = {one.serial: one.status.status for one in (next(stream) for _ in range(3))}
    assert present == {first: GOOD, b"\x05": UNKNOWN, second: GOOD}
    pair.issue()  # nobody watches this one
    revoker = Thread(target=pair.revoke, args=(second,))
    revoker.start()
    change = next(stream)
    revoker.join()
    assert (change.serial, change.status.status, change.status.reason) == (second, REVOKED, 1)
    stream.cancel()
    told = pair.ocsp.service.ocsp.statuses.require(AuthorityId.parse(TOYAMA)).told
    until(lambda: not told.watched)


@pytest.mark.requirement("R4.2")
def test_only_registered_verifiers_within_their_entry(pair: Pair) -> None:
    request = ocsp_pb2.CheckRequest(authority_id=TOYAMA, serial=b"\x01")
    batch = ocsp_pb2.CheckBatchRequest(authority_id=TOYAMA, serials=[b"\x01"])
    watch = ocsp_pb2.WatchRequest(authority_id=TOYAMA, serials=[b"\x01"])
    stranger = pair.ocsp.status("stranger")
    for call in (
        lambda: stranger.Check(request),
        lambda: stranger.CheckBatch(batch),
        lambda: next(stranger.Watch(watch)),
    ):
        with pytest.raises(OpenJpkiError) as refusal:
            call()
        assert refusal.value.reason is Reason.UNKNOWN_VERIFIER
    with pytest.raises(OpenJpkiError) as refusal:
        pair.check(b"\x01", KAGAWA)
    assert refusal.value.reason is Reason.OUT_OF_SCOPE
    pair.ocsp.register("wide", authorities=(TOYAMA, KAGAWA, "signing-13"))
    wide = pair.ocsp.status("wide")
    assert wide.Check(ocsp_pb2.CheckRequest(authority_id=KAGAWA, serial=b"\x01")).status == UNKNOWN
    with pytest.raises(OpenJpkiError) as refusal:
        wide.Check(ocsp_pb2.CheckRequest(authority_id="signing-13", serial=b"\x01"))
    assert refusal.value.reason is Reason.AUTHORITY_NOT_FOUND


@pytest.mark.requirement("R4.2")
def test_removed_verifier_is_refused_at_once_and_its_stream_ends(pair: Pair) -> None:
    pair.ocsp.register("leaving")
    stub = pair.ocsp.status("leaving")
    stream = stub.Watch(ocsp_pb2.WatchRequest(authority_id=TOYAMA, serials=[b"\x01"]))
    assert next(stream).status.status == UNKNOWN
    pair.ocsp.registry().RemoveVerifier(
        ocsp_pb2.RemoveVerifierRequest(
            request_id="11111111-1111-4111-8111-111111111111",
            verifier_id="leaving",
            ends_agreements=True,
        )
    )
    with pytest.raises(OpenJpkiError) as refusal:
        stub.Check(ocsp_pb2.CheckRequest(authority_id=TOYAMA, serial=b"\x01"))
    assert refusal.value.reason is Reason.UNKNOWN_VERIFIER
    with pytest.raises(OpenJpkiError) as refusal:
        next(stream)
    assert refusal.value.reason is Reason.UNKNOWN_VERIFIER


@pytest.mark.requirement("R4.1.2", "R4.2")
def test_newest_list_comes_through(pair: Pair) -> None:
    serial = pair.issue().serial
    pair.revoke(serial)
    pair.ca.service.publisher.publish_due()
    request = ocsp_pb2.DownloadRevocationListRequest(authority_id=TOYAMA, partition="16201")
    stub = pair.ocsp.lists()

    def download() -> bytes:
        return b"".join(piece.chunk for piece in stub.DownloadRevocationList(request))

    crl = x509.load_der_x509_crl(download())
    authority = x509.load_der_x509_certificate(pair.ocsp.issuer_certificate(TOYAMA))
    assert is_signed_by(crl, authority)
    request.partition = "16999"
    with pytest.raises(OpenJpkiError) as refusal:
        download()
    assert refusal.value.reason is Reason.PARTITION_NOT_FOUND
    request.partition, request.authority_id = "37201", KAGAWA
    with pytest.raises(OpenJpkiError) as refusal:
        download()
    assert refusal.value.reason is Reason.OUT_OF_SCOPE


@pytest.mark.requirement("R4.1.2", "R4.2")
def test_which_lists_there_are_comes_through(pair: Pair) -> None:
    pair.ca.service.publisher.publish_due()
    stub = pair.ocsp.lists()
    request = ocsp_pb2.ListRevocationListsRequest(authority_id=TOYAMA)
    named = {one.partition: one for one in stub.ListRevocationLists(request).lists}
    assert len(named) == 15
    download = ocsp_pb2.DownloadRevocationListRequest(
        authority_id=TOYAMA, partition="16201", sha256=named["16201"].sha256
    )
    whole = b"".join(piece.chunk for piece in stub.DownloadRevocationList(download))
    assert hashlib.sha256(whole).digest() == named["16201"].sha256
    download.offset = 10
    rest = b"".join(piece.chunk for piece in stub.DownloadRevocationList(download))
    assert rest == whole[10:]
    download.sha256 = bytes(32)
    with pytest.raises(OpenJpkiError) as refusal:
        next(iter(stub.DownloadRevocationList(download)))
    assert refusal.value.reason is Reason.CRL_NOT_FOUND
    request.authority_id = KAGAWA
    with pytest.raises(OpenJpkiError) as refusal:
        stub.ListRevocationLists(request)
    assert refusal.value.reason is Reason.OUT_OF_SCOPE


def test_lag_stays_small_and_is_shown(pair: Pair) -> None:
    from prometheus_client import generate_latest  # noqa: PLC0415

    from openjpki.telemetry.metrics import REGISTRY  # noqa: PLC0415

    def most_of_two_seconds() -> float:
        seen: list[float] = []
        end = time.monotonic() + 2
        while time.monotonic() < end:
            lag = REGISTRY.get_sample_value("openjpki_feed_lag_seconds", {"authority": TOYAMA})
            assert lag is not None
            seen.append(lag)
            time.sleep(0.05)
        return max(seen)

    assert_within(1.0, most_of_two_seconds)
    assert REGISTRY.get_sample_value("openjpki_feed_sequence", {"authority": TOYAMA}) == pair.head()
    # R5.2.2: nothing shown says who asked for which certificate.
    shown = generate_latest(REGISTRY).decode()
    assert "tax-office" not in shown
