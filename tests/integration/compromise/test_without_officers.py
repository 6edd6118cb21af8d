"""A stolen registration that has no officer, or an officer who signed something else."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.officers.v1 import officers_pb2, officers_pb2_grpc
from openjpki.api.types.v1 import evidence_pb2, revocation_pb2
from openjpki.cli.window_statements import attributes_of
from openjpki.domain.authority import AuthorityId
from openjpki.domain.window import WindowId
from openjpki.evidence.user_statements import application_decided
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.officer_signature import to_message
from openjpki.x509.foreign.csr import parse_csr
from tests.support.ca_service import issue_request, person_key, request_of, revoke_request
from tests.support.window_officers import (
    sign_issuance,
    sign_revocation,
    sign_taking_over,
    signer_of,
    window_officer,
)

if TYPE_CHECKING:
    from tests.integration.compromise.conftest import Attack


def certificates(attack: Attack) -> ca_pb2_grpc.CertificateServiceStub:
    return ca_pb2_grpc.CertificateServiceStub(attack.registration())


def order() -> ca_pb2.IssueCertificateRequest:
    """As three officers signed for it: rightful, and never sent."""
    return issue_request(person_key(), person=uuid.uuid4().hex)


def decided_alone(
    order: ca_pb2.IssueCertificateRequest, shown: ca_pb2.IssueCertificateRequest
) -> evidence_pb2.OfficerSignature:
    """What the deciding officer signs about an order's application, as it was shown to them."""
    deciding = signer_of(window_officer(order.municipality_code, "officer-2"))
    occasion = deciding.occasion(str(uuid.uuid4()))
    window = WindowId.parse(order.window_id)
    statement = application_decided(
        occasion,
        authority_id=AuthorityId.parse(order.authority_id),
        window=window,
        application_id=order.application_id,
        attributes=attributes_of(shown.attributes, window.municipality, occasion.signed_at),
        key_sha256=parse_csr(shown.certification_request, field="request").fingerprint,
        approved=True,
    )
    return to_message(deciding.sign(statement, occasion))


def test_without_officers_there_is_no_certificate(attack: Attack) -> None:
    stub = certificates(attack)
    for left_out in ("submitted", "checked", "presented", "decided"):
        request = order()
        request.ClearField(left_out)
        with attack.refused("registration-without-officers"):
            stub.IssueCertificate(request)


def test_officers_whom_nobody_enrolled_count_for_nothing(attack: Attack) -> None:
    stub = certificates(attack)
    for request in (
        sign_issuance(order(), submitted_by="mallory"),
        sign_issuance(order(), checked_by="mallory"),
        sign_issuance(order(), presented_by="mallory"),
        sign_issuance(order(), decided_by="mallory"),
    ):
        with attack.refused("registration-invented-officer"):
            stub.IssueCertificate(request)
    # Under the name of one who is known, by a key of the thief's own.
    request, forged = order(), sign_issuance(order(), decided_by="mallory")
    request.decided.key_sha256 = forged.decided.key_sha256
    request.decided.signature = forged.decided.signature
    with attack.refused("registration-invented-officer"):
        stub.IssueCertificate(request)


def test_what_officers_signed_is_for_one_person_one_key_one_application(attack: Attack) -> None:
    stub = certificates(attack)
    person = order()
    person.attributes.name = "別人\u3000次郎"
    person.substitutions.name = "0" * len(person.attributes.name)
    with attack.refused("registration-replayed-person"):
        stub.IssueCertificate(person)
    key = order()
    key.certification_request = request_of(person_key())
    with attack.refused("registration-replayed-key"):
        stub.IssueCertificate(key)
    application = order()
    application.application_id = str(uuid.uuid4())
    with attack.refused("registration-replayed-application"):
        stub.IssueCertificate(application)
    mixed, other = order(), order()
    mixed.decided.CopyFrom(other.decided)
    with attack.refused("registration-mixed-signatures"):
        stub.IssueCertificate(mixed)
    # A check is no decision, whoever signed it.
    kind = order()
    kind.decided.CopyFrom(kind.checked)
    with attack.refused("registration-other-statement"):
        stub.IssueCertificate(kind)


