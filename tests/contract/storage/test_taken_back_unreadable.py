"""Whoever was taken back stays so when services tell each other, also where a row can't be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from openjpki.domain.officers.enrolment import RevocationOfOfficer
from openjpki.domain.policy.revocation import RevocationCause
from openjpki.services.common.taken_back import TakenBack, parse_taken_back
from openjpki.services.common.tell_taken_back import officers_of_register, tell_taken_back
from openjpki.storage.ca import authorities, generations, handed_over
from openjpki.storage.kernel import denied_credentials
from openjpki.storage.kernel.denied_credentials import DeniedCredential
from openjpki.storage.kernel.unreadable import Unreadable
from openjpki.storage.officers import keys, proposals
from openjpki.storage.registration import applications
from openjpki.storage.registration import handed_over as told_by_registration
from tests.contract.storage.test_officers import proposal
from tests.contract.storage.test_registration_applications import issue, issued, new
from tests.support.ca_rows import AT, TOKYO, authority, generation
from tests.support.ca_rows import intent as of_user
from tests.support.ca_rows import issue as issue_user
from tests.support.ca_rows import revoke as revoke_user
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database

LATER = datetime(2100, 1, 1, tzinfo=UTC)
STOLEN = "spiffe://openjpki.example/registration/13"


def spoil_moment(database: Database, statement: str) -> None:
    """As somebody in the database may have left it; ``'infinity'``: on PostgreSQL a moment that
    Python has not, on SQLite a text that is none."""
    with database.transaction() as tx:
        tx.connection.execute(text(statement))


def told_by(database: Database) -> tuple[TakenBack, list[Unreadable]]:
    left_out: list[Unreadable] = []
    lines = tell_taken_back(
        database, "ca", LATER, officers_of_register, now=LATER, left_out=left_out.append
    )
    return parse_taken_back(list(lines)), left_out


def test_a_credential_is_denied_whenever_that_was(empty_database: Database) -> None:
    put_schema(empty_database, "ca")
    entry = DeniedCredential(credential=STOLEN, cause="LEFT", denied_by="operator", denied_at=AT)
    with empty_database.transaction() as tx:
        denied_credentials.add(tx, entry)
        denied_credentials.add(tx, replace(entry, credential=f"{STOLEN}/long-ago"))
    spoil_moment(
        empty_database,
        f"UPDATE denied_credentials SET denied_at = 'infinity' WHERE credential = '{STOLEN}'",  # noqa: S608
    )
    told, left_out = told_by(empty_database)
    assert told.credentials == ((STOLEN, "COMPROMISED"),)
    assert [one.row for one in left_out] == [STOLEN]


def test_an_officer_is_dismissed_whyever(empty_database: Database) -> None:
    put_schema(empty_database, "ca")
    dismissed = replace(proposal(RevocationOfOfficer.LEFT), proposed_at=LATER + timedelta(days=1))
    with empty_database.transaction() as tx:
        keys.queue_for(tx, dismissed.officer)
        assert proposals.add(tx, dismissed)
        tx.connection.execute(text("UPDATE officer_proposals SET cause = 'abdicated'"))
    told, left_out = told_by(empty_database)
    assert told.officers == ((dismissed.officer, RevocationOfOfficer.KEY_COMPROMISE),)
    assert [one.row for one in left_out] == [dismissed.proposal_id]


def test_a_certificate_is_revoked_whyever(empty_database: Database) -> None:
    put_schema(empty_database, "ca")
    made, left_out = of_user(1), list[Unreadable]()
    with empty_database.transaction() as tx:
        authorities.add(tx, authority(TOKYO))
        generations.add(tx, generation(TOKYO))
        issue_user(tx, made)
        revoke_user(tx, made)
        tx.connection.execute(text("UPDATE revocations SET cause = 'ABDICATED'"))
    with empty_database.reading() as tx:
        (told,) = handed_over.revoked_since(tx, AT, left_out=left_out.append)
    assert (told.serial, told.cause) == (made.serial, RevocationCause.USER_WISH)
    assert [one.table for one in left_out] == ["revocations"]


def test_a_certificate_is_revoked_since_whenever(empty_database: Database) -> None:
    put_schema(empty_database, "registration")
    application, left_out = new(), list[Unreadable]()
    with empty_database.transaction() as tx:
        issue(tx, application)
        assert applications.end_life(tx, application.application_id, AT)
    spoil_moment(empty_database, "UPDATE applications SET revoked_at = 'infinity'")
    with empty_database.reading() as tx:
        (told,) = told_by_registration.revoked_since(
            tx,
            AT,
            act="certificate.revocation_requested",
            by_notice="RevokeChangedCertificate",
            left_out=left_out.append,
        )
    assert (told.serial, told.revoked_at) == (issued().serial, AT)
    assert [one.row for one in left_out] == [application.application_id]
