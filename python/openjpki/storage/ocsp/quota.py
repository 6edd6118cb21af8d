"""What replicas take of verifiers' quotas, so that all together tell no more than was agreed.

A run says how much it has taken of a day in all, which it knows better than the database: a commit
of which it never heard, and a database that was set back, are put right with its next taking.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, bindparam, case, cast, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from openjpki.domain.agreements import Unit, Way
from openjpki.domain.agreements.sharing import Rest
from openjpki.storage.kernel.unreadable import of_kind, read_each
from openjpki.storage.ocsp.tables import quota_leases as _leases
from openjpki.storage.ocsp.tables import quota_taken as _taken
from openjpki.storage.ocsp.tables import usage as _usage
from openjpki.storage.ocsp.tables import usage_epochs as _epochs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Table

    from openjpki.domain.agreements import Limits
    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow

_TOLD = cast(func.sum(_usage.c.told), BigInteger).label("told")
_UNIT = {way: unit for unit in Unit for way in unit.ways}


@dataclass(frozen=True, slots=True)
class Bounded:
    """What is bounded together."""

    verifier_id: str
    authority_id: AuthorityId
    unit: Unit

    @property
    def order(self) -> tuple[str, str, str]:
        """In which rows are taken, whoever takes them."""
        return self.verifier_id, str(self.authority_id), self.unit.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a run asks for."""

    limits: Limits | None
    """None: nothing more, and what it has beside ``ours`` goes back."""
    ours: int
    """What it has taken of this day and not given back."""
    left: int = 0
    """Of that, what it has not told."""
    needed: int = 0
    """The most that is asked for at once; 0: nobody asks."""
    closes: bool = False
    """Whether all of it was told, and it takes nothing more of this day."""


@dataclass(frozen=True, slots=True)
class Leased:
    """What a run got."""

    granted: int
    """Beside what it said it has."""
    rest: Rest | None
    """What is left for others; None: it asked for nothing."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a quota stands."""

    of_day: int
    of_month: int
    sharers: int
    leased: int
    """By the run that looks."""


def month_of(day: date) -> str:
    """As the table has it."""
    return day.isoformat()[:7]


def recount(
    tx: Transaction,
    run: str,
    day: date,
    ours: Mapping[Bounded, int],
    *,
    left_out: LeftOut,
) -> dict[Bounded, int]:
    """Make what is taken of these what it is: of a day, over all runs, what each leased or told,
    whichever is more; of a month, over its days. So it is right whatever was told before there was
    a quota, and whichever tables were set back. ``ours``: what this run has taken of the day, by
    what it knows; what that is then, no less than it told."""
    these = sorted(ours, key=lambda one: one.order)
    month, today = _periods(day)
    insert = postgresql.insert if tx.connection.dialect.name == "postgresql" else sqlite.insert
    tx.connection.execute(
        insert(_taken).on_conflict_do_nothing(),
        [{"period": one, **_names(of), "taken": 0} for one in (month, today) for of in these],
    )
    taken = _locked(tx, (month, today), these, left_out)
    told = _told(tx, month, these, left_out)
    leases = _of_day(tx, day, these, left_out)
    days = _takings(tx, _days(month), these, left_out)
    own: dict[Bounded, int] = {}
    takings: list[dict[str, object]] = []
    for of in these:
        of_today, leased = told.get((today, of), {}), leases.get(of, {})
        own[of] = max(ours[of], of_today.get(run, 0))
        runs = {other: one.leased for other, one in leased.items()} | {run: own[of]}
        of_day = sum(max(runs.get(one, 0), of_today.get(one, 0)) for one in runs | of_today)
        before = sum(
            max(days.get((one, of), 0), sum(told.get((one, of), {}).values()))
            for one in _days(month)
            if one != today
        )
        for period, new in ((month, before + of_day), (today, of_day)):
            if (period, of) in taken and taken[period, of] != new:
                takings.append({"of_period": period, **_names(of, "of_"), "new": new})
    _set(tx, takings)
    _put(tx, [_lease_row(of, run, day, leased, None) for of, leased in own.items()])
    return own


def lease(
    tx: Transaction,
    run: str,
    day: date,
    asks: Mapping[Bounded, Asked],
    *,
    at: datetime,
    left_out: LeftOut,
) -> dict[Bounded, Leased]:
    """What a run gets of each that has rows; never more than is left."""
    these = sorted(asks, key=lambda one: one.order)
    taken = _locked(tx, _periods(day), these, left_out)
    leases = _of_day(tx, day, these, left_out)
    found: dict[Bounded, Leased] = {}
    takings: list[dict[str, object]] = []
    leasings: list[dict[str, object]] = []
    month, today = _periods(day)
    for of in these:
        if (month, of) not in taken or (today, of) not in taken:
            continue
        ask, others = asks[of], leases.get(of, {})
        had = others.get(run, _Lease(0, is_open=False)).leased
        sharers = sum(one.is_open for other, one in others.items() if other != run) + 1
        # By what it says, whatever is kept of it.
        used = {period: taken[period, of] - had + ask.ours for period in (month, today)}
        granted, rest = 0, None
        if ask.limits is not None:
            before = Rest.of(ask.limits, used[today], used[month], sharers)
            granted = before.wants(ask.left, ask.needed)
            rest = Rest.of(ask.limits, used[today] + granted, used[month] + granted, sharers)
        found[of] = Leased(granted, rest)
        names = _names(of, "of_")
        for period in (month, today):
            new = max(0, used[period] + granted)
            if new != taken[period, of]:
                takings.append({"of_period": period, **names, "new": new})
        leased = ask.ours + granted
        leasings.append(_lease_row(of, run, day, leased, at if ask.closes else None))
    _set(tx, takings)
    _put(tx, leasings)
    return found


