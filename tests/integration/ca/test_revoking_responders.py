"""Ending a responder's certificate: in the list at once, in the feed, once."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

import pytest
from cryptography import x509

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.journal import SqlJournal
from tests.integration.ca.test_authority_service import responder_request
from tests.integration.ca.test_revocation_lists import fetch, wait_for_first_lists
from tests.integration.ca.test_revoking import MovedClock
from tests.support.ca_service import KAGAWA, TOYAMA, issue_request

if TYPE_CHECKING:
    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa

    Cause: TypeAlias = revocation_pb2.ResponderRevocationCause.ValueType


def ending(
    serial: bytes,
    cause: Cause = revocation_pb2.RESPONDER_REVOCATION_CAUSE_KEY_COMPROMISE,
    authority_id: str = TOYAMA,
) -> ca_pb2.RevokeResponderCertificateRequest:
    return ca_pb2.RevokeResponderCertificateRequest(
        request_id=str(uuid.uuid4()), authority_id=authority_id, serial=serial, cause=cause
    )


def responders_serial(ca: RunningCa, keys: Keys, which: int = 0) -> bytes:
    answer = ca.authorities().IssueResponderCertificate(responder_request(keys[which]))
    number = x509.load_der_x509_certificate(answer.certificate).serial_number
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def refused(ca: RunningCa, request: ca_pb2.RevokeResponderCertificateRequest) -> Reason:
    with pytest.raises(OpenJpkiError) as refusal:
        ca.operator().RevokeResponderCertificate(request)
    return refusal.value.reason


@pytest.mark.requirement("R3.2")
@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (
            revocation_pb2.RESPONDER_REVOCATION_CAUSE_KEY_COMPROMISE,
            x509.ReasonFlags.key_compromise,
        ),
        (
            revocation_pb2.RESPONDER_REVOCATION_CAUSE_WITHDRAWN,
            x509.ReasonFlags.cessation_of_operation,
        ),
        (revocation_pb2.RESPONDER_REVOCATION_CAUSE_REPLACED, x509.ReasonFlags.superseded),
        (revocation_pb2.RESPONDER_REVOCATION_CAUSE_ISSUED_WRONGLY, None),
    ],
)
def test_the_list_that_says_so_is_there_when_the_call_is_answered(
    ca: RunningCa, keys: Keys, cause: Cause, reason: x509.ReasonFlags | None
) -> None:
    wait_for_first_lists(ca)
    serial = responders_serial(ca, keys)
    before = fetch(ca, "authority")
    answer = ca.operator().RevokeResponderCertificate(ending(serial, cause))
    found = fetch(ca, "authority")
    (entry,) = list(found)
    assert entry.serial_number == int.from_bytes(serial, "big")
    assert int(entry.revocation_date_utc.timestamp()) == answer.revoked_at.seconds
    if reason is None:
        assert list(entry.extensions) == []
    else:
        stated = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
        assert stated is reason
    numbers = [
        each.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        for each in (before, found)
    ]
    assert numbers == [1, 2]
    # Nothing else was due: no other list was made for it.
    assert len(fetch(ca, "16201")) == 0
    assert ca.service.publisher.publish_changes() == 0


def test_the_feed_and_the_journal_tell_of_it(ca: RunningCa, keys: Keys) -> None:
    serial = responders_serial(ca, keys)
    answer = ca.operator().RevokeResponderCertificate(ending(serial))
    (message,) = ca.feed().ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=TOYAMA))
    assert (list(message.serials), message.statuses) == ([serial], b"\x02")
    assert (message.sequence, message.reasons) == (answer.sequence, b"\x01")
    with ca.service.ca.database.reading() as tx:
        (entry,) = [
            one for one in SqlJournal().read_all(tx, TOYAMA) if one.act == "certificate.revoked"
        ]
    assert entry.subject == serial.hex()
    assert entry.actor.endswith("/operator/ca/operator-1")
    assert entry.details["cause"] == "KEY_COMPROMISE"
    assert entry.details["partition"] == "authority"


def test_a_retry_gets_the_first_answer_and_another_call_a_refusal(
    ca: RunningCa, keys: Keys
) -> None:
    serial = responders_serial(ca, keys)
    stub, request = ca.operator(), ending(serial)
    first = stub.RevokeResponderCertificate(request)
    assert stub.RevokeResponderCertificate(request) == first
    assert refused(ca, ending(serial)) is Reason.ALREADY_REVOKED


def test_only_responders_certificates_of_that_authority(ca: RunningCa, keys: Keys) -> None:
    persons = ca.certificates().IssueCertificate(issue_request(keys[1])).serial
    assert refused(ca, ending(persons)) is Reason.CERTIFICATE_NOT_FOUND
    assert refused(ca, ending(b"\x42")) is Reason.CERTIFICATE_NOT_FOUND
    serial = responders_serial(ca, keys)
    assert refused(ca, ending(serial, authority_id=KAGAWA)) is Reason.CERTIFICATE_NOT_FOUND
    assert refused(ca, ending(serial, authority_id="signing-13")) is Reason.AUTHORITY_NOT_FOUND


@pytest.mark.parametrize(
    ("scope", "reason"),
    [("ocsp", Reason.ROLE_NOT_ALLOWED), (f"ca.{KAGAWA}", Reason.OUT_OF_SCOPE)],
)
def test_operators_of_another_service_or_authority_have_no_word(
    ca: RunningCa, keys: Keys, scope: str, reason: Reason
) -> None:
    serial = responders_serial(ca, keys)
    with pytest.raises(OpenJpkiError) as refusal:
        ca.operator(scope=scope).RevokeResponderCertificate(ending(serial))
    assert refusal.value.reason is reason
    (message,) = ca.feed().ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=TOYAMA))
    assert message.statuses == b"\x01"


def test_a_certificate_whose_time_is_over(ca: RunningCa, keys: Keys) -> None:
    serial = responders_serial(ca, keys)
    # The mesh's own certificates are short-lived; only the use case's time moves.
    object.__setattr__(ca.service.ca, "clock", MovedClock(timedelta(days=40)))
    assert refused(ca, ending(serial)) is Reason.CERTIFICATE_EXPIRED
