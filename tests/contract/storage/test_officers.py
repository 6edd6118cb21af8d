"""The officers' register: what is kept, and who waits for whom."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.evidence import OfficerKeyPresented
from openjpki.domain.officers import EnrolledKey, KeyPeriod, KeyState
from openjpki.domain.officers.enrolment import ProposalKind, ProposalState, RevocationOfOfficer
from openjpki.storage.officers import keys, proposals
from openjpki.storage.officers.proposals import NewKey, ProposalRecord
from tests.support.schemas import put_schema
from tests.support.statements import CHECKING, NOW, TAKING, memory_key, occasion, sign

if TYPE_CHECKING:
    from openjpki.domain.officers import Officer
    from openjpki.storage.kernel.database import Database

YEAR = timedelta(days=365)
PROPOSAL = "a1b2c3d4-0000-4000-8000-000000000001"


@pytest.fixture(params=["ca", "bridge"])
def database(request: pytest.FixtureRequest, empty_database: Database) -> Database:
    """Of each service that has a register."""
    put_schema(empty_database, request.param)
    return empty_database


def enrolled(officer: Officer = TAKING) -> EnrolledKey:
    public = memory_key().public_key
    return EnrolledKey(
        officer=officer,
        spki_der=public.spki_der,
        key_sha256=public.sha256,
        state=KeyState.ENROLLED,
        not_before=NOW,
        not_after=NOW + YEAR,
    )


def keep(database: Database, *kept: EnrolledKey) -> None:
    with database.transaction() as tx:
        for key in kept:
            keys.queue_for(tx, key.officer)
            assert keys.add(tx, key)


def proposal(asks_for: NewKey | RevocationOfOfficer) -> ProposalRecord:
    return ProposalRecord(
        proposal_id=PROPOSAL,
        officer=TAKING,
        asks_for=asks_for,
        state=ProposalState.OPEN,
        proposed_by="spiffe://openjpki.test/operator/ca/ito",
        proposed_at=NOW,
    )


def new_key(replaces: bytes | None = None) -> NewKey:
    key = memory_key()
    statement = OfficerKeyPresented(
        occasion=occasion(TAKING), service="ca", key_sha256=key.public_key.sha256
    )
    return NewKey(
        public_key=key.public_key,
        presented=sign(statement, key),
        period=KeyPeriod(NOW, NOW + YEAR),
        replaces=replaces,
    )


def test_keys_are_found_by_fingerprint_in_one_question(database: Database) -> None:
    mine, theirs = enrolled(), enrolled(CHECKING)
    keep(database, mine, theirs)
    with database.reading() as tx:
        assert keys.find(tx, [mine.key_sha256, bytes(32)]) == {mine.key_sha256: mine}
        assert keys.find(tx, []) == {}
        assert [one.key for one in keys.of_officer(tx, TAKING)] == [mine]


def test_a_key_is_one_officers_for_ever(database: Database) -> None:
    mine = enrolled()
    keep(database, mine)
    with database.transaction() as tx:
        keys.queue_for(tx, CHECKING)
        assert not keys.add(tx, replace(mine, officer=CHECKING))
        assert keys.find(tx, [mine.key_sha256])[mine.key_sha256] == mine


def test_pages_go_through_all_keys(database: Database) -> None:
    kept = sorted((enrolled() for _ in range(5)), key=lambda key: key.key_sha256)
    keep(database, *kept)
    seen, after = [], b""
    with database.reading() as tx:
        while True:
            page = keys.page(tx, after, at_most=2)
            seen += [one.key for one in page.records]
            if page.last is None:
                break
            after = page.last
            assert after == seen[-1].key_sha256
    assert seen == kept


def test_a_suspension_is_lifted_or_made_final(database: Database) -> None:
    live, other = enrolled(), enrolled(CHECKING)
    past = replace(enrolled(), not_after=NOW + timedelta(days=1))
    keep(database, live, other, past)
    later = NOW + timedelta(days=2)
    for revoked, state in ((False, KeyState.ENROLLED), (True, KeyState.REVOKED)):
        with database.transaction() as tx:
            assert keys.suspend(tx, TAKING, PROPOSAL, now=later) == [live.key_sha256]
            assert keys.suspend(tx, TAKING, PROPOSAL, now=later) == []
            assert keys.find(tx, [live.key_sha256])[live.key_sha256].state is KeyState.SUSPENDED
            ended = keys.end_suspension(tx, PROPOSAL, revoked=revoked)
            assert ended == [live.key_sha256]
            assert keys.end_suspension(tx, PROPOSAL, revoked=not revoked) == []
        with database.reading() as tx:
            assert {
                one.key.key_sha256: one.key.state for one in keys.page(tx, b"", at_most=9).records
            } == {
                live.key_sha256: state,
                other.key_sha256: KeyState.ENROLLED,
                past.key_sha256: KeyState.ENROLLED,
            }


def test_a_replaced_key_counts_until_then(database: Database) -> None:
    old, new = enrolled(), enrolled()
    keep(database, old, new)
    until = NOW + timedelta(days=30)
    with database.transaction() as tx:
        keys.replace(tx, old.key_sha256, replaced_by=new.key_sha256, not_after=until)
        records = {one.key.key_sha256: one for one in keys.of_officer(tx, TAKING)}
    assert records[old.key_sha256].key == replace(old, not_after=until)
    assert records[old.key_sha256].replaced_by == new.key_sha256
    assert records[new.key_sha256].replaced_by is None


@pytest.mark.parametrize(
    ("asks_for", "kind"),
    [
        (new_key(), ProposalKind.ENROLMENT),
        (new_key(replaces=bytes(32)), ProposalKind.RENEWAL),
        (RevocationOfOfficer.MISUSE, ProposalKind.REVOCATION),
    ],
)
def test_a_proposal_is_read_back_and_decided_once(
    database: Database, asks_for: NewKey | RevocationOfOfficer, kind: ProposalKind
) -> None:
    kept = proposal(asks_for)
    assert kept.kind is kind
    with database.transaction() as tx:
        keys.queue_for(tx, TAKING)
        assert proposals.add(tx, kept)
        assert not proposals.add(tx, kept)
        assert proposals.lock(tx, PROPOSAL) == kept
        assert proposals.lock(tx, "a1b2c3d4-0000-4000-8000-000000000002") is None
    with database.reading() as tx:
        assert proposals.open_ones(tx) == [kept]
    with database.transaction() as tx:
        by = "spiffe://openjpki.test/operator/ca/kato"
        proposals.decide(tx, PROPOSAL, ProposalState.APPROVED, by=by, at=NOW)
        assert proposals.lock(tx, PROPOSAL) == replace(kept, state=ProposalState.APPROVED)
        assert proposals.open_ones(tx) == []


def test_changes_of_one_officer_wait_for_each_other(database: Database) -> None:
    """Each adds a key only where there is none: one of many at once succeeds."""

    def enrol_if_none(key: EnrolledKey) -> bool:
        def work(tx: object) -> bool:
            keys.queue_for(tx, TAKING)  # type: ignore[arg-type]
            if keys.of_officer(tx, TAKING):  # type: ignore[arg-type]
                return False
            return keys.add(tx, key)  # type: ignore[arg-type]

        return database.run(work)

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(enrol_if_none, [enrolled() for _ in range(6)]))
    assert sum(done) == 1