def standing(tx: Reading, run: str, day: date, *, left_out: LeftOut) -> dict[Bounded, Standing]:
    """How all quotas stand of which something was taken on this day."""
    taken = _takings(tx, _periods(day), None, left_out)
    leases = _of_day(tx, day, None, left_out)
    month, today = _periods(day)
    return {
        of: Standing(
            taken[today, of],
            taken.get((month, of), 0),
            sum(one.is_open for one in leases.get(of, {}).values()),
            leases.get(of, {}).get(run, _Lease(0, is_open=False)).leased,
        )
        for period, of in taken
        if period == today
    }


def used(
    tx: Reading, authority_id: AuthorityId, day: date, *, left_out: LeftOut
) -> tuple[dict[Bounded, int], dict[Bounded, int]]:
    """What of an authority's quotas is taken or told, whichever is more, on a day and in its month.
    Of those that nobody takes of, as beyond them nothing is refused, what was told is all there
    is."""
    taken = _takings(tx, _periods(day), None, left_out, authority_id=authority_id)
    columns = (_usage.c.day, _usage.c.verifier_id, _usage.c.authority_id, _usage.c.way)
    month, today = _periods(day)
    wanted = (
        select(*columns, _TOLD)
        .where(
            _usage.c.authority_id == authority_id,
            _usage.c.day.between(f"{month}-01", f"{month}-31"),
        )
        .group_by(*columns)
    )
    told: dict[tuple[str, Bounded], int] = defaultdict(int)
    for on, of, count in read_each(tx, wanted, _counted, table=_usage, left_out=left_out):
        told[month, of] += count
        if on == today:
            told[today, of] += count
    of_day, of_month = (
        {
            of: max(taken.get((period, of), 0), told.get((period, of), 0))
            for at, of in taken.keys() | told.keys()
            if at == period
        }
        for period in (today, month)
    )
    return of_day, of_month


def settle_run(tx: Transaction, run: str, *, at: datetime, left_out: LeftOut) -> int:
    """What a run that ended had taken and not told goes back, by what is counted of it; how many
    leases. What it told is taken from its open leases in the order of their days, since it may be
    counted on a later one."""
    wanted = select(_leases).where(_leases.c.run == run, _leases.c.closed_at.is_(None))
    found = read_each(
        tx, wanted, lambda row: (row.day, _of(row), row.leased), table=_leases, left_out=left_out
    )
    if not found:
        return 0
    periods = sorted({day for day, *_ in found} | {day[:7] for day, *_ in found})
    _locked(tx, periods, sorted({of for _, of, _ in found}, key=lambda one: one.order), left_out)
    told = _told_by(tx, run, left_out)
    rest: dict[Bounded, int] = {}
    for day, of, leased in sorted(found, key=lambda one: (one[0], one[1].order)):
        later = (one for (at_day, other), one in told.items() if other == of and at_day >= day)
        use = min(leased, rest.setdefault(of, sum(later)))
        rest[of] -= use
        for period in (day[:7], day):
            back = update(_taken).where(_taken.c.period == period, *_is(_taken, of))
            less = case((_taken.c.taken > leased - use, _taken.c.taken - (leased - use)), else_=0)
            tx.connection.execute(back.values(taken=less))
        closed = update(_leases).where(
            _leases.c.day == day, _leases.c.run == run, *_is(_leases, of)
        )
        tx.connection.execute(closed.values(leased=use, closed_at=at))
    return len(found)


@dataclass(frozen=True, slots=True)
class _Lease:
    leased: int
    is_open: bool


def _periods(day: date) -> tuple[str, str]:
    """In the order in which their rows are taken."""
    return month_of(day), day.isoformat()


def _days(month: str) -> list[str]:
    return [f"{month}-{number:02}" for number in range(1, 32)]


def _locked(
    tx: Transaction, periods: Sequence[str], these: Sequence[Bounded], left_out: LeftOut
) -> dict[tuple[str, Bounded], int]:
    return _takings(tx, periods, these, left_out, locks=True)


def _takings(
    tx: Reading,
    periods: Sequence[str],
    these: Sequence[Bounded] | None,
    left_out: LeftOut,
    *,
    authority_id: AuthorityId | None = None,
    locks: bool = False,
) -> dict[tuple[str, Bounded], int]:
    wanted = select(_taken).where(_taken.c.period.in_(periods))
    if authority_id is not None:
        wanted = wanted.where(_taken.c.authority_id == authority_id)
    if these is not None:
        wanted = wanted.where(_among(_taken, these))
    if locks:
        columns = (_taken.c.period, _taken.c.verifier_id, _taken.c.authority_id, _taken.c.unit)
        wanted = wanted.order_by(*columns).with_for_update()

    def read(row: StoredRow) -> tuple[tuple[str, Bounded], int]:
        return (row.period, _of(row)), of_kind(int, row.taken)

    return dict(read_each(tx, wanted, read, table=_taken, left_out=left_out))


