"""What officers signed is kept if their keys are enrolled at that moment, on both databases.

Alone, or sent together with an act's entry in the journal.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.authority import AuthorityId
from openjpki.domain.evidence import Occasion, OfficerSignature
from openjpki.domain.officers import EnrolledKey, KeyState, Officer
from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import authorities, evidence, serials
from openjpki.storage.ca.authorities import AuthorityRecord
from openjpki.storage.ca.evidence import KeptEvidence
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.migrations import upgrade
from openjpki.storage.officers import keys
from tests.support.journal_samples import STREAM, append

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Reading, Transaction

TOKYO = AuthorityId.signing("13")
AT = datetime(2026, 11, 28, 12, 0, 0, tzinfo=UTC)
SERIAL, OTHER = b"\x41", b"\x42"
FIRST, SECOND, NOBODY = (
    Officer.parse(f"window-officer/13101/{name}") for name in ("tanaka", "suzuki", "nobody")
)
KEYS = {FIRST: b"\x01" * 32, SECOND: b"\x02" * 32, NOBODY: b"\x03" * 32}


@pytest.fixture
def database(empty_database: Database) -> Database:
    upgrade(empty_database, "ca")
    with empty_database.transaction() as tx:
        authorities.add(
            tx, AuthorityRecord(authority_id=TOKYO, active=True, policy_json="{}", created_at=AT)
        )
        for serial in (SERIAL, OTHER):
            serials.reserve(tx, TOKYO, serial, AT)
        for officer in (FIRST, SECOND):
            key_sha256 = KEYS[officer]
            keys.queue_for(tx, officer)
            keys.add(
                tx,
                EnrolledKey(
                    officer=officer,
                    spki_der=key_sha256,
                    key_sha256=key_sha256,
                    state=KeyState.ENROLLED,
                    not_before=AT,
                    not_after=AT + timedelta(days=1),
                ),
            )
    return empty_database


def signed(kind: str, officer: Officer) -> KeptEvidence:
    return KeptEvidence(
        kind=kind,
        statement=kind.encode(),
        signature=OfficerSignature(
            occasion=Occasion(
                officer=officer, request_id="00000000-0000-4000-8000-000000000001", signed_at=AT
            ),
            key_sha256=KEYS[officer],
            signature=b"signature",
        ),
    )


ALL = [signed("checked", FIRST), signed("decided", SECOND), signed("submitted", FIRST)]


def test_everything_is_kept_as_it_was_signed(database: Database) -> None:
    with database.transaction() as tx:
        assert evidence.add(tx, TOKYO, SERIAL, ALL) == []
    with database.reading() as tx:
        assert evidence.of_certificate(tx, TOKYO, SERIAL) == ALL


def test_nothing_is_kept_of_a_key_that_is_suspended_or_unknown(database: Database) -> None:
    with database.transaction() as tx:
        keys.suspend(tx, SECOND, "proposal", now=AT)
    with database.transaction() as tx:
        assert evidence.add(tx, TOKYO, SERIAL, ALL) == [ALL[1]]
    unknown = signed("other", NOBODY)
    with database.transaction() as tx:
        assert evidence.add(tx, TOKYO, SERIAL, [unknown]) == [unknown]


class Entered:
    """An act that is entered with evidence beside it, as the issuance of a certificate is."""

    def __init__(self, kept: Sequence[KeptEvidence]) -> None:
        self._kept = kept
        self.counts: list[int] = []

    def enter(self, tx: Transaction, serial: bytes = SERIAL) -> int:
        """The entry's number; raises as soon as anything could not be kept."""

        def inserted(then: Transaction, count: int) -> None:
            self.counts.append(count)
            not_kept = evidence.missing(then, self._kept, count)
            if not_kept:
                raise OpenJpkiError(Reason.OFFICER_REVOKED, not_kept[0].kind)

        beside = evidence.beside(TOKYO, serial, self._kept, inserted)
        return append(tx, subject=serial.hex(), beside=beside)


def entries(tx: Reading) -> list[tuple[int, str]]:
    of_stream = SqlJournal().read(tx, STREAM, RetentionClass.USER_CERTIFICATES)
    return [(entry.number, entry.subject) for entry in of_stream]


def test_an_entry_takes_evidence_along_also_as_its_streams_first(database: Database) -> None:
    entered = Entered(ALL)
    for number, serial in enumerate((SERIAL, OTHER), 1):
        with database.transaction() as tx:
            assert entered.enter(tx, serial) == number
    # Once for each entry, though the first is tried before its stream is there, and again.
    assert entered.counts == [len(ALL)] * 2
    with database.reading() as tx:
        assert entries(tx) == [(1, SERIAL.hex()), (2, OTHER.hex())]
        for serial in (SERIAL, OTHER):
            assert evidence.of_certificate(tx, TOKYO, serial) == ALL


def test_evidence_of_one_officer_goes_beside_an_entry_too(database: Database) -> None:
    with database.transaction() as tx:
        append(tx)
    with database.transaction() as tx:
        assert Entered(ALL[:1]).enter(tx) == 2
    with database.reading() as tx:
        assert evidence.of_certificate(tx, TOKYO, SERIAL) == ALL[:1]


@pytest.mark.parametrize("first_of_its_stream", [True, False])
def test_no_entry_stays_of_what_a_suspended_key_signed(
    database: Database, first_of_its_stream: bool
) -> None:
    before = [] if first_of_its_stream else [(1, OTHER.hex())]
    with database.transaction() as tx:
        if before:
            Entered(ALL).enter(tx, OTHER)
        keys.suspend(tx, SECOND, "proposal", now=AT)
    entered = Entered(ALL)
    with pytest.raises(OpenJpkiError) as refusal, database.transaction() as tx:
        entered.enter(tx)
    assert refusal.value.reason is Reason.OFFICER_REVOKED
    assert refusal.value.message == ALL[1].kind
    assert entered.counts == [len(ALL) - 1]
    with database.reading() as tx:
        assert entries(tx) == before
        assert evidence.of_certificate(tx, TOKYO, SERIAL) == []
    # Its number is the next one's.
    with database.transaction() as tx:
        assert Entered([ALL[0]]).enter(tx) == len(before) + 1
