"""After a restore others tell what was done since the backup, also by a clock that went back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.handed_over import IssuedSince, RevokedSince, parse_line
from openjpki.domain.officers.enrolment import RevocationOfOfficer
from openjpki.domain.policy.revocation import RevocationCause
from openjpki.services.ca.restore.hand_over import hand_over as told_by_ca
from openjpki.services.common.taken_back import TakenBack, parse_taken_back
from openjpki.services.common.tell_taken_back import officers_of_register, tell_taken_back
from openjpki.services.registration.applications.hand_over import hand_over as told_by_registration
from openjpki.services.registration.journal import REVOCATION_REQUESTED
from openjpki.storage.ca import authorities, generations
from openjpki.storage.kernel import denied_credentials
from openjpki.storage.kernel.denied_credentials import DeniedCredential
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.migrations import upgrade
from openjpki.storage.officers import keys, proposals
from openjpki.storage.registration import applications, personal_data
from tests.contract.storage import test_registration_applications as at_the_window
from tests.contract.storage.test_officers import proposal
from tests.support.ca_rows import AT, TOKYO, authority, generation, intent, issue, revoke
from tests.support.journal_samples import append
from tests.support.statements import NOW

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.unreadable import Unreadable

HOUR = timedelta(hours=1)
STOLEN = "spiffe://openjpki.example/registration/13"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["went back", "went on"])
def went_back(request: pytest.FixtureRequest) -> bool:
    """Whether the clock did."""
    return bool(request.param == "went back")


def enter(database: Database, wrong: datetime, *, went_back: bool) -> datetime:
    """The journal of a service that went on after a backup and then did something at ``wrong``, an
    hour and more before the moment that it is asked from, which is returned. Of two streams one
    alone was written to before and after."""
    since = wrong + 3 * HOUR
    moments = [LONG_AGO, since + 2 * HOUR, since + 3 * HOUR]
    if went_back:
        # The other streams' acts had been earlier, by some minutes.
        moments.append(wrong + HOUR / 2)
    with database.transaction() as tx:
        append(tx, "13", at=LONG_AGO)
        for moment in moments:
            append(tx, "27", at=moment)
    return since


def none_left_out(row: Unreadable) -> None:
    raise AssertionError(row)


def test_a_ca_tells_of_certificates_and_revocations(
    empty_database: Database, went_back: bool
) -> None:
    upgrade(empty_database, "ca")
    since, made = enter(empty_database, AT, went_back=went_back), intent(1)
    with empty_database.transaction() as tx:
        authorities.add(tx, authority(TOKYO))
        generations.add(tx, generation(TOKYO))
        issue(tx, made)
        revoke(tx, made, at=AT)
    lines = [*told_by_ca(empty_database, since, left_out=none_left_out)]
    # The first is the issuer, whenever that began.
    told = [parse_line(line, number) for number, line in enumerate(lines, 1)][1:]
    assert [type(one) for one in told] == ([IssuedSince, RevokedSince] if went_back else [])


def test_a_registration_tells_of_certificates_and_revocations(
    empty_database: Database, went_back: bool
) -> None:
    upgrade(empty_database, "registration")
    application = at_the_window.new()
    since = enter(empty_database, at_the_window.AT, went_back=went_back)
    with empty_database.transaction() as tx:
        at_the_window.issue(tx, application)
        personal_data.add_certificate(tx, application.application_id, b"certificate")
        assert applications.end_life(tx, application.application_id, at_the_window.AT)
    lines = [*told_by_registration(empty_database, since, left_out=none_left_out)]
    told = [parse_line(line, number) for number, line in enumerate(lines, 1)]
    assert [type(one) for one in told] == ([IssuedSince, RevokedSince] if went_back else [])


def test_the_cause_that_was_asked_for_last_is_told(
    empty_database: Database, went_back: bool
) -> None:
    upgrade(empty_database, "registration")
    application, at = at_the_window.new(), at_the_window.AT
    lost = RevocationCause.KEY_COMPROMISE
    asked = [(at, RevocationCause.USER_WISH), (at - HOUR if went_back else at + HOUR, lost)]
    with empty_database.transaction() as tx:
        at_the_window.issue(tx, application)
        for moment, cause in asked:
            SqlJournal().append(
                tx,
                REVOCATION_REQUESTED,
                stream=application.municipality_code,
                actor="window-officer/16201/sato",
                subject=application.application_id,
                at=moment,
                details={
                    "serial": "40",
                    "cause": cause.value,
                    "document_kind": "passport",
                    "evidence": "photo_document",
                },
            )
        assert applications.end_life(tx, application.application_id, at)
    (line,) = told_by_registration(empty_database, at, left_out=none_left_out)
    told = parse_line(line, 1)
    assert isinstance(told, RevokedSince)
    assert told.cause is lost


@pytest.mark.parametrize("service", ["ca", "bridge"])
def test_who_was_taken_back_is_told(
    empty_database: Database, service: str, went_back: bool
) -> None:
    upgrade(empty_database, service)
    since = enter(empty_database, NOW, went_back=went_back)
    dismissed = proposal(RevocationOfOfficer.LEFT)
    denied = DeniedCredential(credential=STOLEN, cause="LEFT", denied_by="operator", denied_at=NOW)
    with empty_database.transaction() as tx:
        keys.queue_for(tx, dismissed.officer)
        assert proposals.add(tx, dismissed)
        denied_credentials.add(tx, denied)
    told = parse_taken_back(
        [
            *tell_taken_back(
                empty_database, service, since, officers_of_register, left_out=none_left_out
            )
        ]
    )
    expected = TakenBack(told=((service, since),))
    if went_back:
        officer = (dismissed.officer, RevocationOfOfficer.LEFT)
        expected = TakenBack((officer,), ((STOLEN, "LEFT"),), ((service, since),))
    assert told == expected