def _of_day(
    tx: Reading, day: date, these: Sequence[Bounded] | None, left_out: LeftOut
) -> dict[Bounded, dict[str, _Lease]]:
    wanted = select(_leases).where(_leases.c.day == day.isoformat())
    if these is not None:
        wanted = wanted.where(_among(_leases, these))

    def read(row: StoredRow) -> tuple[Bounded, str, _Lease]:
        return _of(row), row.run, _Lease(of_kind(int, row.leased), row.closed_at is None)

    found: dict[Bounded, dict[str, _Lease]] = defaultdict(dict)
    for of, run, one in read_each(tx, wanted, read, table=_leases, left_out=left_out):
        found[of][run] = one
    return found


def _told(
    tx: Reading, month: str, these: Collection[Bounded], left_out: LeftOut
) -> dict[tuple[str, Bounded], dict[str, int]]:
    """By day, and by run."""
    columns = (
        _usage.c.day,
        _usage.c.verifier_id,
        _usage.c.authority_id,
        _usage.c.way,
        _epochs.c.run,
    )
    wanted = (
        select(*columns, _TOLD)
        .join(_epochs, _epochs.c.epoch == _usage.c.epoch)
        .where(
            _usage.c.verifier_id.in_(sorted({one.verifier_id for one in these})),
            _usage.c.authority_id.in_(sorted({one.authority_id for one in these})),
            _usage.c.day.between(f"{month}-01", f"{month}-31"),
        )
        .group_by(*columns)
    )

    def read(row: StoredRow) -> tuple[str, tuple[str, Bounded, int]]:
        return row.run, _counted(row)

    sums: dict[tuple[str, Bounded], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for run, (day, of, told) in read_each(tx, wanted, read, table=_usage, left_out=left_out):
        sums[day, of][run] += told
    return sums


def _told_by(tx: Reading, run: str, left_out: LeftOut) -> dict[tuple[str, Bounded], int]:
    columns = (_usage.c.day, _usage.c.verifier_id, _usage.c.authority_id, _usage.c.way)
    wanted = (
        select(*columns, _TOLD)
        .where(_usage.c.epoch.in_(select(_epochs.c.epoch).where(_epochs.c.run == run)))
        .group_by(*columns)
    )
    sums: dict[tuple[str, Bounded], int] = defaultdict(int)
    for day, of, told in read_each(tx, wanted, _counted, table=_usage, left_out=left_out):
        sums[day, of] += told
    return sums


def _counted(row: StoredRow) -> tuple[str, Bounded, int]:
    unit = _UNIT[Way(row.way)]
    return row.day, Bounded(row.verifier_id, row.authority_id, unit), of_kind(int, row.told)


def _lease_row(
    of: Bounded, run: str, day: date, leased: int, closed_at: datetime | None
) -> dict[str, object]:
    names = {"day": day.isoformat(), **_names(of), "run": run}
    return {**names, "leased": leased, "closed_at": closed_at}


def _set(tx: Transaction, takings: list[dict[str, object]]) -> None:
    if takings:
        changed = update(_taken).where(*_this(_taken, "period")).values(taken=bindparam("new"))
        tx.connection.execute(changed, sorted(takings, key=lambda one: str(one["of_period"])))


def _put(tx: Transaction, rows: list[dict[str, object]]) -> None:
    if not rows:
        return
    insert = postgresql.insert if tx.connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(_leases)
    statement = statement.on_conflict_do_update(
        index_elements=[one.name for one in _leases.primary_key],
        set_={
            "leased": statement.excluded.leased,
            "closed_at": statement.excluded.closed_at,
        },
    )
    tx.connection.execute(statement, rows)


def _among(table: Table, these: Iterable[Bounded]) -> ColumnElement[bool]:
    columns = tuple_(table.c.verifier_id, table.c.authority_id, table.c.unit)
    return columns.in_([(one.verifier_id, one.authority_id, one.unit.value) for one in these])


def _is(table: Table, of: Bounded) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.verifier_id == of.verifier_id,
        table.c.authority_id == of.authority_id,
        table.c.unit == of.unit.value,
    )


def _this(table: Table, *also: str) -> list[ColumnElement[bool]]:
    names = (*also, "verifier_id", "authority_id", "unit")
    return [table.c[name] == bindparam(f"of_{name}") for name in names]


def _names(of: Bounded, before: str = "") -> dict[str, object]:
    return {
        f"{before}verifier_id": of.verifier_id,
        f"{before}authority_id": of.authority_id,
        f"{before}unit": of.unit.value,
    }


def _of(row: StoredRow) -> Bounded:
    return Bounded(row.verifier_id, row.authority_id, Unit(row.unit))
