"""What limits are held against, counted from the issuances, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.authority import AuthorityId
from openjpki.domain.generation import Generation, GenerationState
from openjpki.storage.ca import authorities, generations, issuances, serials
from openjpki.storage.ca.authorities import AuthorityRecord
from openjpki.storage.ca.issuances import Holder, Intent
from openjpki.storage.ca.issue_counts import intended_beside
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.kernel.requests import RequestKey
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database

TOKYO, OSAKA = AuthorityId.signing("13"), AuthorityId.signing("27")
NOON = datetime(2026, 11, 28, 12, 0, 0, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture
def database(empty_database: Database) -> Database:
    put_schema(empty_database, "ca")
    with empty_database.transaction() as tx:
        for one in (TOKYO, OSAKA):
            authorities.add(
                tx,
                AuthorityRecord(authority_id=one, active=True, policy_json="{}", created_at=NOON),
            )
            generations.add(
                tx,
                Generation(
                    authority_id=one,
                    number=1,
                    certificate=b"",
                    key_label="key",
                    not_before=NOON,
                    not_after=NOON + timedelta(days=1000),
                    state=GenerationState.ACTIVE,
                ),
            )
    return empty_database


def intent(number: int, at: datetime, caller: str = "a", authority: AuthorityId = TOKYO) -> Intent:
    octets = number.to_bytes(32, "big")
    return Intent(
        authority_id=authority,
        serial=octets[-2:],
        request=RequestKey("Issue", caller, f"request {number}", octets),
        kind=CertificateKind.USER,
        tbs=b"tbs",
        generation=1,
        key_fingerprint=octets,
        partition="13101",
        not_before=at,
        not_after=at,
        intended_at=at,
        holder=Holder(person_reference=octets, application_id="x", municipality_code="13101"),
    )


def store(database: Database, *intents: Intent) -> None:
    with database.transaction() as tx:
        for one in intents:
            serials.reserve(tx, one.authority_id, one.serial, one.intended_at)
            assert issuances.add_intent(tx, one) == one.serial


def counted(database: Database, beside: Intent) -> dict[tuple[str, str], int]:
    """By caller and the hour, as far as it is back."""
    with database.reading() as tx:
        found = list(intended_beside(tx, beside))
    assert {one.municipality_code for one in found} <= {"13101"}
    return {(one.caller, f"-{int((NOON - one.hour) / HOUR)}"): one.number for one in found}


def test_an_hour_and_the_23_before_it(database: Database) -> None:
    own = intent(1, NOON + HOUR - SECOND)
    store(
        database,
        own,
        intent(2, NOON),
        intent(3, NOON - SECOND),
        intent(4, NOON - HOUR),
        intent(5, NOON - 23 * HOUR),
        intent(6, NOON - 23 * HOUR - SECOND),
    )
    assert counted(database, own) == {("a", "-0"): 1, ("a", "-1"): 2, ("a", "-23"): 1}
    with database.transaction() as tx:
        assert issuances.mark_signed(tx, TOKYO, intent(2, NOON).serial)
    assert counted(database, own)["a", "-0"] == 1, "what became of it does not matter"


def test_a_clock_that_was_set_back_forgets_nothing(database: Database) -> None:
    own = intent(1, NOON)
    store(database, own, intent(2, NOON + 5 * HOUR))
    assert counted(database, own) == {("a", "-0"): 1}


def test_what_is_counted_is_persons_by_calls_at_one_authority(database: Database) -> None:
    own = intent(1, NOON)
    responder = replace(intent(2, NOON), kind=CertificateKind.RESPONDER, holder=None)
    regained = intent(3, NOON)
    regained = replace(regained, request=replace(regained.request, method="restore"))
    store(database, own, responder, regained, intent(4, NOON, authority=OSAKA))
    assert counted(database, own) == {}
    store(database, intent(5, NOON, caller="b"), intent(6, NOON, caller="b"))
    assert counted(database, own) == {("b", "-0"): 2}
