"""What the bridge keeps of its pool, on both databases."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from openjpki.domain.authority import AuthorityId
from openjpki.domain.evidence import Occasion, OfficerSignature
from openjpki.domain.generation import GenerationState
from openjpki.domain.officers import Officer
from openjpki.storage.bridge import (
    numberings,
    pool,
    pool_lists,
    taken_out_lists,
    uploads,
)
from openjpki.storage.bridge.numberings import AcceptedNumbering
from openjpki.storage.bridge.pool import GovernorGeneration, SubmittedCertificate
from tests.contract.storage.test_bridge_repositories import AT, database
from tests.support.kept_lists import kept_list

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.kernel.unreadable import Unreadable

__all__ = ["database"]

SUBMITTED = SubmittedCertificate(sha256=b"a", partner_id="government", der=b"certificate")


def test_pool_and_its_version(database: Database) -> None:
    governors = [
        GovernorGeneration(
            authority_id=AuthorityId.signing(number),
            generation=generation,
            state=state,
            certificate=f"{number} {generation}".encode(),
            policy_oid="1.2.3",
        )
        for number, generation, state in (
            ("13", 1, GenerationState.RETIRING),
            ("13", 2, GenerationState.ACTIVE),
            ("27", 1, GenerationState.COMPROMISED),
        )
    ]
    with database.transaction() as tx:
        assert pool.version(tx) == 0
        pool.changing(tx)
        pool.replace_governors(tx, [governors[1]])
        pool.replace_governors(tx, governors)
        assert pool.submit(tx, b"a", "government", b"certificate", AT)
        assert not pool.submit(tx, b"a", "government", b"certificate", AT)
    with database.reading() as tx:
        assert pool.version(tx) == 1
        assert pool.governors(tx) == governors
        assert [one.is_anchor for one in governors] == [True, True, False]
        assert pool.submitted(tx) == [SUBMITTED]
        assert pool.submitted_by(tx, "government") == 1
        assert pool.submitted_by(tx, "signing-13") == 0


def test_superseded_lists_answer_for_their_time(database: Database) -> None:
    days = [AT + timedelta(days=number) for number in range(4)]
    lists = [
        kept_list(b"%d" % number, at, number=number, partner_id="government")
        for number, at in enumerate(days)
    ]
    other = kept_list(b"other", days[1], scope=b"other", number=1 << 158)
    with database.transaction() as tx:
        for one, der in zip(lists, (b"0", b"1", b"2", b"3"), strict=True):
            pool_lists.keep(tx, one, der)
        pool_lists.keep(tx, other, b"other")
    with database.reading() as tx:
        assert pool_lists.find_newest(tx, bytes(32), bytes(32)) == lists[3]
        assert pool_lists.find_newest(tx, bytes(32), b"other") == other
        assert pool_lists.find_newest(tx, b"nobody", bytes(32)) is None
        assert pool_lists.newest(tx) == [lists[3], other]
        assert pool_lists.of_time(tx, days[0] - timedelta(seconds=1)) == []
        assert pool_lists.of_time(tx, days[1]) == [lists[1], lists[0], other]
        # It ends with the second of nextUpdate.
        assert pool_lists.of_time(tx, days[2]) == [lists[2], lists[1], other]
        assert pool_lists.der_of(tx, lists[0].sha256) == b"0"
        assert pool_lists.der_of(tx, bytes(32)) is None
        assert pool_lists.find(tx, other.sha256) == other
        assert pool_lists.find(tx, bytes(32)) is None
        assert pool_lists.octets_of(tx, "government") == 4
        assert pool_lists.octets_of(tx, "nobody") == 0
        assert pool_lists.newest_of(tx, "government") == 1
        assert pool_lists.newest_of(tx, "nobody") == 0
    over = days[2] + timedelta(days=365)
    with database.transaction() as tx:
        assert pool_lists.disposable(tx, over, 100) == [lists[0].sha256, lists[1].sha256]
        assert pool_lists.disposable(tx, over, 1) == [lists[0].sha256]
        # The newest of its scope is not disposed of.
        years = over + timedelta(days=9000)
        assert other.sha256 not in pool_lists.disposable(tx, years, 100)
        assert lists[3].sha256 not in pool_lists.disposable(tx, years, 100)
        assert pool_lists.remove(tx, lists[3].sha256)
        assert not pool_lists.remove(tx, lists[3].sha256)
    with database.reading() as tx:
        # None becomes the newest again because a newer one was taken out.
        assert pool_lists.find_newest(tx, bytes(32), bytes(32)) is None
        assert pool_lists.newest(tx) == [other]
        assert pool_lists.of_time(tx, days[2] + timedelta(hours=1)) == [lists[2], lists[1], other]


def test_one_that_leaves_its_place_answers_for_its_time(database: Database) -> None:
    one = kept_list(b"one", AT, partner_id="government")
    with database.transaction() as tx:
        pool_lists.keep(tx, one, b"one")
        pool_lists.supersede(tx, one.sha256)
    with database.reading() as tx:
        assert pool_lists.newest(tx) == []
        assert pool_lists.newest_of(tx, "government") == 0
        assert pool_lists.of_time(tx, AT) == [one]
        assert pool_lists.disposable(tx, AT + timedelta(days=366), 1) == [one.sha256]


def test_no_older_list_takes_the_place_of_one_that_was_taken_out(database: Database) -> None:
    """Nor answers for its time: it may lack what that one revoked."""
    days = [AT + timedelta(days=number) for number in range(4)]
    hour = timedelta(hours=1)
    lists = [kept_list(b"%d" % number, at, number=number) for number, at in enumerate(days)]
    lists = [replace(one, next_update=AT + timedelta(days=90)) for one in lists]
    row = bytes(32), bytes(32)

    def of_time(at: datetime) -> list[int]:
        with database.reading() as tx:
            return [one.number for one in pool_lists.of_time(tx, at)]

    def take_out(*numbers: int) -> None:
        with database.transaction() as tx:
            for number in numbers:
                assert pool_lists.take_out(tx, lists[number].sha256)
                assert not pool_lists.take_out(tx, lists[number].sha256)

    with database.transaction() as tx:
        for one in lists:
            pool_lists.keep(tx, one, b"%d" % one.number)
        assert taken_out_lists.newest(tx, *row) is None
        assert taken_out_lists.latest(tx) is None
    assert of_time(days[3]) == [3, 2, 1, 0]
    take_out(1)
    # Before it, what there was; from it on until its successor, nothing; then what came after.
    assert of_time(days[1] - hour) == [0]
    assert of_time(days[1]) == of_time(days[2] - hour) == []
    assert of_time(days[2]) == [2]
    assert of_time(days[3]) == [3, 2]
    take_out(3)
    assert of_time(days[3] - hour) == [2]
    assert of_time(days[3]) == of_time(days[3] + 9 * hour) == []
    with database.reading() as reading:
        newest = taken_out_lists.newest(reading, *row)
        assert newest == taken_out_lists.latest(reading)
        assert newest is not None
        assert (newest.sha256, newest.number) == (lists[3].sha256, 3)
        assert newest.this_update == days[3]
        assert taken_out_lists.newest(reading, bytes(32), b"other") is None
    # Of one moment the number decides.
    twin = replace(kept_list(b"twin", days[3], number=4), next_update=lists[3].next_update)
    with database.transaction() as tx:
        pool_lists.keep(tx, twin, b"twin")
    assert of_time(days[3]) == [4]
    # What comes back counts again.
    with database.transaction() as tx:
        pool_lists.keep(tx, lists[3], b"3")
    assert of_time(days[3])[:2] == [4, 3]
    # It is forgotten with what it stood in the way of.
    years = AT + timedelta(days=9000)
    with database.transaction() as tx:
        taken_out_lists.drop(tx, years)
    assert of_time(days[1]) == []
    with database.transaction() as tx:
        assert pool_lists.remove(tx, lists[0].sha256)
        taken_out_lists.drop(tx, lists[1].retained_from)
        assert taken_out_lists.latest(tx) is not None
        taken_out_lists.drop(tx, years)
        assert taken_out_lists.latest(tx) is None


def test_parts_of_a_list(database: Database) -> None:
    key = ("government", bytes(32))
    with database.transaction() as tx:
        assert uploads.expected(tx, *key) is None
        assert uploads.there(tx, *key) == 0
        for _ in range(2):
            uploads.begin(tx, *key, 5, AT)
        uploads.add(tx, *key, 3, b"de")
        uploads.add(tx, *key, 0, b"xxx")
        uploads.add(tx, *key, 0, b"abc")
    with database.reading() as tx:
        assert uploads.expected(tx, *key) == 5
        assert uploads.there(tx, *key) == 5
        assert uploads.joined(tx, *key) == b"abcde"
        assert uploads.begun_by(tx, "government") == 1
        assert uploads.begun_by(tx, "signing-13") == 0
        assert uploads.begun_before(tx, AT) == []
        assert uploads.begun_before(tx, AT + timedelta(seconds=1)) == [key]
    with database.transaction() as tx:
        uploads.drop(tx, *key)
        assert uploads.expected(tx, *key) is None
        assert uploads.joined(tx, *key) == b""


def never(_: Unreadable) -> None:
    raise AssertionError("a row can't be read")


def accepted_numbering(sha256: bytes) -> AcceptedNumbering:
    return AcceptedNumbering(
        sha256=sha256,
        partner_id="government",
        replaced=None,
        accepted_at=AT,
        evidence=OfficerSignature(
            occasion=Occasion(
                officer=Officer.parse("bridge-officer/bridge/tanaka"),
                request_id="00000000-0000-4000-8000-000000000000",
                signed_at=AT,
            ),
            key_sha256=bytes(32),
            signature=b"signature",
        ),
    )


def test_a_new_count_ends_where_its_list_was_taken_out_and_none_later_is_kept(
    database: Database,
) -> None:
    issuer, before, lists = bytes(32), b"before", [b"first", b"second"]
    with database.transaction() as tx:
        for day, der in enumerate([before, *lists]):
            kept = kept_list(der, AT + timedelta(days=day), number=9 - day)
            pool_lists.keep(tx, kept, der)
            if der in lists:
                assert numberings.add(tx, accepted_numbering(kept.sha256))
                numberings.made_use_of(tx, kept.sha256, hashlib.sha256(before).digest())
        first, second = (hashlib.sha256(der).digest() for der in lists)
        assert numberings.ended(tx, issuer, issuer) is None
        assert pool_lists.take_out(tx, first)
        assert numberings.ended(tx, issuer, issuer) is None
        assert pool_lists.take_out(tx, second)
        assert numberings.ended(tx, issuer, issuer) == hashlib.sha256(before).digest()
        assert numberings.ended(tx, issuer, b"another") is None
        gone = taken_out_lists.find(tx, second)
        assert gone is not None
        assert gone.number == 7
        assert taken_out_lists.find(tx, hashlib.sha256(before).digest()) is None


def test_numberings_that_were_accepted(database: Database) -> None:
    accepted = accepted_numbering(b"x" * 32)
    with database.transaction() as tx:

        def unused(partner_id: str) -> AcceptedNumbering | None:
            return numberings.unused(tx, accepted.sha256, partner_id, left_out=never)

        assert numberings.add(tx, accepted)
        assert not numberings.add(tx, accepted)
        assert unused("government") == accepted
        assert unused("signing-13") is None
        numberings.made_use_of(tx, accepted.sha256, b"first")
        assert unused("government") is None
        numberings.made_use_of(tx, accepted.sha256, b"second")
    with database.reading() as reading:
        assert numberings.all_of(reading) == [replace(accepted, replaced=b"first")]


def test_writers_of_the_pool_queue(database: Database) -> None:
    """Each reads what it depends on after raising the version: none may be lost."""

    def add(_number: int) -> None:
        def work(tx: Transaction) -> None:
            pool.changing(tx)
            known = pool_lists.find_newest(tx, bytes(32), bytes(32))
            count = known.number + 1 if known else 1
            der = b"%d" % count
            pool_lists.keep(tx, kept_list(der, AT, number=count), der)

        database.run(work)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add, range(12)))
    with database.reading() as tx:
        found = pool_lists.find_newest(tx, bytes(32), bytes(32))
        assert found is not None
        assert found.number == 12
        assert pool.version(tx) == 12
