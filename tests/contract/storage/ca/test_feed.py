"""The feed of what happened to certificates, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update

from openjpki.domain import feed_digest
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.domain.status_event import Event, NewEvent
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.status.rows import Rows, apply_rows
from openjpki.signer_core import StatusIndex
from openjpki.storage.ca import certificates, feed, lists, serials
from openjpki.storage.ca.certificates import CertificateRecord
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.ca.tables import certificates as certificate_rows
from openjpki.storage.ca.tables import feed_events, feeds, revocations
from tests.support.by_hand import by_hand
from tests.support.ca_rows import (
    AT,
    END,
    HOKKAIDO,
    KANAGAWA,
    OSAKA,
    TOKYO,
    event_of,
    facts,
    intent,
    issue,
    placed,
    revoke,
)
from tests.support.ca_rows import certificate as certificate_of

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.kernel.unreadable import Unreadable


def test_there_is_no_event_without_a_feed(database: Database) -> None:
    event = NewEvent(
        serial=b"\x01", generation=1, not_after=END, status=CertificateStatus.GOOD, at=AT
    )
    with pytest.raises(OpenJpkiError) as refusal, database.transaction() as tx:
        feed.append(tx, HOKKAIDO, event)
    assert refusal.value.reason is Reason.INTERNAL
    with database.reading() as tx:
        assert feed.events_after(tx, HOKKAIDO, 0, 10) == []


def test_feed_positions_rise_by_one_under_concurrency(database: Database) -> None:
    def call(number: int) -> int:
        return database.run(lambda tx: issue(tx, intent(number)))

    with ThreadPoolExecutor(8) as pool:
        positions = list(pool.map(call, range(30)))
    assert sorted(positions) == list(range(1, 31))
    with database.reading() as tx:
        assert feed.position(tx, TOKYO) == feed.Position(30, 0)
        assert feed.position(tx, OSAKA) == feed.Position(0, 0)
        assert feed.position(tx, HOKKAIDO) is None
        events = feed.events_after(tx, TOKYO, 10, 100)
    assert [event.sequence for event in events] == list(range(11, 31))


def test_events_of_many_feeds_are_read_at_once(database: Database) -> None:
    """Each between positions of its own, in order, and nothing of any other."""
    with database.transaction() as tx:
        for number in range(6):
            event = event_of(intent(number), CertificateStatus.GOOD)
            for one in (TOKYO, OSAKA):
                feed.append(tx, one, event)
    with database.reading() as tx:
        found = feed.events_between(tx, {TOKYO: (2, 5), OSAKA: (0, 1), HOKKAIDO: (0, 9)})
        each = {one: feed.events_after(tx, one, 0, 9) for one in (TOKYO, OSAKA)}
    assert found == {TOKYO: each[TOKYO][2:5], OSAKA: each[OSAKA][:1], HOKKAIDO: []}


def test_feed_tells_what_happened(database: Database) -> None:
    later = AT + timedelta(minutes=5)
    with database.transaction() as tx:
        issue(tx, intent(1))
        revoke(tx, intent(1), reason=1, at=later)
    with database.reading() as tx:
        assert feed.events_after(tx, TOKYO, 0, 100) == [
            placed(1, event_of(intent(1), CertificateStatus.GOOD)),
            placed(2, event_of(intent(1), CertificateStatus.REVOKED, reason_code=1, at=later)),
        ]
    with database.transaction() as tx:
        assert feed.drop_events(tx, TOKYO, 1) == 1
    with database.reading() as tx:
        assert feed.position(tx, TOKYO) == feed.Position(2, 1)
        assert [event.sequence for event in feed.events_after(tx, TOKYO, 0, 9)] == [2]


def chained(events: list[Event], digest: bytes = feed_digest.START) -> bytes:
    """As a replica follows it, from what it is told."""
    for event in events:
        since = int(event.at.timestamp()) if event.status is CertificateStatus.REVOKED else 0
        octets = feed_digest.event_octets(
            event.serial,
            event.generation,
            int(event.not_after.timestamp()),
            event.status,
            event.reason_code,
            since,
        )
        digest = feed_digest.continued(digest, octets)
    return digest


def digest_of(database: Database) -> bytes:
    with database.reading() as tx:
        position = feed.position(tx, TOKYO)
        assert position is not None
        assert feed.positions(tx)[TOKYO].digest == position.digest
    return position.digest


def undone(tx: Transaction) -> None:
    issue(tx, intent(9))
    raise RuntimeError


def test_each_event_continues_the_digest_of_its_feed(database: Database) -> None:
    assert digest_of(database) == feed_digest.START

    def call(number: int) -> None:
        database.run(lambda tx: issue(tx, intent(number)))
        database.run(lambda tx: revoke(tx, intent(number), reason=number % 7))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(call, range(8)))
    with database.reading() as tx:
        events = feed.events_after(tx, TOKYO, 0, 100)
    assert len(events) == 16
    assert digest_of(database) == chained(events)
    # An event that is undone leaves nothing, one that is forgotten takes nothing along.
    with pytest.raises(RuntimeError):
        database.run(undone)
    database.run(lambda tx: feed.drop_events(tx, TOKYO, 12))
    assert digest_of(database) == chained(events)
    # What is skipped tells nothing.
    assert database.run(lambda tx: feed.skip(tx, TOKYO, 100)) == feed.Position(116, 116)
    assert digest_of(database) == chained(events)
    database.run(lambda tx: issue(tx, intent(9)))
    with database.reading() as tx:
        (last,) = feed.events_after(tx, TOKYO, 116, 9)
    assert digest_of(database) == chained([*events, last])


def appended_without(tx: Transaction, number: int) -> None:
    """As by a program that keeps no digest."""
    event = event_of(intent(number), CertificateStatus.GOOD)
    row = {**asdict(event), "authority_id": TOKYO, "status": int(event.status)}
    head = update(feeds).where(feeds.c.authority_id == TOKYO).values(head=feeds.c.head + 1)
    sequence = tx.connection.execute(head.returning(feeds.c.head)).scalar_one()
    tx.connection.execute(insert(feed_events).values(row | {"sequence": sequence}))


@pytest.mark.parametrize("then", ["append", "skip"])
def test_events_of_a_program_that_keeps_no_digest_are_made_up_for(
    database: Database, then: str
) -> None:
    """None is told until one that keeps it writes; the chain has no break for it."""
    database.run(lambda tx: issue(tx, intent(1)))
    for number in (2, 3):
        database.run(lambda tx, number=number: appended_without(tx, number))  # type: ignore[misc]
    assert digest_of(database) == b""
    with database.reading() as tx:
        events = feed.events_after(tx, TOKYO, 0, 9)
    if then == "append":
        database.run(lambda tx: issue(tx, intent(4)))
        with database.reading() as tx:
            events = feed.events_after(tx, TOKYO, 0, 9)
    else:
        database.run(lambda tx: feed.skip(tx, TOKYO, 5))
    assert len(events) == (4 if then == "append" else 3)
    assert digest_of(database) == chained(events)


@pytest.mark.parametrize(
    "left", [{"head": feeds.c.head + 1}, {"digest": None}, {"digest_of": None}]
)
def test_a_digest_that_cannot_be_made_up_for_begins_anew(
    database: Database, left: dict[str, object]
) -> None:
    """The events are not there, or somebody took it away: nobody is kept from issuing."""
    database.run(lambda tx: issue(tx, intent(1)))
    without = update(feeds).where(feeds.c.authority_id == TOKYO).values(left)
    database.run(lambda tx: tx.connection.execute(without))
    assert digest_of(database) == b""
    database.run(lambda tx: issue(tx, intent(2)))
    with database.reading() as tx:
        events = feed.events_after(tx, TOKYO, 1, 9)
    assert digest_of(database) == chained(events)


def test_a_digest_that_cannot_be_one_is_told_of_and_keeps_nobody_waiting(
    database: Database,
) -> None:
    database.run(lambda tx: issue(tx, intent(1)))
    spoilt = update(feeds).where(feeds.c.authority_id == TOKYO).values(digest=b"short")
    database.run(lambda tx: tx.connection.execute(spoilt))
    told: list[Unreadable] = []
    with database.reading() as tx:
        found = feed.positions(tx, left_out=told.append)
        assert feed.position(tx, TOKYO) == found[TOKYO] == feed.Position(1, 0)
    assert found[TOKYO].digest == b""
    assert [(one.table, one.row) for one in told] == [("feeds", str(TOKYO))]
    database.run(lambda tx: issue(tx, intent(2)))
    assert len(digest_of(database)) == feed_digest.LENGTH


CANT_BE = {
    "reason": {"reason_code": 300},
    "reason below": {"reason_code": -1},
    "no CRLReason": {"status": 2, "reason_code": 7},
    "reason of good": {"reason_code": 4},
    "generation": {"generation": 70_000},
    "generation below": {"generation": -1},
    "no generation": {"generation": 0},
    "serial": {"serial": b"\x40" * 256},
    "serial of 21": {"serial": b"\x40" * 21},
    "no serial": {"serial": b""},
    "serial of zeros": {"serial": bytes(20)},
    "negative serial": {"serial": b"\x80" + bytes(19)},
    "late end": {"not_after": datetime(2106, 2, 8, tzinfo=UTC)},
    "late moment": {"at": datetime(2106, 2, 8, tzinfo=UTC)},
    "status": {"status": 3},
    "end": {"not_after": datetime(1969, 12, 31, tzinfo=UTC)},
    "moment": {"at": datetime(1, 1, 1, tzinfo=UTC)},
}


@pytest.mark.parametrize("values", CANT_BE.values(), ids=CANT_BE)
def test_an_event_that_cannot_be_told_is_not_read(
    database: Database, values: dict[str, object]
) -> None:
    """By whoever may change the table: nobody further up has to reckon with it, nor does it keep
    another authority's from being read, or anybody from issuing."""
    event = event_of(intent(1), CertificateStatus.GOOD)
    with database.transaction() as tx:
        for one in (TOKYO, OSAKA):
            feed.append(tx, one, event)
        spoilt = update(feed_events).where(feed_events.c.authority_id == TOKYO).values(values)
        tx.connection.execute(spoilt)
        # As a program leaves it that keeps no digest: what is made up for begins anew.
        tx.connection.execute(
            update(feeds).where(feeds.c.authority_id == TOKYO).values(digest_of=0)
        )
    with database.reading() as reading:
        found = feed.events_between(reading, {TOKYO: (0, 1), OSAKA: (0, 1)})
        with pytest.raises(OpenJpkiError) as refusal:
            feed.events_after(reading, TOKYO, 0, 9)
    assert {one: len(events) for one, events in found.items()} == {TOKYO: 0, OSAKA: 1}
    assert refusal.value.reason is Reason.STORED_UNREADABLE
    assert (refusal.value.stored["table"], refusal.value.stored["key"]) == (
        "feed_events",
        f"{TOKYO}/1",
    )
    assert database.run(lambda tx: issue(tx, intent(2))) == 2


