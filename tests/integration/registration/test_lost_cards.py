"""Who has lost the card has lost the number with it: it is found by who they are, and revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.journal import SqlJournal
from tests.support.ca_service import revoke_request
from tests.support.registration_service import TAKAOKA, TOYAMA_CITY, form

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.support.ca_service import RunningCa
    from tests.support.registration_service import Desk, RunningRegistration


def find(desk: Desk, person: SyntheticResident) -> list[pb.HandedOutCertificate]:
    return list(
        desk.stub.FindCertificates(
            pb.FindCertificatesRequest(
                municipality_code=desk.municipality, person=form(person).attributes
            )
        ).certificates
    )


def issue(desk: Desk, second_desk: Desk, person: SyntheticResident, der: bytes) -> pb.Application:
    application_id = desk.submit(person).application_id
    desk.check(application_id)
    desk.present(application_id, der)
    return second_desk.decide(application_id).application


def test_a_lost_cards_certificate_is_found_and_revoked(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    assert find(desk, person) == []
    issued = issue(desk, second_desk, person, fresh_request())
    (found,) = find(desk, person)
    certificate = x509.load_der_x509_certificate(issued.certificate)
    assert (found.serial, found.application_id) == (issued.serial, issued.application_id)
    assert found.state == pb.HANDED_OUT_STATE_IN_FORCE
    assert found.not_before.seconds == certificate.not_valid_before_utc.timestamp()
    assert found.not_after.seconds == certificate.not_valid_after_utc.timestamp()
    assert not found.HasField("revoked_at")

    revoked = desk.revoke(found.serial, revocation_pb2.REVOCATION_CAUSE_KEY_COMPROMISE)
    (found,) = find(desk, person)
    assert (found.state, found.revoked_at) == (pb.HANDED_OUT_STATE_REVOKED, revoked.revoked_at)
    again = issue(desk, second_desk, person, fresh_request())
    assert [one.serial for one in find(desk, person)] == [again.serial, issued.serial]
    with registration.database.reading() as tx:
        entries = list(SqlJournal().read(tx, TOYAMA_CITY, RetentionClass.OPERATIONS))
    assert (entries[-1].act, entries[-1].details["method"]) == (
        "person.looked_up",
        "FindCertificates",
    )


def test_what_the_authority_ended_by_itself_is_said_so(
    ca: RunningCa,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    issued = issue(desk, second_desk, person, fresh_request())
    ended = ca.governors().RevokeCertificate(
        revoke_request(
            issued.serial,
            revocation_pb2.REVOCATION_CAUSE_CHANGE_NOTICE,
            officer="governor-officer/signing-16/mori",
        )
    )
    # The first search learns of it, the second has it from here.
    for _ in range(2):
        (found,) = find(desk, person)
        assert found.state == pb.HANDED_OUT_STATE_REVOKED
        assert found.revoked_at == ended.revoked_at


@pytest.mark.requirement("R1.3.3", refuses=True)
def test_another_municipality_finds_nothing(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    issue(desk, second_desk, person, fresh_request())
    stranger = registration.desk("officer-1", TAKAOKA)
    with pytest.raises(OpenJpkiError) as refusal:
        find(stranger, person)
    assert refusal.value.reason in {Reason.NOT_IN_REGISTER, Reason.INVALID_FIELD}
    stranger.municipality = TOYAMA_CITY
    with pytest.raises(OpenJpkiError) as refusal:
        find(stranger, person)
    assert refusal.value.reason is Reason.OUT_OF_SCOPE
