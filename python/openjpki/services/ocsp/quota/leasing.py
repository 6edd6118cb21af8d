"""What one run of a replica has leased of quotas, day by day."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from openjpki.domain.agreements import Unit
from openjpki.domain.agreements.sharing import Rest
from openjpki.domain.authority import AuthorityId
from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.ocsp.micros import micros
from openjpki.services.ocsp.usage.counted_day import counted_day
from openjpki.services.ocsp.usage.moment import moment_of
from openjpki.storage.ocsp import quota
from openjpki.storage.ocsp.quota import Asked, Bounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from openjpki.domain.agreements import Limits
    from openjpki.domain.clock import Clock
    from openjpki.signer_core import OcspQuotas, QuotaLeft
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.ocsp.quota import Leased, Standing

ALL_SECONDS = 10.0
"""Seconds between looks at all: who holds more than its part gives it back."""
ANEW_SECONDS = 600.0
"""Seconds after which what was taken is compared with what was told, as after each failure."""
_DAY_SECONDS = 1.0
"""Seconds between looks which day it is."""
_FAILED_SECONDS = 2.0
"""Seconds between attempts on what could not be had."""
_KEPT = timedelta(days=2)
"""Days around this one of which is known what was told: a clock may go back."""
_USED_UP_SECONDS = 5.0
"""Seconds between attempts on a quota of which nothing is left."""
_SURE_SECONDS = 2 * ALL_SECONDS
"""Seconds after which nobody gives anything back any more: it is used up to its period's end."""
_AT_ONCE = 200
"""Quotas in a transaction."""


@dataclass(slots=True)
class _Held:
    """Of a quota."""

    day: date | None = None
    """Of what is leased; None: nothing was."""
    ours: int = 0
    """What this run has taken of that day and not given back, told or not."""
    asked_at: float | None = None
    needed: int = 0
    """The most that was asked for at once, then."""
    anew: bool = True
    used_up_since: float | None = None
    not_before: float = 0.0
    failed_until: float = 0.0