@pytest.mark.parametrize(
    ("values", "read"),
    [
        ({"head": -1}, None),
        ({"dropped_to": -1}, feed.Position(1, 0)),
        ({"dropped_to": 2}, feed.Position(1, 0)),
        ({"dropped_to": 2**40}, feed.Position(1, 0)),
    ],
)
def test_of_a_position_that_cannot_be_is_told_what_holds(
    database: Database, values: dict[str, object], read: feed.Position | None
) -> None:
    """What was dropped shows where events are read: it ends nothing. Skipping puts it right."""
    database.run(lambda tx: issue(tx, intent(1)))
    spoilt = update(feeds).where(feeds.c.authority_id == TOKYO).values(values)
    database.run(lambda tx: tx.connection.execute(spoilt))
    told: list[Unreadable] = []
    with database.reading() as tx:
        found = feed.positions(tx, left_out=told.append)
        assert feed.position(tx, TOKYO, left_out=told.append) == found.get(TOKYO) == read
    assert found[OSAKA] == feed.Position(0, 0)
    assert [(one.table, one.row) for one in told] == [("feeds", str(TOKYO))] * 2
    assert database.run(lambda tx: feed.skip(tx, TOKYO, 5)) == feed.Position(6, 6)
    with database.reading() as tx:
        assert feed.position(tx, TOKYO) == feed.Position(6, 6)
        assert feed.events_after(tx, TOKYO, 0, 9) == []
    assert database.run(lambda tx: issue(tx, intent(2))) == 7
    with database.reading() as tx:
        (last,) = feed.events_after(tx, TOKYO, 6, 9)
    assert digest_of(database) == chained([last])


