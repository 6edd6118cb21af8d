"""Agreements on both databases (R4.3)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from openjpki.domain.agreements import (
    AgreementState,
    Beyond,
    Notification,
    Period,
    Quota,
    VerifierKind,
    Way,
    content_sha256,
)
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.migrations import upgrade
from openjpki.storage.ocsp import agreements, verifiers
from openjpki.storage.ocsp.agreements import Listed, Stopped, decide
from openjpki.storage.ocsp.verifiers import VerifierRecord
from tests.support.agreed import BEGINS, CLAUSES, ENDS, agreement, taken_over
from tests.support.lock_waits import somebody_waits
from tests.support.schemas import put_schema
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from openjpki.domain.agreements import Agreement
    from openjpki.storage.kernel.database import Database

LATER = BEGINS + timedelta(days=365)
TOKYO, TOYAMA = map(AuthorityId.signing, ("13", "16"))
BUSINESS = agreement(
    "certifier",
    TOKYO,
    version=2,
    state=AgreementState.PROPOSED,
    notification=Notification(
        name="認証株式会社",
        kind=VerifierKind.APPROVED,
        accreditation="承認第2号",
        accredited_until=ENDS,
        notified_by="法務部",
        notified_at=BEGINS,
    ),
    ways=frozenset({Way.LISTS, Way.OCSP_HTTP}),
    clauses=replace(CLAUSES, liability_cap_yen=5 * 10**12, document_sha256=bytes(32)),
    quota=Quota(statuses_per_day=5 * 10**12, downloads_per_month=1, beyond=Beyond.REFUSE),
    proposed_with="sha256:" + "0" * 64,
)
TAKEN_OVER = taken_over("tax-office", TOYAMA)


@pytest.fixture
def database(empty_database: Database) -> Database:
    put_schema(empty_database, "ocsp")
    return empty_database


def stored(database: Database) -> list[Agreement]:
    with database.reading() as tx:
        return agreements.of(tx)


def test_versions_come_back_as_they_were(database: Database) -> None:
    with database.transaction() as tx:
        for one in (TAKEN_OVER, BUSINESS):
            agreements.add(tx, one)
    assert stored(database) == [BUSINESS, TAKEN_OVER]
    with database.reading() as tx:
        assert agreements.get(tx, "certifier", TOKYO, 2) == BUSINESS
        assert agreements.get(tx, "certifier", TOKYO, 1) is None
        assert agreements.newest_version(tx, "certifier", TOKYO) == 2
        assert agreements.newest_version(tx, "certifier", TOYAMA) == 0
        for waiting, since, counted in ((BEGINS, ENDS, 1), (ENDS, BEGINS, 1), (ENDS, ENDS, 0)):
            assert counted == agreements.count_proposed(
                tx, BUSINESS, waiting_since=waiting, since=since
            )
        assert agreements.of(tx, states=[AgreementState.IN_FORCE]) == [TAKEN_OVER]
        assert agreements.of(tx, verifier_ids=["certifier", "nobody"]) == [BUSINESS]
        assert agreements.in_force(tx, left_out=print) == [TAKEN_OVER.held]
        assert agreements.in_force(tx, verifier_ids=["certifier"], left_out=print) == []
        # No entry names it any more: nobody can put another in its place.
        assert agreements.count_taken_over(tx) == 0
        assert not agreements.is_agreed_with(tx, "tax-office")


def test_a_state_is_left_once(database: Database) -> None:
    with database.transaction() as tx:
        agreements.add(tx, BUSINESS)
    with database.transaction() as tx:
        assert decide(tx, BUSINESS, AgreementState.IN_FORCE, by="somebody", at=ENDS)
        assert not decide(tx, BUSINESS, AgreementState.REJECTED, by="somebody", at=ENDS)
    there = replace(BUSINESS, state=AgreementState.IN_FORCE, decided_by="somebody", decided_at=ENDS)
    assert stored(database) == [there]
    with database.transaction() as tx:
        assert agreements.end(tx, there)
        assert not agreements.end(tx, there)


def test_the_next_version_takes_the_place_of_all_in_force(database: Database) -> None:
    """Of those that can't be read too: put right, they give no more than they are to."""
    first = agreement("tax-office", TOKYO)
    later = agreement("tax-office", TOKYO, version=2, period=Period(LATER, ENDS))
    with database.transaction() as tx:
        for one in (first, later):
            agreements.add(tx, one)
        tx.connection.execute(text("UPDATE agreements SET ways = 'fax' WHERE version = 1"))
        agreements.supersede(tx, later)
    with database.transaction() as tx:
        tx.connection.execute(
            text("UPDATE agreements SET ways = 'grpc,lists,ocsp_http' WHERE version = 1")
        )
    assert stored(database) == [replace(first, superseded_at=LATER), later]


