"""Revocation lists and what they are made of, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.generation import GenerationState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import generations, lists
from tests.support.ca_rows import (
    AT,
    END,
    OSAKA,
    TOKYO,
    facts,
    generation,
    intent,
    issue,
    revoke,
)

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database


@pytest.mark.requirement("R3.2")
def test_list_holds_the_revoked_of_its_scope(database: Database) -> None:
    other = replace(intent(3), partition="13102-1")
    with database.transaction() as tx:
        for made in (intent(2), intent(1), other):
            issue(tx, made)
            revoke(tx, made, reason=3, at=AT + timedelta(seconds=9))
        issue(tx, intent(4))
    with database.reading() as tx:
        columns = lists.revoked(tx, TOKYO, 1, "13101-1", expired_before=None)
        assert lists.partitions_in_use(tx, TOKYO, 1) == {"13101-1", "13102-1"}
        assert lists.revoked(tx, OSAKA, 1, "13101-1", expired_before=None).serials == b""
    serials = [intent(1).serial, intent(2).serial]
    assert columns.serials == b"".join(serials)
    assert list(columns.serial_lengths) == [len(serial) for serial in serials]
    assert columns.reasons == b"\x03\x03"
    assert columns.revoked_at == (int(AT.timestamp()) + 9).to_bytes(8, "little") * 2


def test_each_generation_has_lists_of_its_own(database: Database) -> None:
    second = replace(intent(2), generation=2)
    with database.transaction() as tx:
        generations.set_state(
            tx, TOKYO, 1, now=GenerationState.ACTIVE, then=GenerationState.RETIRING
        )
        generations.add(tx, generation(TOKYO, 2))
        for made in (intent(1), second):
            issue(tx, made)
            revoke(tx, made)
        lists.add(tx, facts(1), b"of the first")
        lists.add(tx, replace(facts(1), generation=2), b"of the second")
    with database.reading() as tx:
        found = [
            lists.revoked(tx, TOKYO, number, "13101-1", expired_before=None).serials
            for number in (1, 2, 3)
        ]
        newest = lists.newest_of_all(tx, TOKYO)
        assert [lists.read(tx, one) for one in newest] == [b"of the first", b"of the second"]
        assert lists.newest(tx, TOKYO, 2, "13101-1") == newest[1]
        assert lists.partitions_in_use(tx, TOKYO, 3) == set()
    assert found == [intent(1).serial, second.serial, b""]


@pytest.mark.requirement("R3.2")
def test_expired_entries_stay_for_one_more_list(database: Database) -> None:
    with database.transaction() as tx:
        issue(tx, intent(1))
        revoke(tx, intent(1))
    second = timedelta(seconds=1)
    with database.reading() as tx:
        # The list before was made while the certificate was valid: this one still has it.
        kept = lists.revoked(tx, TOKYO, 1, "13101-1", expired_before=END - second)
        last = lists.revoked(tx, TOKYO, 1, "13101-1", expired_before=END)
        # The list before was the first after the expiry: gone now.
        gone = lists.revoked(tx, TOKYO, 1, "13101-1", expired_before=END + second)
    assert (len(kept.reasons), len(last.reasons), len(gone.reasons)) == (1, 1, 0)


def test_lists_rise_and_old_bytes_go(database: Database) -> None:
    for number in range(1, 6):
        with database.transaction() as tx:
            lists.add(tx, facts(number), b"list %d" % number)
    with pytest.raises(OpenJpkiError) as refusal, database.transaction() as tx:
        lists.add(tx, facts(5), b"another")
    assert refusal.value.reason is Reason.CONFLICTING_CHANGE
    with database.transaction() as tx:
        lists.add(tx, facts(1, "authority"), b"0123456789")
    with database.reading() as tx:
        newest = lists.newest(tx, TOKYO, 1, "13101-1")
        assert newest == facts(5)
        assert lists.newest(tx, TOKYO, 1, "13102-1") is None
        assert lists.newest(tx, OSAKA, 1, "13101-1") is None
        assert [lists.read(tx, facts(number)) for number in (2, 3, 5)] == [
            None,
            b"list 3",
            b"list 5",
        ]
        assert [one.number for one in lists.newest_of_all(tx, TOKYO)] == [5, 1]
        pieces = [lists.piece(tx, facts(1, "authority"), at, 4) for at in (0, 4, 8, 12)]
    assert pieces == [b"0123", b"4567", b"89", b""]