@pytest.mark.parametrize(
    "values",
    [
        {"head": -1},
        {"head": -1, "dropped_to": -1},
        {"head": -1, "digest_of": None},
        {"head": -1, "dropped_to": 2**60, "digest_of": 2**60},
    ],
    ids=str,
)
def test_a_feed_comes_to_no_position_again(database: Database, values: dict[str, object]) -> None:
    """However often how far it had come is lost: events are forgotten after a week."""
    spoilt = update(feeds).where(feeds.c.authority_id == TOKYO).values(values)

    def skipped(tx: Transaction) -> int:
        tx.connection.execute(spoilt)
        return feed.skip(tx, TOKYO, 5).head

    with database.transaction() as tx:
        issue(tx, intent(1))
        revoke(tx, intent(1))
        feed.drop_events(tx, TOKYO, 2)
    first = database.run(skipped)
    assert first == 7
    # What a list and a revocation are as of is as good as the row itself.
    with database.transaction() as tx:
        lists.add(tx, replace(facts(1), as_of=first), b"it")
    second = database.run(skipped)
    assert second == 12
    with database.transaction() as tx:
        lists.add(tx, replace(facts(2), as_of=second), b"it")
        lists.add(tx, replace(facts(3), as_of=-1), b"it")
    assert database.run(skipped) == 17
    assert database.run(lambda tx: issue(tx, intent(2))) == 18