@pytest.mark.parametrize(
    "spoiled",
    [
        "kind = NULL",
        "not_after = NULL",
        "purpose = NULL",
        "accredited_until = NULL",
        "content_sha256 = NULL",
    ],
)
def test_no_limit_goes_missing_alone(database: Database, spoiled: str) -> None:
    with database.transaction() as tx:
        agreements.add(tx, BUSINESS)

    def spoil() -> None:
        with database.transaction() as tx:
            tx.connection.execute(text(f"UPDATE agreements SET {spoiled}"))  # noqa: S608

    with pytest.raises(OpenJpkiError):
        spoil()
    assert stored(database) == [BUSINESS]


@pytest.mark.parametrize(
    "spoiled",
    [
        "statuses_per_day = NULL",
        "statuses_per_day = NULL, downloads_per_month = NULL, quota_beyond = NULL",
        "quota_beyond = NULL",
        "quota_beyond = 'report'",
    ],
)
def test_a_quota_that_is_changed_opens_nothing(database: Database, spoiled: str) -> None:
    with database.transaction() as tx:
        agreements.add(tx, BUSINESS)
        tx.connection.execute(text(f"UPDATE agreements SET {spoiled}"))  # noqa: S608
    with database.reading() as tx, pytest.raises(OpenJpkiError) as refusal:
        agreements.get(tx, "certifier", TOKYO, 2)
    assert refusal.value.reason is Reason.STORED_UNREADABLE


@pytest.mark.requirement("L1")
def test_what_was_changed_since_is_no_agreement(database: Database) -> None:
    with database.transaction() as tx:
        agreements.add(tx, BUSINESS)
        tx.connection.execute(text("UPDATE agreements SET ways = 'grpc'"))
    with database.reading() as tx:
        left_out: list[object] = []
        assert agreements.of(tx, left_out=left_out.append) == []
        assert len(left_out) == 1


def test_all_of_a_verifiers_are_stopped_and_no_other(database: Database) -> None:
    here, there = (agreement("tax-office", one) for one in (TOKYO, TOYAMA))
    waits = replace(here, version=2, state=AgreementState.PROPOSED)
    other = agreement("other", TOKYO)
    with database.transaction() as tx:
        for one in (here, there, waits, other):
            agreements.add(tx, one)
    suspended, rejected = AgreementState.SUSPENDED, AgreementState.REJECTED
    then = {AgreementState.IN_FORCE: suspended, AgreementState.PROPOSED: rejected}

    def stop(**of: Any) -> list[Stopped]:
        with database.transaction() as tx:
            return agreements.stop(tx, "tax-office", then, by="somebody", at=ENDS, **of)

    assert stop(authority_id=TOKYO) == [
        Stopped(TOKYO, 1, suspended),
        Stopped(TOKYO, 2, rejected),
    ]
    assert stop() == [Stopped(TOYAMA, 1, suspended)]
    assert stop() == []
    # Ended by somebody else later: since when it gave nothing, and by whom, stays.
    with database.transaction() as tx:
        assert agreements.stop(
            tx, "tax-office", {suspended: suspended}, by="another", at=LATER
        ) == [Stopped(TOKYO, 1, suspended), Stopped(TOYAMA, 1, suspended)]
    said: dict[str, Any] = {"stopped_by": "somebody", "stopped_at": ENDS}
    assert stored(database) == [
        other,
        replace(here, state=suspended, **said),
        replace(waits, state=rejected, **said),
        replace(there, state=suspended, **said),
    ]


def test_of_those_from_before_some_stop(database: Database) -> None:
    """Nobody else's, none with an authority that is said to stay, and none that officers made."""
    ended = {AgreementState.IN_FORCE: AgreementState.ENDED}
    with database.transaction() as tx:
        for one in (TAKEN_OVER, taken_over("tax-office", TOKYO), taken_over("other", TOYAMA)):
            agreements.add(tx, one)
        agreements.add(tx, agreement("tax-office", TOYAMA, version=2))

    def stop(*but_with: AuthorityId) -> list[Stopped]:
        with database.transaction() as tx:
            return agreements.stop(
                tx, "tax-office", ended, by="somebody", at=ENDS, taken_over_but_with=but_with
            )

    assert stop(TOKYO, TOYAMA) == []
    assert stop(TOKYO) == [Stopped(TOYAMA, 1, AgreementState.ENDED)]
    assert stop() == [Stopped(TOKYO, 1, AgreementState.ENDED)]
    assert stop() == []


