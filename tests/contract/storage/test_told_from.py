"""After a restore others tell what was done since the backup, also by a clock that went back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from openjpki.domain.handed_over import IssuedSince, RevokedSince, parse_line
from openjpki.domain.officers.enrolment import RevocationOfOfficer
from openjpki.domain.policy.revocation import RevocationCause
from openjpki.services.ca.restore.hand_over import hand_over as told_by_ca
from openjpki.services.common.taken_back import (
    TakenBack,
    parse_taken_back,
    require_told_in_time,
)
from openjpki.services.common.tell_taken_back import (
    officers_of_register,
    tell_taken_back,
    told_since,
)
from openjpki.services.common.told_from import AHEAD, STEP_SEEN_LATE, told_from
from openjpki.services.registration.applications.hand_over import hand_over as told_by_registration
from openjpki.services.registration.journal import REVOCATION_REQUESTED
from openjpki.storage.ca import authorities, generations
from openjpki.storage.kernel import denied_credentials
from openjpki.storage.kernel.denied_credentials import DeniedCredential
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.journal_end import BEGINNING
from openjpki.storage.migrations import upgrade
from openjpki.storage.officers import keys, proposals
from openjpki.storage.registration import applications, personal_data
from tests.contract.storage import test_registration_applications as at_the_window
from tests.contract.storage.test_officers import proposal
from tests.support.ca_rows import AT, TOKYO, authority, generation, intent, issue, revoke
from tests.support.journal_samples import append
from tests.support.schemas import put_schema
from tests.support.statements import NOW

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.unreadable import LeftOut, Unreadable

HOUR = timedelta(hours=1)
STOLEN = "spiffe://openjpki.example/registration/13"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
TODAY = datetime(2100, 1, 1, tzinfo=UTC)
"""The clock's when it is asked: everything here was done long before."""


@pytest.fixture(params=["went back", "went on"])
def went_back(request: pytest.FixtureRequest) -> bool:
    """Whether the clock did."""
    return bool(request.param == "went back")


def enter(database: Database, wrong: datetime, *, went_back: bool) -> datetime:
    """The journal of a service that went on after a backup and then did something at ``wrong``,
    hours before the moment that it is asked from, which is returned. That was entered in a stream
    that had been quiet since the backup; where the clock went back, another one shows it, by an
    entry of many hours later."""
    since = wrong + 23 * HOUR
    moments = [LONG_AGO, since + 2 * HOUR, since + 3 * HOUR]
    if went_back:
        moments.append(since - HOUR / 2)
    with database.transaction() as tx:
        append(tx, "13", at=LONG_AGO)
        append(tx, "13", at=wrong)
        for moment in moments:
            append(tx, "27", at=moment)
    return since


def none_left_out(row: Unreadable) -> None:
    raise AssertionError(row)


def test_a_ca_tells_of_certificates_and_revocations(
    empty_database: Database, went_back: bool
) -> None:
    put_schema(empty_database, "ca")
    since, made = enter(empty_database, AT, went_back=went_back), intent(1)
    with empty_database.transaction() as tx:
        authorities.add(tx, authority(TOKYO))
        generations.add(tx, generation(TOKYO))
        issue(tx, made)
        revoke(tx, made, at=AT)
    lines = [*told_by_ca(empty_database, since, now=TODAY, left_out=none_left_out)]
    # The first is the issuer, whenever that began.
    told = [parse_line(line, number) for number, line in enumerate(lines, 1)][1:]
    assert [type(one) for one in told] == ([IssuedSince, RevokedSince] if went_back else [])


def test_a_registration_tells_of_certificates_and_revocations(
    empty_database: Database, went_back: bool
) -> None:
    put_schema(empty_database, "registration")
    application = at_the_window.new()
    since = enter(empty_database, at_the_window.AT, went_back=went_back)
    with empty_database.transaction() as tx:
        at_the_window.issue(tx, application)
        personal_data.add_certificate(tx, application.application_id, b"certificate")
        assert applications.end_life(tx, application.application_id, at_the_window.AT)
    lines = [*told_by_registration(empty_database, since, now=TODAY, left_out=none_left_out)]
    told = [parse_line(line, number) for number, line in enumerate(lines, 1)]
    assert [type(one) for one in told] == ([IssuedSince, RevokedSince] if went_back else [])


def test_the_cause_that_was_asked_for_last_is_told(
    empty_database: Database, went_back: bool
) -> None:
    put_schema(empty_database, "registration")
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
    (line,) = told_by_registration(empty_database, at, now=TODAY, left_out=none_left_out)
    told = parse_line(line, 1)
    assert isinstance(told, RevokedSince)
    assert told.cause is lost