@pytest.mark.parametrize("values", [{"head": -1}, {"head": -1, "digest_of": -1}], ids=str)
def test_nobody_goes_on_from_a_position_that_cannot_be(
    database: Database, values: dict[str, object]
) -> None:
    """It would be one that was used, and nobody would be told that it can't be read."""
    database.run(lambda tx: issue(tx, intent(1)))
    spoilt = update(feeds).where(feeds.c.authority_id == TOKYO).values(values)
    database.run(lambda tx: tx.connection.execute(spoilt))
    event = event_of(intent(3), CertificateStatus.GOOD)
    for work in (lambda tx: issue(tx, intent(2)), lambda tx: feed.append(tx, TOKYO, event)):
        with pytest.raises(OpenJpkiError) as refusal:
            database.run(work)
        assert refusal.value.reason is Reason.STORED_UNREADABLE
        assert refusal.value.stored["table"] == "feeds"
    assert database.run(lambda tx: feed.skip(tx, TOKYO, 5)) == feed.Position(6, 6)
    assert database.run(lambda tx: issue(tx, intent(2))) == 7


def test_a_feed_that_is_gone_begins_behind_what_it_has_told(database: Database) -> None:
    with database.transaction() as tx:
        issue(tx, intent(1))
        revoke(tx, intent(1))
        feed.drop_events(tx, TOKYO, 1)
    assert by_hand(database, f"DELETE FROM feeds WHERE authority_id = '{TOKYO}'") == 1  # noqa: S608
    with pytest.raises(OpenJpkiError) as refusal:
        database.run(lambda tx: issue(tx, intent(2)))
    assert refusal.value.reason is Reason.INTERNAL
    assert database.run(lambda tx: feed.skip(tx, TOKYO, 5)) == feed.Position(7, 7)
    with database.reading() as reading:
        assert feed.position(reading, TOKYO) == feed.Position(7, 7)
        assert feed.events_after(reading, TOKYO, 0, 9) == []
    assert database.run(lambda tx: issue(tx, intent(2))) == 8
    with database.reading() as reading:
        assert digest_of(database) == chained(feed.events_after(reading, TOKYO, 7, 9))


