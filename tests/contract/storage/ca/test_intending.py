"""How far an intent can be kept at once, and that the rest is kept or refused one by one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, TypedDict

import pytest

from openjpki.domain import feed_digest
from openjpki.domain.evidence import Occasion, OfficerSignature
from openjpki.domain.officers import EnrolledKey, KeyState, Officer
from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import evidence, feed, issuances, serials, used_keys
from openjpki.storage.ca.entering import enter_signed
from openjpki.storage.ca.evidence import KeptEvidence
from openjpki.storage.ca.intending import Kept, keep_at_once
from openjpki.storage.kernel.acts import COUNT, Act
from openjpki.storage.kernel.beginning import Turn
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.officers import keys
from tests.support.ca_rows import AT, TOKYO, certificate, intend, intent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from openjpki.storage.ca.issuances import Intent
    from openjpki.storage.kernel.beside import Beside
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction

OFFICER = Officer.parse("window-officer/13101/tanaka")
KEY = b"\x01" * 32
JOURNAL = SqlJournal()
INTENDED = Act("certificate.intended", RetentionClass.USER_CERTIFICATES)
ISSUED = Act("certificate.issued", RetentionClass.USER_CERTIFICATES, {"sequence": COUNT})


def beside(made: Intent) -> Beside:
    """What the officer signed."""
    occasion = Occasion(
        officer=OFFICER, request_id="00000000-0000-4000-8000-000000000001", signed_at=AT
    )
    signature = OfficerSignature(occasion=occasion, key_sha256=KEY, signature=b"signature")
    signed = KeptEvidence(kind="checked", octets=b"octets", signature=signature)
    return evidence.beside(made.authority_id, made.serial, [signed], refuse)


def refuse(_: Transaction) -> None:
    raise PermissionError


def enrol(database: Database) -> None:
    with database.transaction() as tx:
        keys.queue_for(tx, OFFICER)
        keys.add(
            tx,
            EnrolledKey(
                officer=OFFICER,
                spki_der=KEY,
                key_sha256=KEY,
                state=KeyState.ENROLLED,
                not_before=AT,
                not_after=AT + timedelta(days=1),
            ),
        )


def claim(tx: Transaction, made: Intent) -> None:
    used_keys.claim(tx, made.key_fingerprint, authority_id=made.authority_id, kind=made.kind, at=AT)


@contextmanager
def undone(database: Database) -> Iterator[Transaction]:
    """A transaction that leaves nothing."""
    with suppress(InterruptedError), database.transaction(turn=Turn.COUNTS) as tx:
        yield tx
        raise InterruptedError


def test_each_is_kept_only_with_what_comes_before_it(database: Database) -> None:
    made, same_person = intent(1), intent(2, person=1)
    at_once = database.dialect == "postgresql"

    def kept(tx: Transaction) -> Kept:
        return keep_at_once(tx, made, beside(made), None)

    def expected(kept: Kept) -> Kept:
        return kept if at_once else Kept.NOTHING

    with undone(database) as tx:
        assert kept(tx) is expected(Kept.INTENT)
        serials.reserve(tx, TOKYO, made.serial, AT)
        # It is there by itself, or can't be kept with the rest: whoever asks is told why.
        with pytest.raises(PermissionError):
            issuances.add_intent(tx, made, beside(made))
    enrol(database)
    with undone(database) as tx:
        serials.reserve(tx, TOKYO, made.serial, AT)
        assert kept(tx) is Kept.NOTHING
    with undone(database) as tx:
        claim(tx, made)
        assert kept(tx) is expected(Kept.SERIAL)
        assert serials.reserve(tx, TOKYO, made.serial, AT) is not at_once
    with undone(database) as tx:
        serials.reserve(tx, TOKYO, same_person.serial, AT)
        issuances.add_intent(tx, same_person)
        assert kept(tx) is expected(Kept.KEY)
    with undone(database) as tx:
        assert kept(tx) is expected(Kept.EVIDENCE)
        found = issuances.get_intent(tx, TOKYO, made.serial)
        assert found == (made if at_once else None)


def test_an_intent_ends_once(database: Database) -> None:
    made = intent(1)
    with database.transaction() as tx:
        intend(tx, made)
        assert enter_signed(tx, certificate(made), AT) == (1, False)
    with database.transaction() as tx:
        assert enter_signed(tx, certificate(made), AT) is None
        assert feed.position(tx, TOKYO) == feed.Position(1, 0)


class Entry(TypedDict):
    stream: str
    actor: str
    subject: str
    at: datetime


def of(made: Intent) -> Entry:
    """What the entries of an intent have in common."""
    return {"stream": str(TOKYO), "actor": "a", "subject": made.serial.hex(), "at": AT}


def keep(tx: Transaction, made: Intent) -> None:
    """An intent with its entry, the rest of it one by one."""
    act = of(made)
    entry = JOURNAL.entering(INTENDED, **act, details={})
    kept = keep_at_once(tx, made, beside(made), entry)
    if kept < Kept.SERIAL:
        assert serials.reserve(tx, TOKYO, made.serial, AT)
    if kept < Kept.EVIDENCE:
        assert issuances.add_intent(tx, made, beside(made)) == made.serial
    if kept < Kept.ENTRY:
        JOURNAL.append(tx, INTENDED, **act, details={})


def end(tx: Transaction, made: Intent) -> int:
    """It is signed, with an entry that has the event's position."""
    act = of(made)
    entry = JOURNAL.entering(ISSUED, **act, details={"sequence": 0}, told="sequence")
    entered = enter_signed(tx, certificate(made), AT, entry)
    assert entered is not None
    if not entered.in_journal:
        JOURNAL.append(tx, ISSUED, **act, details={"sequence": entered.position})
    return entered.position


def test_signatures_are_counted_in_turn_alone(database: Database) -> None:
    made = intent(1)
    for turn in (None, Turn.CHANGES):
        with database.transaction(turn=turn) as tx, pytest.raises(OpenJpkiError) as refused:
            keep_at_once(tx, made, beside(made), None)
        assert refused.value.reason is Reason.INTERNAL


def test_entries_and_events_are_numbered_without_gaps_by_many_at_once(database: Database) -> None:
    enrol(database)

    def issue(number: int) -> tuple[str, int]:
        made = intent(number)
        database.run(lambda tx: keep(tx, made), turn=Turn.COUNTS)
        return made.serial.hex(), database.run(lambda tx: end(tx, made))

    with ThreadPoolExecutor(6) as pool:
        issued = dict(pool.map(issue, range(24)))
    with database.reading() as tx:
        entries = list(JOURNAL.read(tx, str(TOKYO), RetentionClass.USER_CERTIFICATES))
        events = feed.events_after(tx, TOKYO, 0, 100)
        position = feed.position(tx, TOKYO)
    assert [one.number for one in entries] == list(range(1, 49))
    told = {one.subject: one.details["sequence"] for one in entries if one.act == ISSUED.name}
    assert told == issued == {one.serial.hex(): one.sequence for one in events}
    assert [one.sequence for one in events] == list(range(1, 25))
    assert position is not None
    assert position.digest == feed.chained(feed_digest.START, events)
    # With an open segment in the journal all of it is kept at once.
    with undone(database) as tx:
        made = intent(99)
        entry = JOURNAL.entering(INTENDED, **of(made), details={})
        whole = keep_at_once(tx, made, beside(made), entry)
        assert whole is (Kept.ENTRY if database.dialect == "postgresql" else Kept.NOTHING)