def test_a_number_is_one_versions(database: Database) -> None:
    def put() -> None:
        with database.transaction() as tx:
            agreements.add(tx, BUSINESS)

    put()
    with pytest.raises(OpenJpkiError) as refusal:
        put()
    assert refusal.value.reason is Reason.CONFLICTING_CHANGE


def test_pages_go_by_octets_and_without_the_words(database: Database) -> None:
    """A hyphen before digits before letters, in whatever order the database's language has them."""
    names = ["a-b", "a0", "aa", "ab", "b-1", "b1"]
    versions = [agreement(name, TOKYO, version=one) for name in names for one in (1, 2, 10)]
    elsewhere = agreement("aa", TOYAMA)
    with database.transaction() as tx:
        for each in (*reversed(versions), elsewhere):
            agreements.add(tx, each)
    left_out: list[object] = []

    def page(after: tuple[str, int], limit: int, verifier_id: str | None = None) -> list[Listed]:
        with database.reading() as tx:
            return agreements.page(
                tx,
                TOKYO,
                verifier_id=verifier_id,
                after=after,
                limit=limit,
                left_out=left_out.append,
            )

    found: list[Listed] = []
    after = ("", 0)
    while some := page(after, 4):
        assert len(some) <= 4
        found += some
        after = (some[-1].agreement.verifier_id, some[-1].agreement.version)
    wordless = replace(CLAUSES, purpose="", safety="", secrecy="")
    assert [one.agreement for one in found] == [replace(one, clauses=wordless) for one in versions]
    assert [one.content_sha256 for one in found] == [content_sha256(one) for one in versions]
    of_one = page(("a0", 2), 9, "aa")
    assert [one.agreement.version for one in of_one] == [1, 2, 10]
    assert left_out == []


def test_a_page_goes_on_over_what_cannot_be_read(database: Database) -> None:
    with database.transaction() as tx:
        for version in range(1, 8):
            agreements.add(tx, agreement("aa", TOKYO, version=version))
        tx.connection.execute(
            text("UPDATE agreements SET ways = 'fax' WHERE version BETWEEN 2 AND 5")
        )
    left_out: list[object] = []
    with database.reading() as tx:
        found = agreements.page(
            tx, TOKYO, verifier_id=None, after=("", 0), limit=2, left_out=left_out.append
        )
    assert [one.agreement.version for one in found] == [1, 6]
    assert len(left_out) == 4


def test_what_is_over_by_each_of_its_ends_is_found(database: Database) -> None:
    accredited = replace(BUSINESS, version=3, state=AgreementState.SUSPENDED)
    replaced = agreement("replaced", TOKYO, superseded_at=LATER)
    by_itself = agreement("by-itself", TOKYO, period=Period(BEGINS, LATER))
    ended = replace(by_itself, version=2, state=AgreementState.ENDED)
    with database.transaction() as tx:
        for one in (accredited, replaced, by_itself, ended, TAKEN_OVER):
            agreements.add(tx, one)
    with database.reading() as tx:
        assert agreements.over(tx, LATER - timedelta(seconds=1)) == []
        assert agreements.over(tx, LATER) == [by_itself, replaced]
        assert agreements.over(tx, ENDS) == [by_itself, accredited, replaced]
        assert agreements.is_agreed_with(tx, "certifier")
        assert not agreements.is_agreed_with(tx, "nobody")


def test_when_what_took_its_place_was_approved_is_known(database: Database) -> None:
    one = agreement("tax-office", TOKYO, superseded_at=LATER)
    rejected, approved = (
        agreement(
            "tax-office",
            TOKYO,
            version=version,
            state=state,
            period=Period(LATER, ENDS),
            decided_by="somebody",
            decided_at=LATER + timedelta(hours=version),
        )
        for version, state in ((2, AgreementState.REJECTED), (3, AgreementState.ENDED))
    )
    with database.transaction() as tx:
        for each in (one, rejected, approved):
            agreements.add(tx, each)
    with database.reading() as tx:
        assert agreements.replaced_at(tx, one) == LATER + timedelta(hours=3)
        assert agreements.replaced_at(tx, approved) is None
        assert agreements.replaced_at(tx, replace(one, superseded_at=ENDS)) is None


