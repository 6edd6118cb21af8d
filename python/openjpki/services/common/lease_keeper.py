"""Holding leases: taken, renewed, shared with the other instances, given away (docs/leases.md)."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from threading import Condition, local
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from openjpki.domain.authority import not_an_authority
from openjpki.domain.lease import fair_share, in_order_of_preference, not_the_owner
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.background import BackgroundTasks, Task, doubling
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import LEASES_FREE, LEASES_HELD, LEASES_LOST, LEASES_TAKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import timedelta

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.lease import Instance, Lease, LeaseState
    from openjpki.storage.kernel.beginning import Turn
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.leases import Leases, Survey
    from openjpki.storage.kernel.transaction import Transaction, Writer

T = TypeVar("T")

_log = get_logger("leases")

ROUNDS = 6
"""In the duration of a lease: some may fail before it is lost."""
_PATIENCE = 1.0
"""Seconds that a call waits for an authority that nobody works for yet."""
_DRAIN = 3.0
"""Seconds that calls under way have to end, before their lease is given away all the same."""
_TAKE_UP = 30.0
"""Seconds that the start waits for what earlier owners left."""
_TASK, _TAKING_UP = "keep_leases", "take_up_leases"


class State(Enum):
    """How far an instance is with a lease that it has."""

    TAKING_UP = "taking up"
    """Finishing what the last owner left; no call begins yet."""
    HELD = "held"
    GIVING_AWAY = "giving away"
    """Calls end, none begins."""


@dataclass(slots=True, eq=False)
class _Held:
    lease: Lease
    valid_until: float
    """By ``monotonic()``: later, nothing is begun that the database would refuse."""
    state: State = State.TAKING_UP
    calls: int = 0
    given_away_at: float = 0.0

    @property
    def drained(self) -> bool:
        return self.calls == 0 or monotonic() - self.given_away_at >= _DRAIN


@dataclass(frozen=True, slots=True)
class Takeover:
    """What an instance does when it gets a lease and when it no longer has it."""

    take_up: Callable[[AuthorityId, Writer], object]
    """Finish what the last owner left. Before calls begin; if it fails, they begin all the same."""
    let_go: Callable[[AuthorityId], object]


class LeaseKeeper:
    """The leases of one instance; see :class:`~openjpki.services.common.fence.Fence`."""

    def __init__(self, database: Database, leases: Leases, duration: timedelta) -> None:
        self._database = database
        self._leases = leases
        self._duration = duration
        self._seconds = duration.total_seconds()
        self._changed = Condition()
        self._held: dict[AuthorityId, _Held] = {}
        self._unchanged_since: dict[AuthorityId, tuple[LeaseState, float]] = {}
        self._entered = local()
        self._seen_first: Survey | None = None
        self._seen_last: Survey | None = None
        self._stopping = False
        self._instance: Instance | None = None
        self._takeover: Takeover | None = None
        every = self._seconds / ROUNDS
        self._rounds = BackgroundTasks(
            "leases",
            [Task(name=_TASK, work=self._round, every=every, retry=doubling(every, self._seconds))],
        )
        self._taking_up = BackgroundTasks(
            "lease-take-up", [Task(name=_TAKING_UP, work=self._take_up, every=every * ROUNDS)]
        )

    def start(self, instance: Instance, takeover: Takeover) -> None:
        """Take what is there to be taken, and keep it.

        Returns when each authority is held here, with what its last owner left finished, or by an
        instance that was seen to renew: one that was killed a moment ago is not waited for in vain
        by the calls that come. Raises ``SERVICE_UNAVAILABLE`` when another process has a SQLite
        database, or no database is reached.
        """
        self._instance, self._takeover = instance, takeover
        self._leases.begin(instance.name)
        self._round()
        self._rounds.start()
        self._taking_up.start()
        with self._changed:
            self._changed.wait_for(self._has_settled, 2 * self._seconds)
            self._changed.wait_for(self._has_taken_up, _TAKE_UP)

    def stop(self) -> None:
        """Give everything away, each lease once its calls have ended."""
        with self._changed:
            self._stopping = True
            for one in self._held.values():
                _give_away(one)
            self._changed.notify_all()
        self._rounds.stop()
        self._taking_up.stop()
        try:
            if self._instance is not None:
                self._leases.leave(self._instance)
            until = monotonic() + 2 * _DRAIN
            while self._held and monotonic() < until:
                self._give_up_drained()
                with self._changed:
                    self._changed.wait(0.05)
        except OpenJpkiError as error:
            # They end by themselves.
            _log.warning("leases were not given up", reason=error.reason.name)
        finally:
            self._leases.close()

    @contextmanager
    def writing(self, authority_id: AuthorityId) -> Iterator[Writer]:
        """See :class:`~openjpki.services.common.fence.Fence`. Within itself, in one thread, it is
        the same writer: a call that has begun ends also while the lease is being given away."""
        entered: dict[AuthorityId, Writer] = self._entered.__dict__.setdefault("writers", {})
        if authority_id in entered:
            yield entered[authority_id]
            return
        held = self._enter(authority_id)
        writer = entered[authority_id] = _FencedWriter(self, held.lease)
        try:
            yield writer
        finally:
            del entered[authority_id]
            with self._changed:
                held.calls -= 1
                if held.calls == 0 and held.state is State.GIVING_AWAY:
                    self._changed.notify_all()
                    self._rounds.wake(_TASK)

    def held(self) -> Sequence[AuthorityId]:
        """Those whose calls are carried out here."""
        with self._changed:
            return sorted(
                authority_id
                for authority_id, one in self._held.items()
                if one.state is State.HELD and one.valid_until > monotonic()
            )

    def run(self, lease: Lease, work: Callable[[Transaction], T], *, turn: Turn | None = None) -> T:
        """One writing transaction under a lease. Raises ``NOT_THE_OWNER``."""
        instance = self._instance
        if instance is None:
            raise not_the_owner(lease.authority_id, None)

        def fenced(tx: Transaction) -> T:
            self._leases.require(tx, instance, lease)
            tx.token = lease.token
            return work(tx)

        try:
            opening = self._leases.opening(instance, lease)
            return self._database.run(fenced, opening=opening, turn=turn)
        except OpenJpkiError as error:
            if error.reason is Reason.NOT_THE_OWNER:
                self._rounds.wake(_TASK)
            raise

    def _enter(self, authority_id: AuthorityId) -> _Held:
        held = self._ready(authority_id)
        if held is not None:
            return held
        until = monotonic() + _PATIENCE
        while True:
            with self._database.reading() as tx:
                state = self._leases.state_of(tx, authority_id)
            if state is None:
                raise not_an_authority()
            holder = state.holder if state.holder != self._instance else None
            if holder is not None or self._stopping or monotonic() >= until:
                raise not_the_owner(authority_id, holder)
            # Nobody works for it, or this instance is about to.
            self._rounds.wake(_TASK)
            with self._changed:
                self._changed.wait(min(self._seconds / ROUNDS, max(until - monotonic(), 0.0)))
            held = self._ready(authority_id)
            if held is not None:
                return held

    def _ready(self, authority_id: AuthorityId) -> _Held | None:
        """The lease, with one call more counted; None if no call may begin."""
        with self._changed:
            held = self._held.get(authority_id)
            if held is None or held.state is not State.HELD or held.valid_until <= monotonic():
                return None
            held.calls += 1
            return held

    def _round(self) -> None:
        """Renew, give up what is drained, and take or give away up to the fair share."""
        instance = self._instance
        if instance is None or self._stopping:
            return
        self._give_up_drained()
        with self._changed:
            mine = list(self._held.values())
        sent = monotonic()
        survey = self._leases.renew(instance, [one.lease for one in mine], self._duration)
        self._note_renewed(mine, survey, sent)
        share = fair_share(len(survey.states), len(survey.instances))
        self._take_some(instance, survey, share)
        self._give_away_surplus(instance, survey, share)
        free = [one for one in survey.states if one.holder is None and not self._has(one)]
        LEASES_FREE.set(len(free))
        with self._changed:
            self._seen_first = self._seen_first or survey
            self._seen_last = survey
            self._changed.notify_all()

    def _has_settled(self) -> bool:
        if self._seen_first is None or self._seen_last is None:
            return False
        first = {(one.authority_id, one.token, one.expires_at) for one in self._seen_first.states}
        return all(
            one.authority_id in self._held
            or (
                one.holder is not None
                and (one.authority_id, one.token, one.expires_at) not in first
            )
            for one in self._seen_last.states
        )

    def _has_taken_up(self) -> bool:
        return all(one.state is not State.TAKING_UP for one in self._held.values())

    def _has(self, state: LeaseState) -> bool:
        with self._changed:
            return state.authority_id in self._held

    def _note_renewed(self, mine: Sequence[_Held], survey: Survey, sent: float) -> None:
        states = {state.authority_id: state for state in survey.states}
        for one in mine:
            if one.lease in survey.renewed:
                one.valid_until = sent + self._seconds
                continue
            state = states.get(one.lease.authority_id)
            if (
                state is None
                or state.token != one.lease.token
                or state.owner != self._instance
                or one.valid_until <= monotonic()
            ):
                LEASES_LOST.labels(str(one.lease.authority_id)).inc()
                _log.warning("lease lost", authority=str(one.lease.authority_id))
                self._drop(one)

    def _take_some(self, instance: Instance, survey: Survey, share: int) -> None:
        """Up to the fair share, of those that nobody has."""
        free = {
            state.authority_id: state
            for state in survey.states
            if not self._has(state) and (state.holder is None or self._is_unchanged(state))
        }
        for authority_id in in_order_of_preference(instance.name, free):
            state = free[authority_id]
            unchanged = self._is_unchanged(state)
            with self._changed:
                # One that nobody takes for so long is better off here than with nobody.
                if self._stopping or (len(self._held) >= share and not unchanged):
                    continue
            sent = monotonic()
            lease = self._leases.take(instance, state, self._duration, unchanged=unchanged)
            if lease is None:
                continue
            LEASES_TAKEN.labels(str(authority_id)).inc()
            # A series that begins with its first loss can't be alerted on.
            LEASES_LOST.labels(str(authority_id)).inc(0)
            _log.info("lease taken", authority=str(authority_id), fencing=lease.token)
            with self._changed:
                self._held[authority_id] = _Held(lease, sent + self._seconds)
                LEASES_HELD.set(len(self._held))
            self._taking_up.wake(_TAKING_UP)

    def _is_unchanged(self, state: LeaseState) -> bool:
        """Whether a lease has stood as it does for twice its duration, by this process's clock."""
        seen = self._unchanged_since.get(state.authority_id)
        if seen is None or (seen[0].token, seen[0].expires_at) != (state.token, state.expires_at):
            self._unchanged_since[state.authority_id] = (state, monotonic())
            return False
        return monotonic() - seen[1] >= 2 * self._seconds

    def _give_away_surplus(self, instance: Instance, survey: Survey, share: int) -> None:
        """What is above the fair share, while another instance has less than its."""
        others = [one for one in survey.instances if one.name != instance.name]
        loads = [sum(state.holder == one for state in survey.states) for one in others]
        if all(load >= share for load in loads):
            return
        with self._changed:
            mine = [one for one in self._held.values() if one.state is State.HELD]
            order = in_order_of_preference(instance.name, [one.lease.authority_id for one in mine])
            for authority_id in order[share:]:
                _give_away(self._held[authority_id])
        self._give_up_drained()

    def _give_up_drained(self) -> None:
        with self._changed:
            drained = [
                one for one in self._held.values() if one.state is State.GIVING_AWAY and one.drained
            ]
        for one in drained:
            if self._instance is not None and self._leases.give_up(self._instance, one.lease):
                _log.info("lease given away", authority=str(one.lease.authority_id))
                self._drop(one)

    def _drop(self, one: _Held) -> None:
        with self._changed:
            if self._held.get(one.lease.authority_id) is one:
                del self._held[one.lease.authority_id]
            LEASES_HELD.set(len(self._held))
            self._changed.notify_all()
        if self._takeover is not None:
            self._takeover.let_go(one.lease.authority_id)

    def _take_up(self) -> None:
        """Finish what earlier owners left, authority by authority, then let calls begin."""
        while not self._stopping:
            with self._changed:
                one = next(
                    (one for one in self._held.values() if one.state is State.TAKING_UP), None
                )
            if one is None or self._takeover is None:
                return
            authority_id = one.lease.authority_id
            try:
                self._takeover.take_up(authority_id, _FencedWriter(self, one.lease))
            except Exception as error:  # noqa: BLE001 - calls finish their own, the tasks the rest
                _log.error("not all was taken up", authority=str(authority_id), exc_info=error)
            with self._changed:
                if one.state is State.TAKING_UP:
                    one.state = State.HELD
                self._changed.notify_all()


@dataclass(frozen=True, slots=True)
class _FencedWriter:
    keeper: LeaseKeeper
    lease: Lease

    def run(self, work: Callable[[Transaction], T], *, turn: Turn | None = None) -> T:
        return self.keeper.run(self.lease, work, turn=turn)


def _give_away(one: _Held) -> None:
    if one.state is not State.GIVING_AWAY:
        one.state = State.GIVING_AWAY
        one.given_away_at = monotonic()
