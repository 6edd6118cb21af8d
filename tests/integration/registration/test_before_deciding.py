"""What a second officer sees of an application before deciding, and of one that has ended."""

from __future__ import annotations

import hashlib
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.types.v1 import identity_pb2
from openjpki.errors import OpenJpkiError, Reason
from tests.support.registration_service import TAKAOKA, TOYAMA_CITY, form

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.support.registration_service import Desk, RunningRegistration

QUESTIONS = identity_pb2.IdentityCheck(
    evidence=identity_pb2.IDENTITY_EVIDENCE_DOCUMENT_AND_QUESTIONS,
    document_kind="health-insurance-card",
    further_documents=["pension-handbook"],
    questions=[
        identity_pb2.AskedQuestion(question="household", answered_right=True),
        identity_pb2.AskedQuestion(question="moving-day", answered_right=False),
        identity_pb2.AskedQuestion(question="former-address", answered_right=True),
    ],
)
KIND = pb.ApplicationStepKind


def shown(desk: Desk, application_id: str) -> pb.GetApplicationResponse:
    return desk.stub.GetApplication(
        pb.GetApplicationRequest(municipality_code=desk.municipality, application_id=application_id)
    )


def steps(answer: pb.GetApplicationResponse) -> list[tuple[str, str]]:
    prefix = "APPLICATION_STEP_KIND_"
    return [(KIND.Name(one.kind).removeprefix(prefix), one.officer) for one in answer.history]


@pytest.mark.requirement("R9.2.1", refuses=True)
def test_who_decides_sees_what_there_is_to_decide_by(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    der = fresh_request()
    taken = desk.submit(person)
    desk.check(taken.application_id, QUESTIONS)
    registration.desk("officer-3").present(taken.application_id, der)

    seen = shown(second_desk, taken.application_id)
    assert seen.application.attributes == form(person).attributes
    assert seen.application.romanised_name == person.romanised_name
    spki = x509.load_der_x509_csr(der).public_key()
    key = spki.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert seen.application.key_sha256 == hashlib.sha256(key).digest()
    (check,) = seen.checks
    assert (check.check, check.officer, check.rules_version) == (QUESTIONS, "officer-1", "1")
    (entered,) = (
        one
        for one in registration.journal()
        if (one.act, one.subject) == ("identity.confirmed", taken.application_id)
    )
    told = {"further_documents": "pension-handbook", "asked": 3, "right": 2, "rules": "1"}
    assert {name: entered.details[name] for name in told} == told
    assert steps(seen) == [
        ("SUBMITTED", "officer-1"),
        ("IDENTITY_CHECKED", "officer-1"),
        ("KEY_PRESENTED", "officer-3"),
    ]
    assert seen.history[0].at == taken.submitted_at
    assert seen.history[1].at == check.checked_at
    for step in seen.history:
        late = abs(step.at.ToDatetime(UTC) - taken.submitted_at.ToDatetime(UTC))
        assert late < timedelta(minutes=5)

    # Neither who checked nor who took the key is the one who decides.
    for one in (desk, registration.desk("officer-3")):
        with pytest.raises(OpenJpkiError) as refusal:
            one.decide(taken.application_id)
        assert refusal.value.reason is Reason.SAME_OFFICER
    serial = second_desk.decide(taken.application_id).application.serial
    desk.revoke(serial)
    assert steps(shown(desk, taken.application_id))[3:] == [
        ("APPROVED", "officer-2"),
        ("ISSUED", ""),
        ("REVOKED", ""),
    ]


def test_who_took_it_over_and_who_ended_it(
    registration: RunningRegistration, desk: Desk, second_desk: Desk, person: SyntheticResident
) -> None:
    taken = desk.submit(person).application_id
    third = registration.desk("officer-3")
    third.take_over(taken)
    second_desk.withdraw(taken, reason=pb.WITHDRAWAL_REASON_STATEMENT_WRONG)
    seen = shown(desk, taken)
    assert steps(seen) == [
        ("SUBMITTED", "officer-1"),
        ("TAKEN_OVER", "officer-3"),
        ("WITHDRAWN", "officer-2"),
    ]
    assert seen.history[-1].at == seen.application.end.ended_at
    again = desk.submit(person).application_id
    second_desk.decide(again, pb.DECISION_REJECT)
    assert steps(shown(desk, again)) == [("SUBMITTED", "officer-1"), ("REJECTED", "officer-2")]


@pytest.mark.requirement("R1.3.3", refuses=True)
def test_none_of_it_is_shown_to_another_municipality(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident
) -> None:
    taken = desk.submit(person).application_id
    stranger = registration.desk("officer-1", TAKAOKA)
    with pytest.raises(OpenJpkiError) as refusal:
        shown(stranger, taken)
    assert refusal.value.reason is Reason.APPLICATION_NOT_FOUND
    stranger.municipality = TOYAMA_CITY
    with pytest.raises(OpenJpkiError) as refusal:
        shown(stranger, taken)
    assert refusal.value.reason is Reason.OUT_OF_SCOPE
