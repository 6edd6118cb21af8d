"""Loading register files: of each municipality all that a file says, or nothing."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.journal_keeping import keep_journal
from openjpki.services.common.journal_time import JournalTime
from openjpki.services.registration.journal import REGISTER_LOADED
from openjpki.services.registration.register.leaving import what_is_loaded
from openjpki.services.registration.register.register_file import read_register
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.resident_register import residents

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import date, datetime
    from typing import TextIO

    from openjpki.domain.clock import Clock
    from openjpki.services.registration.register.leaving import MunicipalityLoad
    from openjpki.services.registration.register.register_file import RegisterFileError
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.resident_register.residents import Resident

_ROWS_AT_ONCE = 1000


def load_register(
    database: Database,
    file: TextIO,
    *,
    clock: Clock,
    actor: str,
    although: Collection[str] = (),
    checked: Callable[[int], None] = lambda _rows: None,
    progress: Callable[[int], None] = lambda _rows: None,
    left_out: Callable[[RegisterFileError], None] | None = None,
) -> list[MunicipalityLoad]:
    """Make the register of every municipality in the file what the file says.

    A municipality's residents who are not in the file are removed; other municipalities are left
    alone, and so is one that too many would leave (:mod:`.leaving`), unless ``although`` names it.
    One transaction, and nobody else loads meanwhile. A row that is refused (`RegisterFileError`)
    leaves the register as it was, unless ``left_out`` is there to be told of it: then its resident
    alone is missing. ``file``: opened with ``newline=""``, in UTF-8; read twice. ``checked`` hears
    the rows read so far, ``progress`` those loaded. ``actor`` stands in the journal, whose segments
    are kept on this occasion: nothing else runs beside a register.

    Raises ``INVALID_FIELD`` for a municipality of ``although`` that is not in the file.
    """
    now = clock.now()
    today = now.astimezone(JAPAN).date()
    coming = _coming(file, today, checked, left_out)
    with database.transaction() as tx:
        residents.nobody_else_loads(tx)
        loads = _weighed(tx, coming, although)
        _replace(tx, loads, _rows_again(file, today, coming), progress)
        journal = SqlJournal()
        _enter(tx, journal, loads, although, actor=actor, at=now)
    keep_journal(database, journal, clock, JournalTime(database, clock).now, actor=actor)
    return loads


def weigh_register(
    database: Database,
    file: TextIO,
    *,
    clock: Clock,
    although: Collection[str] = (),
    checked: Callable[[int], None] = lambda _rows: None,
    left_out: Callable[[RegisterFileError], None] | None = None,
) -> list[MunicipalityLoad]:
    """What :func:`load_register` would do now. Nothing is changed."""
    coming = _coming(file, clock.now().astimezone(JAPAN).date(), checked, left_out)
    with database.reading() as tx:
        return _weighed(tx, coming, although)


def _coming(
    file: TextIO,
    today: date,
    checked: Callable[[int], None],
    left_out: Callable[[RegisterFileError], None] | None,
) -> dict[str, str]:
    """Municipal codes by residents' numbers."""
    coming: dict[str, str] = {}
    for one in read_register(file, today=today, left_out=left_out):
        coming[one.resident_id] = one.municipality_code
        if len(coming) % _ROWS_AT_ONCE == 0:
            checked(len(coming))
    return coming


def _weighed(
    tx: Reading, coming: Mapping[str, str], although: Collection[str]
) -> list[MunicipalityLoad]:
    loads = what_is_loaded(coming, lambda code: residents.numbers_of(tx, code), although=although)
    if not set(although) <= {one.municipality_code for one in loads}:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "is no municipality of a row that can be taken", field="--replace"
        )
    return loads


def _rows_again(file: TextIO, today: date, coming: Mapping[str, str]) -> Iterator[Resident]:
    """The rows that were weighed; whatever is left out has been told."""
    file.seek(0)
    rows = 0
    for one in read_register(file, today=today, left_out=lambda _: None):
        rows += 1
        if coming.get(one.resident_id) != one.municipality_code:
            raise _changed()
        yield one
    if rows != len(coming):
        raise _changed()


def _replace(
    tx: Transaction,
    loads: list[MunicipalityLoad],
    rows: Iterator[Resident],
    progress: Callable[[int], None],
) -> None:
    codes = {one.municipality_code for one in loads if one.loaded}
    for code in sorted(codes):
        residents.remove_municipality(tx, code)
    loaded = (one for one in rows if one.municipality_code in codes)
    done = 0
    while batch := list(islice(loaded, _ROWS_AT_ONCE)):
        residents.put(tx, batch)
        done += len(batch)
        progress(done)


def _enter(
    tx: Transaction,
    journal: SqlJournal,
    loads: list[MunicipalityLoad],
    although: Collection[str],
    *,
    actor: str,
    at: datetime,
) -> None:
    for one in loads:
        code = one.municipality_code
        if one.loaded:
            journal.append(
                tx,
                REGISTER_LOADED,
                stream=code,
                actor=actor,
                subject=code,
                details={
                    "count": one.residents,
                    "municipality_code": code,
                    "leaving": one.leaving,
                    "named": code in although,
                },
                at=at,
            )


def _changed() -> OpenJpkiError:
    return OpenJpkiError(
        Reason.INVALID_FIELD, "changed while it was read: nothing was loaded", field="FILE"
    )
