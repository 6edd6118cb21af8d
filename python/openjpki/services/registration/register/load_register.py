"""Loading a municipality's register: all of a file or nothing."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from openjpki.domain.window import JAPAN
from openjpki.services.common.journal_keeping import keep_journal
from openjpki.services.registration.journal import REGISTER_LOADED
from openjpki.services.registration.register.register_file import read_register
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.resident_register import residents

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from openjpki.domain.clock import Clock
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction

_ROWS_AT_ONCE = 1000


def load_register(
    database: Database,
    file: TextIO,
    *,
    clock: Clock,
    actor: str,
    progress: Callable[[int], None] = lambda _rows: None,
) -> dict[str, int]:
    """Make the register of every municipality in the file what the file says; rows by code.

    A municipality's residents who are not in the file are removed; other municipalities are left
    alone. One transaction: a row that is refused (`RegisterFileError`) leaves the register as it
    was. ``file``: opened with ``newline=""``, in UTF-8. ``progress`` hears the rows done so far.
    ``actor`` stands in the journal, whose segments are kept on this occasion: nothing else runs
    beside a register.
    """
    now = clock.now()
    with database.transaction() as tx:
        counts: dict[str, int] = {}
        rows = read_register(file, today=now.astimezone(JAPAN).date())
        while batch := list(islice(rows, _ROWS_AT_ONCE)):
            for resident in batch:
                _count(tx, counts, resident.municipality_code)
            residents.put(tx, batch)
            progress(sum(counts.values()))
        journal = SqlJournal()
        for code, count in sorted(counts.items()):
            journal.append(
                tx,
                REGISTER_LOADED,
                stream=code,
                actor=actor,
                subject=code,
                details={"count": count, "municipality_code": code},
                at=now,
            )
    keep_journal(database, journal, clock, actor=actor)
    return counts


def _count(tx: Transaction, counts: dict[str, int], code: str) -> None:
    if code not in counts:
        residents.remove_municipality(tx, code)
    counts[code] = counts.get(code, 0) + 1
