"""What is of another type than its column is read by nobody, by types or as it is stored."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.authority import AuthorityId
from openjpki.domain.generation import Generation, GenerationState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import authorities, generations
from openjpki.storage.ca.authorities import AuthorityRecord
from openjpki.storage.ca.issuance_question import judged_by
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.requests import RequestKey
from openjpki.storage.migrations import upgrade
from tests.support.by_hand import by_hand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import Unreadable

HERE = AuthorityId.parse("signing-13")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ASKED = RequestKey("method", "caller", "4e2a4c5e-0000-4000-8000-000000000000", bytes(32))
OF_AUTHORITIES = ["active = 'many'", "active = x'01'", "active = 2", "policy = x'7b7d'"]
OF_GENERATIONS = [
    "number = 'many'",
    "number = 1.5",
    "key_label = x'6b6579'",
    "certificate = 12",
    # So many noughts would be made of it.
    "certificate = 10000000000000",
    "certificate = 'text'",
    "not_before = 12",
    "state = x'616374697665'",
]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(f"sqlite:///{tmp_path / 'ca.db'}")) as it:
        upgrade(it, "ca")

        def begin(tx: Transaction) -> None:
            authorities.add(
                tx,
                AuthorityRecord(authority_id=HERE, active=True, policy_json="{}", created_at=NOW),
            )
            generations.add(
                tx,
                Generation(
                    authority_id=HERE,
                    number=1,
                    certificate=b"certificate",
                    key_label="key",
                    not_before=NOW,
                    not_after=NOW + timedelta(days=1),
                    state=GenerationState.ACTIVE,
                ),
            )

        it.run(begin)
        yield it


def read(tx: Reading, how: str) -> object:
    if how == "by types":
        return authorities.with_generations(tx, HERE)
    if how == "with what was asked":
        return judged_by(tx, ASKED, HERE, []).authority
    return authorities.get(tx, HERE), generations.of(tx, HERE)


@pytest.mark.parametrize("how", ["by types", "with what was asked", "each"])
@pytest.mark.parametrize(
    "change",
    [
        *(f"authorities SET {one}" for one in OF_AUTHORITIES),
        *(f"generations SET {one}" for one in OF_GENERATIONS),
    ],
)
def test_it_is_refused_however_it_is_read(database: Database, how: str, change: str) -> None:
    with database.reading() as tx:
        before = read(tx, how)
    assert before is not None
    assert by_hand(database, f"UPDATE {change}") == 1
    with database.reading() as tx, pytest.raises(OpenJpkiError) as refusal:
        read(tx, how)
    assert refusal.value.reason is Reason.STORED_UNREADABLE
    assert refusal.value.stored["table"] == change.partition(" ")[0]


def test_it_is_left_out_of_what_is_listed(database: Database) -> None:
    told: list[Unreadable] = []
    by_hand(database, "UPDATE generations SET certificate = 12")
    by_hand(database, "UPDATE authorities SET active = 'many'")
    with database.reading() as tx:
        assert generations.of(tx, HERE, left_out=told.append) == ()
        assert authorities.all_of(tx, left_out=told.append) == []
    assert [one.table for one in told] == ["generations", "authorities"]
