"""Responders' keys: only those that two operators have enrolled for a replica get certificates."""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.domain.serial import serial_to_bytes
from openjpki.domain.served_scope import NATIONWIDE
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.x509.public_key import spki_of
from tests.integration.ca.test_authority_service import responder_request
from tests.integration.ca.test_revocation_lists import fetch, wait_for_first_lists
from tests.integration.ca.test_revoking import MovedClock
from tests.integration.ca.test_revoking_responders import ending
from tests.support.ca_service import KAGAWA, TOYAMA, issue_request, request_of
from tests.support.responder_keys import REPLICA

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric import rsa

    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa


def proposal(
    key: rsa.RSAPrivateKey, replica: str = REPLICA, authority_id: str = TOYAMA
) -> ca_pb2.ProposeResponderKeyRequest:
    return ca_pb2.ProposeResponderKeyRequest(
        request_id=str(uuid.uuid4()),
        authority_id=authority_id,
        replica=f"{NATIONWIDE}/{replica}",
        certification_request=request_of(key),
    )


def approval(proposed: ca_pb2.ResponderKey) -> ca_pb2.ApproveResponderKeyRequest:
    return ca_pb2.ApproveResponderKeyRequest(
        request_id=str(uuid.uuid4()),
        authority_id=proposed.authority_id,
        key_sha256=proposed.key_sha256,
    )


def withdrawal(key: ca_pb2.ResponderKey) -> ca_pb2.WithdrawResponderKeyRequest:
    return ca_pb2.WithdrawResponderKeyRequest(
        request_id=str(uuid.uuid4()), authority_id=key.authority_id, key_sha256=key.key_sha256
    )


def enrol(ca: RunningCa, key: rsa.RSAPrivateKey, replica: str = REPLICA) -> ca_pb2.ResponderKey:
    proposed = ca.responder_keys().ProposeResponderKey(proposal(key, replica)).key
    return ca.responder_keys("operator-2").ApproveResponderKey(approval(proposed)).key


def refused(act: Callable[[], object]) -> Reason:
    with pytest.raises(OpenJpkiError) as refusal:
        act()
    return refusal.value.reason


def certificate(ca: RunningCa, key: rsa.RSAPrivateKey, replica: str = REPLICA) -> bytes:
    answer = ca.replica(replica).IssueResponderCertificate(responder_request(key))
    return answer.certificate


def test_an_enrolled_key_gets_a_certificate(ca: RunningCa, keys: Keys) -> None:
    enrolled = enrol(ca, keys[0])
    assert enrolled.state == ca_pb2.RESPONDER_KEY_STATE_ENROLLED
    made = x509.load_der_x509_certificate(certificate(ca, keys[0]))
    assert hashlib.sha256(spki_of(made)).digest() == enrolled.key_sha256
    listed = ca.responder_keys().ListResponderKeys(
        ca_pb2.ListResponderKeysRequest(authority_id=TOYAMA)
    )
    assert list(listed.keys) == [enrolled]


def test_a_stolen_credential_gets_nothing_without_an_enrolled_key(
    ca: RunningCa, keys: Keys
) -> None:
    enrol(ca, keys[0])
    nothing = Reason.RESPONDER_KEY_NOT_ENROLLED
    assert refused(lambda: certificate(ca, keys[1])) is nothing
    # Nor with a key that is another replica's, nor without a name.
    elsewhere = ca_pb2_grpc.AuthorityServiceStub(ca.channel(PeerRole.OCSP, TOYAMA, REPLICA))
    same_name = refused(lambda: elsewhere.IssueResponderCertificate(responder_request(keys[0])))
    assert same_name is nothing
    assert refused(lambda: certificate(ca, keys[0], "replica-2")) is nothing
    assert refused(lambda: certificate(ca, keys[0], "")) is nothing
    proposed = ca.responder_keys().ProposeResponderKey(proposal(keys[2])).key
    assert refused(lambda: certificate(ca, keys[2])) is nothing
    (message,) = ca.feed().ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=TOYAMA))
    assert not message.serials
    ca.responder_keys("operator-2").ApproveResponderKey(approval(proposed))
    assert certificate(ca, keys[2])


def test_who_proposed_a_key_does_not_approve_it(ca: RunningCa, keys: Keys) -> None:
    proposed = ca.responder_keys().ProposeResponderKey(proposal(keys[0])).key
    own = ca.responder_keys()
    assert refused(lambda: own.ApproveResponderKey(approval(proposed))) is Reason.SAME_OFFICER
    # One person with two credentials is one person.
    same = ca.responder_keys(scope=f"ca.{TOYAMA}")
    assert refused(lambda: same.ApproveResponderKey(approval(proposed))) is Reason.SAME_OFFICER
    same = ca.responder_keys("Operator-1")
    assert refused(lambda: same.ApproveResponderKey(approval(proposed))) is Reason.SAME_OFFICER
    other = ca.responder_keys("operator-2")
    request = approval(proposed)
    first = other.ApproveResponderKey(request)
    assert other.ApproveResponderKey(request) == first
    assert refused(lambda: other.ApproveResponderKey(approval(proposed))) is Reason.WRONG_STATE