@pytest.mark.parametrize("service", ["ca", "bridge"])
def test_who_was_taken_back_is_told(
    empty_database: Database, service: str, went_back: bool
) -> None:
    put_schema(empty_database, service)
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
                empty_database,
                service,
                since,
                officers_of_register,
                now=TODAY,
                left_out=none_left_out,
            )
        ]
    )
    expected = TakenBack(told=((service, since),))
    if went_back:
        officer = (dismissed.officer, RevocationOfOfficer.LEFT)
        expected = TakenBack((officer,), ((STOLEN, "LEFT"),), ((service, since),))
    assert told == expected


def moment(
    database: Database, since: datetime, now: datetime, left_out: LeftOut = none_left_out
) -> datetime:
    with database.reading() as tx:
        return told_from(tx, since, now, left_out=left_out)


def entered(database: Database, *moments: datetime) -> None:
    upgrade(database, "ca")
    with database.transaction() as tx:
        for at in moments:
            append(tx, at=at)


def spoil(database: Database, number: int, at: str) -> None:
    """Somebody with the right to was in the database."""
    with database.transaction() as tx:
        if tx.connection.dialect.name == "postgresql":
            tx.connection.execute(text("ALTER TABLE journal DISABLE TRIGGER USER"))
        else:
            named = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'journal'"
            for name in tx.connection.execute(text(named)).scalars().all():
                tx.connection.execute(text(f"DROP TRIGGER {name}"))
        cast = "CAST(:at AS TIMESTAMPTZ)" if tx.connection.dialect.name == "postgresql" else ":at"
        changed = text(f"UPDATE journal SET at = {cast} WHERE number = :number")  # noqa: S608
        tx.connection.execute(changed, {"at": at, "number": number})


def test_an_entry_of_the_future_does_not_stand_for_what_came_after_it(
    empty_database: Database,
) -> None:
    """By a clock that was ahead for a minute, years ago."""
    now = NOW + 30 * HOUR
    entered(empty_database, LONG_AGO, now + AHEAD + HOUR, LONG_AGO + HOUR, NOW, NOW + HOUR)
    assert moment(empty_database, NOW, now) == NOW
    # Of today: it may have been the clock that is right.
    assert moment(empty_database, NOW, now + 2 * HOUR) == LONG_AGO + HOUR - STEP_SEEN_LATE


def test_where_the_clock_is_still_wrong_every_entry_counts(empty_database: Database) -> None:
    back = NOW - timedelta(days=40)
    entered(empty_database, LONG_AGO, NOW + 30 * HOUR, back)
    assert moment(empty_database, NOW, back + HOUR) == back - STEP_SEEN_LATE


@pytest.mark.parametrize(
    ("on_sqlite", "on_postgresql"),
    [("", "-infinity"), ("0001-01-01 00:00:00.000000", "0001-01-01 00:00:00+00")],
    ids=["no time", "year 1"],
)
def test_all_is_told_where_the_earliest_moment_can_not_be_read(
    empty_database: Database, on_sqlite: str, on_postgresql: str
) -> None:
    entered(empty_database, NOW, NOW + HOUR, NOW + 2 * HOUR)
    sqlite = empty_database.file is not None
    spoil(empty_database, 2, on_sqlite if sqlite else on_postgresql)
    left_out: list[Unreadable] = []
    assert moment(empty_database, NOW, TODAY, left_out.append) == BEGINNING
    assert [(one.table, one.row.rpartition("/")[2]) for one in left_out] == [("journal", "2")]
    assert list(told_by_ca(empty_database, NOW, now=TODAY, left_out=left_out.append)) == []


def test_others_are_to_tell_all_where_the_newest_moment_can_not_be_read(
    empty_database: Database,
) -> None:
    entered(empty_database, NOW, NOW + HOUR)
    spoil(empty_database, 1, "soon" if empty_database.file is not None else "infinity")
    left_out: list[Unreadable] = []
    since = told_since(empty_database, left_out=left_out.append)
    assert since == BEGINNING
    assert [(one.table, one.row.rpartition("/")[2]) for one in left_out] == [("journal", "1")]
    # As it is written, given to others, and told back.
    told = parse_taken_back(
        tell_taken_back(empty_database, "ca", since, None, now=TODAY, left_out=none_left_out)
    )
    assert told.told == (("ca", BEGINNING),)
    require_told_in_time(empty_database, told)
