"""The registry in memory: what is read of it when, who is told, and for how long it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from openjpki.domain.agreements import Way
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.journal import STREAM, VERIFIER_REMOVED
from openjpki.services.ocsp.registry import cache as caching
from openjpki.services.ocsp.registry.cache import RegistryCache
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.migrations import upgrade
from openjpki.storage.ocsp import agreements, verifiers
from openjpki.storage.ocsp.verifiers import VerifierRecord
from tests.support.agreed import BEGINS, agreement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from openjpki.services.ocsp.registry.entries import Registry

TOKYO = AuthorityId.signing("13")
OFFICE, OTHER = "tax-office", "other"
MAX_AGE = 60.0


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'ocsp.db'}")
    upgrade(database, "ocsp")
    yield database
    database.close()


class Looking:
    """A cache, what it told, and a time that stands still."""

    def __init__(self, database: Database, tell: Any = None) -> None:
        self.time = 0.0
        self.told: list[Collection[str] | None] = []
        self.held: list[float] = []
        self._database, self._tell = database, tell
        self.cache = RegistryCache(
            database, max_age=MAX_AGE, told=self._told, held=self.held.append, now=lambda: self.time
        )

    def _told(self, registry: Registry, changed: Collection[str] | None) -> None:
        self.told.append(changed)
        if self._tell is not None:
            self._tell(registry)

    def agreed(self, verifier_id: str = OFFICE) -> int:
        """How many agreements of a verifier are known."""
        known = self.cache.current.by_id.get(verifier_id)
        return 0 if known is None else len(known.agreements)

    def refusal(self) -> Reason | None:
        try:
            self.cache.require(OFFICE, TOKYO, Way.GRPC, BEGINS)
        except OpenJpkiError as error:
            return error.reason
        return None


def record(verifier_id: str = OFFICE) -> VerifierRecord:
    return VerifierRecord(
        verifier_id=verifier_id,
        display_name="国税庁",
        authority_ids=frozenset({TOKYO}),
        request_signers=frozenset(),
        closed_networks=frozenset(),
        registered_at=BEGINS,
    )


def put(database: Database, *verifier_ids: str) -> None:
    with database.transaction() as tx:
        for one in verifier_ids:
            verifiers.put(tx, record(one))


def agree(database: Database, verifier_id: str = OFFICE) -> None:
    with database.transaction() as tx:
        before = agreements.newest_version(tx, verifier_id, TOKYO)
        agreements.add(tx, agreement(verifier_id, version=before + 1))


def enter(database: Database, verifier_id: str = OFFICE) -> None:
    with database.transaction() as tx:
        SqlJournal().append(
            tx,
            VERIFIER_REMOVED,
            stream=STREAM,
            actor="operator",
            subject=verifier_id,
            details={},
            at=BEGINS,
        )


def test_who_could_not_be_told_is_told_at_the_next_reading(database: Database) -> None:
    """Or a verifier that was removed would go on being answered over HTTP."""
    failing = [MemoryError]

    def tell(registry: Registry) -> None:
        assert set(registry.by_id) == {OFFICE}
        if failing:
            raise failing.pop()

    put(database, OFFICE)
    looking = Looking(database, tell)
    with pytest.raises(MemoryError):
        looking.cache.look()
    assert looking.held == []
    looking.cache.look()
    looking.cache.look()
    assert looking.told == [None, None]

    failing.append(MemoryError)
    agree(database)
    enter(database)
    with pytest.raises(MemoryError):
        looking.cache.look()
    looking.cache.look()
    looking.cache.look()
    assert looking.told[2:] == [{OFFICE}, {OFFICE}]
    assert looking.agreed() == 1


def test_what_another_replica_entered_is_read_at_the_next_look(database: Database) -> None:
    """Of the verifier that it is about alone, and without an entry nothing is."""
    put(database, OFFICE, OTHER)
    looking = Looking(database)
    looking.cache.look()
    for one in (OFFICE, OTHER):
        agree(database, one)
    looking.cache.look()
    assert looking.told == [None]
    enter(database)
    looking.cache.look()
    assert looking.told == [None, {OFFICE}]
    assert [looking.agreed(one) for one in (OFFICE, OTHER)] == [1, 0]
    with database.transaction() as tx:
        verifiers.remove(tx, OFFICE)
    enter(database)
    looking.cache.look()
    assert set(looking.cache.current.by_id) == {OTHER}


def test_a_look_that_finds_nothing_reads_one_number(database: Database) -> None:
    looking = Looking(database)
    looking.cache.look()
    statements: list[str] = []
    event.listen(
        database._engine,
        "before_cursor_execute",
        lambda *told: statements.append(told[2]),
    )
    looking.cache.look()
    assert len([one for one in statements if one.startswith("SELECT")]) == 1, statements


def test_what_nobody_entered_is_read_in_turn(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may have been in the database: all are read anew by and by, so many at a look."""
    monkeypatch.setattr(caching, "_ANEW_AT_ONCE", 2)
    names = [f"office-{number}" for number in range(5)]
    put(database, *names)
    looking = Looking(database)
    looking.cache.look()
    for one in names:
        agree(database, one)
    looking.cache.look()
    assert not any(looking.agreed(one) for one in names)
    looking.time = 300.0
    known = []
    for _ in range(3):
        looking.cache.look()
        known.append(sum(looking.agreed(one) for one in names))
    assert known == [2, 4, 5]
    looking.cache.look()
    assert len(looking.told) == 4


def test_a_journal_of_before_has_all_read(database: Database) -> None:
    put(database, OFFICE)
    enter(database)
    looking = Looking(database)
    looking.cache.look()
    looking.cache._newest = 7
    agree(database)
    looking.cache.look()
    assert looking.agreed() == 1


@pytest.mark.requirement("R4.3", refuses=True)
def test_what_was_read_counts_for_so_long_and_again_once_read(database: Database) -> None:
    """A replica that alone has lost the database goes on answering nobody for ever."""
    put(database, OFFICE)
    agree(database)
    looking = Looking(database)
    looking.cache.look()
    looking.time = MAX_AGE
    assert looking.refusal() is None
    looking.time = MAX_AGE + 1
    assert looking.refusal() is Reason.SERVICE_UNAVAILABLE
    looking.cache.look()
    assert looking.refusal() is None
    assert looking.held == [MAX_AGE, MAX_AGE]


def test_after_the_first_look_that_fails_the_next_is_soon() -> None:
    """It may have been a lock; the database being away is known by the second."""
    assert caching.retry(1) == caching.POLL_SECONDS < caching.retry(2)