CERTIFICATE_CANT_BE = [
    {"serial": b"\x40" * 21},
    {"serial": b"\x80" + bytes(19)},
    {"serial": bytes(20)},
    {"generation": 0},
    {"generation": -1},
    {"generation": 70_000},
    {"not_after": datetime(2106, 2, 8, tzinfo=UTC)},
]
REVOCATION_CANT_BE = [
    *({"reason_code": code} for code in (-1, 7, 8, 11, 255, 300)),
    {"revoked_at": datetime(1969, 12, 31, tzinfo=UTC)},
    {"revoked_at": datetime(2106, 2, 8, tzinfo=UTC)},
]


def snapshot_of(database: Database, told: list[Unreadable]) -> dict[bytes, tuple[int, int, int]]:
    """As an index takes it."""
    index = StatusIndex()
    serials: list[bytes] = []
    with database.reading() as tx:
        for rows in feed.snapshot(tx, TOKYO, 9, ended_before=AT, left_out=told.append):
            columns = Rows(
                serials=rows.serials,
                generations=rows.generations,
                not_after=rows.not_after,
                statuses=bytes(rows.statuses),
                reasons=bytes(rows.reasons),
                revoked_at=rows.revoked_at,
            )
            apply_rows(index, columns)
            serials += rows.serials
    return {one: index.lookup(one) for one in serials}


@pytest.mark.parametrize("values", CERTIFICATE_CANT_BE, ids=str)
def test_a_certificate_that_cannot_be_is_left_out_of_a_snapshot(
    database: Database, values: dict[str, object]
) -> None:
    """Replicas would refuse all of it."""
    with database.transaction() as tx:
        certificate = [certificate_of(intent(number)) for number in (1, 2)]
        serials.reserve(tx, TOKYO, certificate[1].serial, AT)
        certificates.add(tx, certificate[1])
        usual = {name: one for name, one in values.items() if name != "generation"}
        changed = replace(certificate[0], **usual)  # type: ignore[arg-type]
        serials.reserve(tx, TOKYO, changed.serial, AT)
        certificates.add(tx, changed)
    if "generation" in values:
        of = f"WHERE serial = x'{changed.serial.hex()}'"
        by_hand(database, f"UPDATE certificates SET generation = {values['generation']} {of}")  # noqa: S608
    told: list[Unreadable] = []
    assert list(snapshot_of(database, told)) == [certificate[1].serial]
    assert [(one.table, one.row) for one in told] == [("certificates", changed.serial.hex())]


@pytest.mark.parametrize("values", REVOCATION_CANT_BE, ids=str)
def test_who_is_revoked_as_nobody_can_be_is_revoked_in_a_snapshot(
    database: Database, values: dict[str, object]
) -> None:
    with database.transaction() as tx:
        for number in (1, 2):
            issue(tx, intent(number))
        revoke(tx, intent(1), reason=5)
        tx.connection.execute(update(revocations).values(values))
    told: list[Unreadable] = []
    good, revoked = CertificateStatus.GOOD, CertificateStatus.REVOKED
    assert snapshot_of(database, told) == {
        intent(1).serial: (revoked, 0, 0),
        intent(2).serial: (good, 0, 0),
    }
    assert [(one.table, one.row) for one in told] == [("revocations", intent(1).serial.hex())]


def test_a_snapshot_has_whole_seconds(database: Database) -> None:
    """Both databases keep more of a moment, and what is behind the point is cut off."""
    at = AT + timedelta(microseconds=999_999)
    with database.transaction() as tx:
        issue(tx, intent(1))
        revoke(tx, intent(1), reason=5, at=at)
        late = {"not_after": END + timedelta(microseconds=999_999)}
        tx.connection.execute(update(certificate_rows).values(late))
    with database.reading() as tx:
        (rows,) = feed.snapshot(tx, TOKYO, 9, ended_before=AT)
    assert [*rows.not_after] == [int(END.timestamp())]
    assert [*rows.revoked_at] == [int(AT.timestamp())]


