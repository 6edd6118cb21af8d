"""OCSP bytes against `cryptography`: what one writes the other reads, whatever the values."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp as peer
from hypothesis import given, settings
from hypothesis import strategies as st

from openjpki import signer_core
from tests.support import x509_samples as samples

# The year 9999 leaves room for nextUpdate.
TIMES = st.integers(0, 253_000_000_000)
REASONS = {
    1: x509.ReasonFlags.key_compromise,
    2: x509.ReasonFlags.ca_compromise,
    3: x509.ReasonFlags.affiliation_changed,
    4: x509.ReasonFlags.superseded,
    5: x509.ReasonFlags.cessation_of_operation,
    6: x509.ReasonFlags.certificate_hold,
    8: x509.ReasonFlags.remove_from_crl,
    9: x509.ReasonFlags.privilege_withdrawn,
    10: x509.ReasonFlags.aa_compromise,
}


@settings(max_examples=200, deadline=None)
@given(
    serial=st.integers(1, (1 << 159) - 1),
    name_hash=st.binary(min_size=32, max_size=32),
    key_hash=st.binary(min_size=32, max_size=32),
    nonce=st.none() | st.binary(min_size=1, max_size=128),
)
def test_requests_are_read_as_they_were_asked(
    serial: int, name_hash: bytes, key_hash: bytes, nonce: bytes | None
) -> None:
    builder = peer.OCSPRequestBuilder().add_certificate_by_hash(
        name_hash, key_hash, serial, hashes.SHA256()
    )
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    der = builder.build().public_bytes(serialization.Encoding.DER)
    request = signer_core.parse_ocsp_request(der, 1)
    (cert_id,) = request.cert_ids
    assert int.from_bytes(cert_id.serial, "big") == serial
    assert (cert_id.issuer_name_hash, cert_id.issuer_key_hash) == (name_hash, key_hash)
    assert cert_id.hash_algorithm == "2.16.840.1.101.3.4.2.1"
    assert cert_id.der in der
    assert request.nonce == nonce


@settings(max_examples=200, deadline=None)
@given(
    produced_at=TIMES,
    this_update=TIMES,
    lasts=st.none() | st.integers(0, 10**6),
    at=TIMES,
    reason=st.none() | st.sampled_from(sorted(REASONS)),
)
def test_responses_say_the_times_and_the_reason(
    produced_at: int, this_update: int, lasts: int | None, at: int, reason: int | None
) -> None:
    request = signer_core.parse_ocsp_request(_any_request(), 1)
    answer = signer_core.OcspSingleResponse.revoked(
        request.cert_ids[0],
        at=at,
        reason=reason,
        this_update=this_update,
        next_update=None if lasts is None else this_update + lasts,
    )
    content = signer_core.OcspResponseData(produced_at=produced_at, responses=[answer], nonce=None)
    responder = signer_core.OcspResponder(samples.responder().der)
    der = responder.assemble(responder.encode(content), b"\x01" * 256)
    read = peer.load_der_ocsp_response(der)
    assert read.produced_at_utc == datetime.fromtimestamp(produced_at, UTC)
    assert read.this_update_utc == datetime.fromtimestamp(this_update, UTC)
    assert read.revocation_time_utc == datetime.fromtimestamp(at, UTC)
    assert read.revocation_reason is (None if reason is None else REASONS[reason])
    if lasts is None:
        assert read.next_update_utc is None
    else:
        assert read.next_update_utc == datetime.fromtimestamp(this_update + lasts, UTC)


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_request_or_malformed(junk: bytes) -> None:
    with pytest.raises(signer_core.MalformedError):
        signer_core.parse_ocsp_request(junk, 10)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_bent_request_never_asks_about_nothing(data: st.DataObject) -> None:
    der = bytearray(_any_request())
    place = data.draw(st.integers(0, len(der) - 1))
    der[place] = data.draw(st.integers(0, 255))
    try:
        request = signer_core.parse_ocsp_request(bytes(der), 1)
    except signer_core.MalformedError:
        return
    assert len(request.cert_ids) == 1


def test_the_number_of_requests_is_the_callers_choice() -> None:
    with pytest.raises(signer_core.MalformedError, match="too many"):
        signer_core.parse_ocsp_request(_any_request(), 0)


@pytest.mark.parametrize("status", [0, 4, 7, 255])
def test_only_the_rfcs_error_statuses_are_written(status: int) -> None:
    with pytest.raises(ValueError, match="status"):
        signer_core.ocsp_error_response(status)


def _any_request() -> bytes:
    builder = peer.OCSPRequestBuilder().add_certificate_by_hash(
        b"\x01" * 20,
        b"\x02" * 20,
        samples.SERIAL,
        hashes.SHA1(),  # noqa: S303
    )
    return builder.build().public_bytes(serialization.Encoding.DER)