def test_operators_of_elsewhere_have_no_word(ca: RunningCa, keys: Keys) -> None:
    for scope, reason in (
        ("ocsp", Reason.ROLE_NOT_ALLOWED),
        (f"ca.{KAGAWA}", Reason.OUT_OF_SCOPE),
    ):
        stub = ca.responder_keys(scope=scope)
        assert refused(lambda: stub.ProposeResponderKey(proposal(keys[0]))) is reason  # noqa: B023


def test_a_withdrawn_key_gets_no_more_and_does_not_come_back(ca: RunningCa, keys: Keys) -> None:
    enrolled = enrol(ca, keys[0])
    certificate(ca, keys[0])
    operator = ca.responder_keys()
    withdrawn = operator.WithdrawResponderKey(withdrawal(enrolled)).key
    assert withdrawn.state == ca_pb2.RESPONDER_KEY_STATE_WITHDRAWN
    assert refused(lambda: certificate(ca, keys[0])) is Reason.RESPONDER_KEY_NOT_ENROLLED
    assert refused(lambda: operator.WithdrawResponderKey(withdrawal(enrolled))) is (
        Reason.WRONG_STATE
    )
    assert refused(lambda: operator.ProposeResponderKey(proposal(keys[0]))) is (
        Reason.RESPONDER_KEY_EXISTS
    )
    nobodys = ca_pb2.ResponderKey(authority_id=TOYAMA, key_sha256=bytes(32))
    assert refused(lambda: operator.WithdrawResponderKey(withdrawal(nobodys))) is (
        Reason.RESPONDER_KEY_NOT_FOUND
    )
    with ca.service.ca.database.reading() as tx:
        acts = [
            entry.act
            for entry in SqlJournal().read_all(tx, TOYAMA)
            if entry.subject == enrolled.key_sha256.hex()
        ]
    assert acts == ["responder_key.proposed", "responder_key.enrolled", "responder_key.withdrawn"]


def test_a_withdrawn_keys_certificates_end_with_it(ca: RunningCa, keys: Keys) -> None:
    wait_for_first_lists(ca)
    first, second = (enrol(ca, key) for key in keys[:2])
    ended, kept = (x509.load_der_x509_certificate(certificate(ca, key)) for key in keys[:2])
    operator, request = ca.responder_keys(), withdrawal(first)
    answer = operator.WithdrawResponderKey(request)
    # The list that says so is there when the call is answered.
    (entry,) = list(fetch(ca, "authority"))
    assert entry.serial_number == ended.serial_number
    reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason is x509.ReasonFlags.cessation_of_operation
    assert operator.WithdrawResponderKey(request) == answer
    with ca.service.ca.database.reading() as tx:
        (act,) = [
            one for one in SqlJournal().read_all(tx, TOYAMA) if one.act == "certificate.revoked"
        ]
    assert act.actor.endswith("/operator/ca/operator-1")
    # One that was revoked before is no obstacle.
    ca.operator().RevokeResponderCertificate(ending(serial_to_bytes(kept.serial_number)))
    assert operator.WithdrawResponderKey(withdrawal(second)).key.state == (
        ca_pb2.RESPONDER_KEY_STATE_WITHDRAWN
    )


def test_a_persons_key_is_no_responders(ca: RunningCa, keys: Keys) -> None:
    ca.certificates().IssueCertificate(issue_request(keys[0]))
    operator = ca.responder_keys()
    assert refused(lambda: operator.ProposeResponderKey(proposal(keys[0]))) is (
        Reason.KEY_ALREADY_USED
    )


def test_a_certificate_with_time_before_it_is_given_again(ca: RunningCa, keys: Keys) -> None:
    enrol(ca, keys[0])
    first = certificate(ca, keys[0])
    # However often a credential is used, and by whomever: nothing more is signed.
    assert {certificate(ca, keys[0]) for _ in range(5)} == {first}
    (message,) = ca.feed().ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=TOYAMA))
    assert len(message.serials) == 1
    # The mesh's own certificates are short-lived; only the use case's time moves.
    object.__setattr__(ca.service.ca, "clock", MovedClock(timedelta(days=4)))
    assert certificate(ca, keys[0]) != first


def test_a_revoked_certificate_is_not_given_again(ca: RunningCa, keys: Keys) -> None:
    enrol(ca, keys[0])
    first = certificate(ca, keys[0])
    number = x509.load_der_x509_certificate(first).serial_number
    serial = number.to_bytes((number.bit_length() + 7) // 8, "big")
    ca.operator().RevokeResponderCertificate(ending(serial))
    assert certificate(ca, keys[0]) != first


def test_no_more_certificates_than_policy_allows_a_replica(ca: RunningCa, keys: Keys) -> None:
    for key in keys[:5]:
        enrol(ca, key)
    made = [certificate(ca, key) for key in keys[:4]]
    assert len({*made}) == 4
    assert refused(lambda: certificate(ca, keys[4])) is Reason.RESPONDER_LIMIT
    # Those that there are may be had again, and another replica has its own number.
    assert certificate(ca, keys[0]) == made[0]
    enrol(ca, keys[5], "replica-2")
    assert certificate(ca, keys[5], "replica-2")
