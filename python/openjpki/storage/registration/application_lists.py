"""Applications as officers look for them: one municipality's, a page at a time, or one person's."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, tuple_

from openjpki.domain.application import ApplicationState
from openjpki.domain.application_kind import ApplicationKind
from openjpki.domain.window import OfficerId
from openjpki.storage.kernel.unreadable import each_of, rows_of
from openjpki.storage.registration.tables import application_personal_data as _personal_data
from openjpki.storage.registration.tables import applications as _applications

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from sqlalchemy import Select

    from openjpki.domain.municipality import Municipality
    from openjpki.domain.window import WindowId
    from openjpki.storage.kernel.transaction import Reading
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Of an entry in a list: older ones stand before it."""

    submitted_at: datetime
    application_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of a municipality's applications; everything that is said must hold."""

    municipality: Municipality
    states: Collection[ApplicationState] = tuple(ApplicationState)
    window: WindowId | None = None
    """Of the municipality."""
    taken_from: datetime | None = None
    taken_before: datetime | None = None
    person_reference: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Entry:
    """An application in a list."""

    position: Position
    state: ApplicationState
    window_id: str
    name: str
    """The applicant's; empty once the personal data was destroyed."""
    submitted_by: OfficerId
    kind: ApplicationKind


def page(
    tx: Reading, wanted: Wanted, *, after: Position | None, at_most: int, left_out: LeftOut
) -> list[Entry]:
    """The first behind a position, oldest first. ``left_out``: told of those that can't be read.

    One state after another, as an index has them in the order of the list by their state alone, and
    the queue of a window is a few of millions.
    """
    lists = [_of_state(tx, wanted, state, after, at_most, left_out) for state in wanted.states]
    return list(islice(merge(*lists, key=lambda entry: entry.position), at_most))


def _of_state(
    tx: Reading,
    wanted: Wanted,
    state: ApplicationState,
    after: Position | None,
    at_most: int,
    left_out: LeftOut,
) -> list[Entry]:
    statement = _statement(wanted, state, after).limit(at_most)
    found: list[Entry] = []
    read = 0
    # On until it is full or nothing is left: a page that lacks what can't be read would end the
    # list for whoever reads it.
    while len(found) < at_most:
        rows = list(rows_of(tx, statement.offset(read) if read else statement))
        found += each_of(rows, _entry, table=_applications, left_out=left_out)
        read += len(rows)
        if len(rows) < at_most:
            break
    return found[:at_most]


def _statement(wanted: Wanted, state: ApplicationState, after: Position | None) -> Select[Any]:
    return (
        select(
            _applications.c.application_id,
            _applications.c.state,
            _applications.c.submitted_at,
            _applications.c.window_id,
            _applications.c.submitted_by,
            _applications.c.kind,
            func.coalesce(_personal_data.c.name, "").label("name"),
        )
        .join(
            _personal_data,
            _personal_data.c.application_id == _applications.c.application_id,
            isouter=True,
        )
        .where(_applications.c.state == state.value, *_conditions(wanted, after))
        .order_by(_applications.c.submitted_at, _applications.c.application_id)
    )


def _conditions(wanted: Wanted, after: Position | None) -> Iterator[Any]:
    columns = _applications.c
    yield columns.municipality_code == wanted.municipality.code
    if wanted.window is not None:
        yield columns.window_id == wanted.window.text
    if wanted.person_reference is not None:
        yield columns.person_reference == wanted.person_reference
    if wanted.taken_from is not None:
        yield columns.submitted_at >= wanted.taken_from
    if wanted.taken_before is not None:
        yield columns.submitted_at < wanted.taken_before
    if after is not None:
        place = tuple_(columns.submitted_at, columns.application_id)
        yield place > (after.submitted_at, after.application_id)


def _entry(row: StoredRow) -> Entry:
    return Entry(
        position=Position(row.submitted_at, row.application_id),
        state=ApplicationState(row.state),
        window_id=row.window_id,
        name=row.name,
        submitted_by=OfficerId(row.submitted_by),
        kind=ApplicationKind(row.kind),
    )