def test_a_bad_row_changes_nothing_of_the_page_that_it_is_in(database: Database) -> None:
    """Rows are made into columns by the page where nothing is wrong with any, else one by one."""
    with database.transaction() as tx:
        for number in range(12):
            issue(tx, intent(number))
        for number in (2, 5, 7):
            revoke(tx, intent(number), reason=number % 7, at=AT + timedelta(seconds=number))
    told: list[Unreadable] = []
    whole = snapshot_of(database, told)
    assert told == []
    spoilt = intent(4).serial
    by_hand(
        database,
        f"UPDATE certificates SET generation = 0 WHERE serial = x'{spoilt.hex()}'",  # noqa: S608
    )
    assert snapshot_of(database, told) == {
        serial: said for serial, said in whole.items() if serial != spoilt
    }
    assert [(one.table, one.row) for one in told] == [("certificates", spoilt.hex())]


def test_events_are_dropped_by_age_and_never_out_of_order(database: Database) -> None:
    # The third one's clock was set back before the fourth: what is young keeps what follows it.
    minutes = (0, 1, 30, 2, 40)
    with database.transaction() as tx:
        for number, minute in enumerate(minutes):
            at = AT + timedelta(minutes=minute)
            feed.append(tx, TOKYO, event_of(intent(number), CertificateStatus.GOOD, at=at))
    limit = AT + timedelta(minutes=10)
    with database.reading() as tx:
        assert feed.last_before(tx, TOKYO, AT, at_most=9) is None
        assert feed.last_before(tx, KANAGAWA, limit, at_most=9) is None
        assert feed.last_before(tx, TOKYO, limit, at_most=1) == 1
        assert feed.last_before(tx, TOKYO, limit, at_most=9) == 2
        assert feed.last_before(tx, TOKYO, AT + timedelta(hours=1), at_most=9) == 5
    with database.transaction() as tx:
        assert feed.drop_events(tx, TOKYO, 2) == 2
        assert feed.drop_events(tx, TOKYO, 1) == 0
    with database.reading() as tx:
        assert feed.position(tx, TOKYO) == feed.Position(5, 2)
        assert feed.last_before(tx, TOKYO, limit, at_most=9) is None


def test_snapshot_is_all_certificates_in_pieces(database: Database) -> None:
    with database.transaction() as tx:
        for number in range(25):
            issue(tx, intent(number))
        revoke(tx, intent(3), reason=4, at=AT)
        certificates.add(
            tx,
            CertificateRecord(
                authority_id=OSAKA,
                serial=b"\x01",
                kind=CertificateKind.AUTHORITY,
                generation=1,
                certificate=b"own",
                partition="authority",
                not_after=END,
                issued_at=AT,
            ),
        ) if serials.reserve(tx, OSAKA, b"\x01", AT) else pytest.fail("taken")
    with database.reading() as tx:
        pieces = list(feed.snapshot(tx, TOKYO, 10, ended_before=END))
        assert list(feed.snapshot(tx, OSAKA, 10, ended_before=END)) == []
        # All end at the same time.
        assert list(feed.snapshot(tx, TOKYO, 10, ended_before=END + timedelta(seconds=1))) == []
    assert [len(piece.serials) for piece in pieces] == [10, 10, 5]
    rows = {
        serial: (status, reason, at)
        for piece in pieces
        for serial, status, reason, at in zip(
            piece.serials, piece.statuses, piece.reasons, piece.revoked_at, strict=True
        )
    }
    assert len(rows) == 25
    assert rows[intent(3).serial] == (CertificateStatus.REVOKED, 4, int(AT.timestamp()))
    assert rows[intent(4).serial] == (CertificateStatus.GOOD, 0, 0)