def test_entries_and_networks_of_some(database: Database) -> None:
    def entry(name: str, network: str) -> VerifierRecord:
        return VerifierRecord(
            verifier_id=name,
            display_name=name,
            authority_ids=frozenset({TOKYO}),
            request_signers=frozenset({name.encode()}),
            closed_networks=frozenset({network}),
            registered_at=BEGINS,
        )

    one, other = entry("a", "10.0.0.0/16"), entry("b", "10.1.0.0/16")
    with database.transaction() as tx:
        for each in (one, other):
            verifiers.put(tx, each)
    with database.reading() as now:
        assert verifiers.ids(now) == {"a", "b"}
        assert verifiers.all_of(now, only=["b", "c"]) == [other]
        assert verifiers.all_of(now, only=[]) == []
        assert verifiers.networks_of_others(now, "a") == {"10.1.0.0/16"}


def test_whose_verifier_is_registered_can_be_waited_for(database: Database) -> None:
    record = VerifierRecord(
        verifier_id="tax-office",
        display_name="国税庁",
        authority_ids=frozenset({TOKYO}),
        request_signers=frozenset(),
        closed_networks=frozenset(),
        registered_at=BEGINS,
    )
    with database.transaction() as tx:
        verifiers.put(tx, record)
        assert agreements.queue_for(tx, "tax-office")
        assert not agreements.queue_for(tx, "other")
        assert verifiers.names(tx, "tax-office", TOKYO)
        assert not verifiers.names(tx, "tax-office", TOYAMA)


def test_an_entry_that_is_put_meanwhile_is_waited_for_and_found(database: Database) -> None:
    """Or a suspension would go on without waiting for the approval that comes next."""
    record = VerifierRecord(
        verifier_id="tax-office",
        display_name="国税庁",
        authority_ids=frozenset({TOKYO}),
        request_signers=frozenset(),
        closed_networks=frozenset(),
        registered_at=BEGINS,
    )
    with database.transaction() as tx:
        verifiers.put(tx, record)

    def look() -> bool:
        with database.transaction() as tx:
            return agreements.queue_for(tx, "tax-office")

    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as tx:
            verifiers.put(tx, replace(record, display_name="税務署"))
            looking = pool.submit(look)
            # SQLite has one writer: whoever looks has not begun.
            if database.dialect == "postgresql":
                wait_until(lambda: somebody_waits(database))
        assert looking.result(timeout=60)


def test_an_entry_that_is_removed_meanwhile_is_put_as_a_new_one(database: Database) -> None:
    record = VerifierRecord(
        verifier_id="tax-office",
        display_name="国税庁",
        authority_ids=frozenset({TOKYO}),
        request_signers=frozenset(),
        closed_networks=frozenset(),
        registered_at=BEGINS,
    )
    with database.transaction() as tx:
        verifiers.put(tx, record)
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as tx:
            assert verifiers.remove(tx, "tax-office")
            putting = pool.submit(database.run, lambda tx: verifiers.put(tx, record))
            if database.dialect == "postgresql":
                wait_until(lambda: somebody_waits(database))
        assert putting.result(timeout=60)
    with database.reading() as now:
        assert verifiers.all_of(now) == [record]


@pytest.mark.requirement("R4.3")
def test_who_might_ask_before_agreements_may_still(empty_database: Database) -> None:
    upgrade(empty_database, "ocsp", to="ocsp_0005")
    with empty_database.transaction() as tx:
        for name, authorities in (("tax-office", {TOKYO, TOYAMA}), ("9-lives", {TOKYO})):
            record = VerifierRecord(
                verifier_id=name,
                display_name=name,
                authority_ids=frozenset(authorities),
                request_signers=frozenset(),
                closed_networks=frozenset(),
                registered_at=BEGINS,
            )
            verifiers.put(tx, record)
    upgrade(empty_database, "ocsp")
    of_each = [("9-lives", TOKYO), ("tax-office", TOKYO), ("tax-office", TOYAMA)]
    assert stored(empty_database) == [
        replace(
            taken_over(verifier, authority),
            # Whatever a clock said when it was registered.
            period=Period(datetime(2000, 1, 1, tzinfo=UTC), None),
        )
        for verifier, authority in of_each
    ]
