"""How far an intent can be kept at once, and that the rest is kept or refused one by one."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.evidence import Occasion, OfficerSignature
from openjpki.domain.officers import EnrolledKey, KeyState, Officer
from openjpki.storage.ca import evidence, feed, issuances, serials, used_keys
from openjpki.storage.ca.entering import enter_signed
from openjpki.storage.ca.evidence import KeptEvidence
from openjpki.storage.ca.intending import Kept, keep_at_once
from openjpki.storage.officers import keys
from tests.support.ca_rows import AT, TOKYO, certificate, intend, intent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.storage.ca.issuances import Intent
    from openjpki.storage.kernel.beside import Beside
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction

OFFICER = Officer.parse("window-officer/13101/tanaka")
KEY = b"\x01" * 32


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
    with suppress(InterruptedError), database.transaction() as tx:
        yield tx
        raise InterruptedError


def test_each_is_kept_only_with_what_comes_before_it(database: Database) -> None:
    made, same_person = intent(1), intent(2, person=1)
    at_once = database.dialect == "postgresql"

    def kept(tx: Transaction) -> Kept:
        return keep_at_once(tx, made, beside(made))

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
        assert enter_signed(tx, certificate(made), AT) == 1
    with database.transaction() as tx:
        assert enter_signed(tx, certificate(made), AT) is None
        assert feed.position(tx, TOKYO) == feed.Position(1, 0)