def test_one_officer_is_not_two_and_not_from_elsewhere(attack: Attack) -> None:
    stub = certificates(attack)
    with attack.refused("registration-one-officer"):
        stub.IssueCertificate(sign_issuance(order(), decided_by="officer-1"))
    with attack.refused("registration-one-key-officer"):
        keys = sign_issuance(
            order(), submitted_by="officer-3", checked_by="officer-3", presented_by="officer-2"
        )
        stub.IssueCertificate(keys)
    with attack.refused("registration-officer-elsewhere"):
        elsewhere = window_officer("16202", "officer-2")
        stub.IssueCertificate(sign_issuance(order(), decided_by=elsewhere))


def test_an_officers_word_grows_old_and_ends_with_the_officer(attack: Attack) -> None:
    stub = certificates(attack)
    long_ago = datetime.now(UTC) - timedelta(days=31)
    with attack.refused("registration-old-signatures"):
        stub.IssueCertificate(sign_issuance(order(), at=long_ago))
    operator = attack.ca.channel(PeerRole.OPERATOR, "ca", "operator-1")
    signed = sign_issuance(order(), decided_by="officer-3")
    officers_pb2_grpc.OfficerRegisterServiceStub(operator).RevokeOfficer(
        officers_pb2.RevokeOfficerRequest(
            request_id=str(uuid.uuid4()),
            officer=window_officer("16201", "officer-3"),
            cause=officers_pb2.OFFICER_REVOCATION_CAUSE_LEFT,
        )
    )
    with attack.refused("registration-dismissed-officer"):
        stub.IssueCertificate(signed)
    taken = sign_issuance(order(), submitted_by="officer-3")
    taken.taken_over.CopyFrom(sign_taking_over(order(), "officer-1").taken_over)
    with attack.refused("registration-takes-over"):
        stub.IssueCertificate(taken)


def test_nothing_is_revoked_that_no_officer_asked_for(attack: Attack) -> None:
    stub = certificates(attack)
    serials = [bytes(stub.IssueCertificate(order()).serial) for _ in range(2)]
    request = revoke_request(serials[0])
    request.ClearField("asked")
    with attack.refused("registration-revoke-unasked"):
        stub.RevokeCertificate(request)
    replayed = revoke_request(serials[0])
    replayed.serial = serials[1]
    with attack.refused("registration-revoke-replayed"):
        stub.RevokeCertificate(replayed)
    stranger = sign_revocation(revoke_request(serials[0]), window_officer("16202", "officer-1"))
    with attack.refused("registration-revoke-officer-elsewhere"):
        stub.RevokeCertificate(stranger)
    for cause in (
        revocation_pb2.REVOCATION_CAUSE_AUTHORITY_COMPROMISE,
        revocation_pb2.REVOCATION_CAUSE_CHANGE_NOTICE,
    ):
        with attack.refused("registration-revoke-cause"):
            stub.RevokeCertificate(revoke_request(serials[0], cause))


def test_it_passes_one_person_off_as_two_if_officers_sign_twice(attack: Attack) -> None:
    """The stand-in for a person is registration's word; officers sign attributes and key."""
    stub = certificates(attack)
    with attack.remains("registration-person-twice"):
        first, second = (stub.IssueCertificate(order()) for _ in range(2))
        assert first.serial != second.serial


def test_what_the_deciding_officer_was_shown_must_be_what_another_officer_saw(
    attack: Attack,
) -> None:
    """A deciding officer whose program believes registration signs whatever it shows: it is what
    the officers before signed, for whom the applicant stood there, that it has to fit."""
    stub = certificates(attack)
    swapped, shown = order(), order()
    shown.certification_request = request_of(person_key())
    swapped.certification_request = shown.certification_request
    swapped.decided.CopyFrom(decided_alone(swapped, shown))
    with attack.refused("registration-swaps-key"):
        stub.IssueCertificate(swapped)
    swapped, shown = order(), order()
    shown.attributes.name = "別人\u3000次郎"
    swapped.attributes.name = shown.attributes.name
    swapped.substitutions.name = "0" * len(shown.attributes.name)
    swapped.decided.CopyFrom(decided_alone(swapped, shown))
    with attack.refused("registration-swaps-person"):
        stub.IssueCertificate(swapped)


def test_it_chooses_what_officers_do_not_look_at(attack: Attack) -> None:
    """The marks of characters."""
    stub = certificates(attack)
    request = order()
    with attack.remains("registration-marks"):
        request.substitutions.name = "1" * len(request.substitutions.name)
        assert stub.IssueCertificate(request).serial