class Leases:
    """Of one run. Used by one thread at a time."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        core: OcspQuotas,
        *,
        run: str,
        counter: Callable[[], float] = time.monotonic,
    ) -> None:
        """``counter``: seconds that passed, from any beginning; never set."""
        self._database = database
        self._clock = clock
        self._core = core
        self._run = run
        self._counter = counter
        self._held: dict[Bounded, _Held] = {}
        self._closing: dict[tuple[date, Bounded], int] = {}
        """What was told of leases that are over; the database may not know yet."""
        self._ended: dict[tuple[date, Bounded], int] = {}
        """What was told of leases that are over, of days that may come again."""
        self._day = date.min
        self._day_at: float | None = None
        self._all_at = self._anew_at = counter()
        self.standing: Mapping[Bounded, Standing] = {}
        """How all stood at the last look at all."""

    def look(self, wanted: Mapping[Bounded, Limits]) -> None:
        """Bound what is to be, and lease of it what is used. Raises ``SERVICE_UNAVAILABLE``,
        ``CONFLICTING_CHANGE``."""
        # First, and without a database: what begins to be bounded is, whatever comes.
        self._bind(wanted)
        if not self._held and not self._closing:
            return
        try:
            self._lease(wanted)
        except OpenJpkiError as error:
            if error.reason is Reason.SERVICE_UNAVAILABLE:
                # The database may be another one when it is back.
                self._begin_anew()
            raise

    def day(self, of: Bounded) -> date | None:
        """Of what is leased."""
        held = self._held.get(of)
        return None if held is None else held.day

    def end(self) -> None:
        """Give back what is left, when nobody is told anything any more. Raises as :meth:`look`."""
        for of, held in self._held.items():
            if held.day is not None:
                self._close(of, held, self._core.open(*of.order, 0))
        self._held.clear()
        self._settle_closed()

    def _bind(self, wanted: Mapping[Bounded, Limits]) -> None:
        for of in wanted.keys() - self._held.keys():
            self._core.bound(*of.order)
            self._held[of] = _Held()
        for of in self._held.keys() - wanted.keys():
            left = self._core.free(*of.order)
            held = self._held.pop(of)
            if held.day is not None:
                self._close(of, held, left)

    def _close(self, of: Bounded, held: _Held, left: int) -> None:
        if held.day is not None:
            self._closing[held.day, of] = held.ours - left

    def _had(self, of: Bounded) -> int:
        """What this run has taken of the day: also where the day, or a quota, has come again."""
        held = self._held[of]
        if held.day == self._day:
            return held.ours
        key = (self._day, of)
        return self._closing.get(key, self._ended.get(key, 0))

    def _begin_anew(self) -> None:
        for held in self._held.values():
            held.anew = True

    def _lease(self, wanted: Mapping[Bounded, Limits]) -> None:
        now = self._counter()
        if self._day_at is None or now - self._day_at >= _DAY_SECONDS:
            self._read_day()
            self._day_at = now
        if now - self._anew_at >= ANEW_SECONDS:
            self._anew_at = now
            self._begin_anew()
        looks_at_all = now - self._all_at >= ALL_SECONDS
        left = self._left(now, everything=looks_at_all)
        due = [of for of in wanted if self._is_due(of, left, now)]
        failed: list[OpenJpkiError] = []
        # Who asks goes first; one part that can't be had keeps no other waiting for the next look.
        for these in _parts(sorted(due, key=lambda of: (not self._needed(of, now), of.order))):
            try:
                self._take(these, wanted, left, now)
            except OpenJpkiError as error:
                self._failed(error, these, now)
                failed.append(error)
        if looks_at_all:
            self._all_at = now
            self._level(wanted, left, now)
        self._settle_closed()
        if failed:
            raise failed[0]

    def _failed(self, error: OpenJpkiError, these: Sequence[Bounded], now: float) -> None:
        if error.reason is Reason.SERVICE_UNAVAILABLE:
            raise error
        for of in these:
            self._held[of].failed_until = now + _FAILED_SECONDS

    def _read_day(self) -> None:
        with self._database.reading() as tx:
            day = counted_day(tx, self._clock)
        if day != self._day:
            self._day = day
            old = [key for key in self._ended if abs(key[0] - day) > _KEPT]
            for key in old:
                del self._ended[key]

    def _left(self, now: float, *, everything: bool) -> dict[Bounded, int]:
        begins = any(one.anew or one.day != self._day for one in self._held.values())
        found = self._core.all() if everything or begins else self._core.low()
        left = {}
        for of, rest, asked, needed in map(_of, found):
            held = self._held.get(of)
            if held is None:
                # Bounded a moment ago, and not wanted by what was read before.
                continue
            left[of] = rest
            if asked:
                held.asked_at, held.needed = now, max(1, needed)
        return left

    def _is_due(self, of: Bounded, left: Mapping[Bounded, int], now: float) -> bool:
        held = self._held[of]
        if held.failed_until > now:
            return False
        if held.anew or held.day != self._day:
            return True
        return of in left and self._needed(of, now) > 0 and held.not_before <= now

    def _needed(self, of: Bounded, now: float) -> int:
        held = self._held[of]
        is_asked = held.asked_at is not None and now - held.asked_at <= ALL_SECONDS
        return held.needed if is_asked else 0

    def _take(
        self,
        these: Sequence[Bounded],
        wanted: Mapping[Bounded, Limits],
        left: Mapping[Bounded, int],
        now: float,
    ) -> None:
        anew = [of for of in these if self._held[of].anew or self._held[of].day != self._day]
        ours = {of: self._had(of) for of in these}
        if anew:
            known = {of: ours[of] for of in anew}
            work = partial(quota.recount, run=self._run, day=self._day, left_out=tell_left_out)
            ours |= self._database.run(lambda tx: work(tx, ours=known))
        asks = {of: self._ask(of, wanted[of], ours[of], left, now) for of in these}
        found = self._ask_for(asks)
        for of, ask in asks.items():
            if of in found:
                self._got(of, found[of], ask, now)
            else:
                # A row of it can't be read.
                self._held[of].failed_until = now + _FAILED_SECONDS

    def _ask(
        self, of: Bounded, limits: Limits, ours: int, left: Mapping[Bounded, int], now: float
    ) -> Asked:
        is_new = self._held[of].day != self._day
        return Asked(
            limits=limits,
            ours=ours,
            left=0 if is_new else left.get(of, 0),
            # Somebody will: whoever is new here is not to be refused the first time.
            needed=max(self._needed(of, now), int(is_new)),
        )

    def _ask_for(self, asks: Mapping[Bounded, Asked]) -> dict[Bounded, Leased]:
        return self._database.run(partial(self._asked, self._day, asks))

    def _asked(
        self, day: date, asks: Mapping[Bounded, Asked], tx: Transaction
    ) -> dict[Bounded, Leased]:
        at = moment_of(tx, self._clock)
        return quota.lease(tx, self._run, day, asks, at=at, left_out=tell_left_out)

    def _got(self, of: Bounded, got: Leased, ask: Asked, now: float) -> None:
        held = self._held[of]
        if held.day != self._day:
            self._close(of, held, self._core.open(*of.order, got.granted))
            held.day = self._day
            self._closing.pop((self._day, of), None)
            self._ended.pop((self._day, of), None)
        else:
            self._core.add(*of.order, got.granted)
        held.ours = ask.ours + got.granted
        held.anew = False
        rest = got.rest
        if rest is None:
            return
        is_used_up = not (rest.total or got.granted or ask.left)
        if not is_used_up:
            held.used_up_since = None
        elif held.used_up_since is None:
            held.used_up_since = now
        held.not_before = now + _USED_UP_SECONDS if is_used_up else 0.0
        until = 0
        if held.used_up_since is not None and now - held.used_up_since >= _SURE_SECONDS:
            until = micros(_more_at(self._day, rest))
        self._core.expect(*of.order, low=rest.part // 2, until=until)

    def _level(
        self, wanted: Mapping[Bounded, Limits], left: Mapping[Bounded, int], now: float
    ) -> None:
        """Give back what is more than this run's part, and put right what the database lacks."""
        with self._database.reading() as tx:
            self.standing = quota.standing(tx, self._run, self._day, left_out=tell_left_out)
        changed: dict[Bounded, Asked] = {}
        for of, limits in wanted.items():
            held, stands = self._held[of], self.standing.get(of)
            if stands is None or held.day != self._day:
                continue
            rest = _rest(limits, stands)
            keeps = max(rest.part, self._needed(of, now))
            if left.get(of, 0) > 2 * keeps:
                held.ours -= self._core.take_back(*of.order, left[of] - keeps)
            if held.ours != stands.leased:
                changed[of] = Asked(limits=None, ours=held.ours)
        for these in _parts(sorted(changed, key=_order)):
            self._ask_for({of: changed[of] for of in these})

    def _settle_closed(self) -> None:
        for day in sorted({day for day, _ in self._closing}):
            of_day = sorted((of for at, of in self._closing if at == day), key=_order)
            for these in _parts(of_day):
                asks = {
                    of: Asked(limits=None, ours=self._closing[day, of], closes=True) for of in these
                }
                self._database.run(partial(self._asked, day, asks))
                for of in these:
                    self._ended[day, of] = self._closing.pop((day, of))


def _rest(limits: Limits, stands: Standing) -> Rest:
    return Rest.of(limits, stands.of_day, stands.of_month, stands.sharers)


def _more_at(day: date, rest: Rest) -> datetime:
    """When the day or the month ends, of which nothing is left."""
    if rest.of_month == 0:
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    else:
        following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=JAPAN)


def _of(one: QuotaLeft) -> tuple[Bounded, int, int, int]:
    verifier_id, authority_id, unit, left, asked, needed = one
    of = Bounded(verifier_id, AuthorityId.parse(authority_id), Unit(unit))
    return of, left, asked, needed


def _order(of: Bounded) -> tuple[str, str, str]:
    return of.order


def _parts(these: Sequence[Bounded]) -> Iterator[Sequence[Bounded]]:
    for first in range(0, len(these), _AT_ONCE):
        yield these[first : first + _AT_ONCE]
