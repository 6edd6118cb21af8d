"""What the service does by itself, beside following the feed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.certificate_status import KEPT_AFTER_END
from openjpki.services.common.background import BackgroundTasks, Task
from openjpki.services.common.journal_keeping import keep_journal

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.domain.clock import Clock
    from openjpki.services.ocsp.context import OcspContext
    from openjpki.services.ocsp.named_authorities import Authorities
    from openjpki.services.ocsp.refresh_authorities import AuthorityRefresher
    from openjpki.services.ocsp.responders.keeping import ResponderKeeper
    from openjpki.services.ocsp.responders.responder import Responders
    from openjpki.services.ocsp.status.statuses import AuthorityStatus, Statuses

REFRESH_SECONDS = 2.0
"""Seconds between questions to ca which authorities there are."""
POLL_SECONDS = 0.5
"""Seconds between looks at what is cheap to look at."""
_JOURNAL_SECONDS = 60.0
"""Seconds between looks whether a segment of the journal is to be sealed or disposed of."""
SWEEP_SECONDS = 60.0
"""Seconds between sweeps, each of one authority's status index."""


def jobs_of(
    ocsp: OcspContext,
    *,
    refresher: AuthorityRefresher,
    keeper: ResponderKeeper,
    responders: Responders,
    on_ready: Callable[[], None],
) -> BackgroundTasks:
    """The service's tasks. ``on_ready`` is called once: every snapshot is loaded, every active
    authority has its responder."""
    statuses, clock = ocsp.statuses, ocsp.clock
    work: dict[str, tuple[float, Callable[[], object]]] = {
        "refresh_authorities": (REFRESH_SECONDS, refresher.refresh),
        "keep_responders": (POLL_SECONDS, lambda: keeper.keep(refresher.authorities.generations)),
        "say_ready": (
            POLL_SECONDS,
            _Readiness(refresher.authorities, responders, statuses, on_ready),
        ),
        "end_stuck_watchers": (POLL_SECONDS, lambda: _end_stuck(statuses)),
        "forget_ended": (SWEEP_SECONDS, _Sweep(statuses, clock)),
        "keep_journal": (
            _JOURNAL_SECONDS,
            lambda: keep_journal(ocsp.database, ocsp.journal, clock, actor="ocsp"),
        ),
    }
    return BackgroundTasks(
        "ocsp-jobs",
        [Task(name=name, work=one, every=every) for name, (every, one) in work.items()],
    )


def forget_ended(status: AuthorityStatus, clock: Clock) -> int:
    """Drop an authority's certificates that ended more than :data:`KEPT_AFTER_END` ago from the
    index; how many. They are answered as unknown from then on."""
    before = int((clock.now() - KEPT_AFTER_END).timestamp())
    position = status.position
    return 0 if position is None else position.index.forget_ended(before)


@dataclass(slots=True)
class _Sweep:
    """Forgets what has ended, one authority at a time: looking through a whole country's
    certificates at once would take a processor for seconds."""

    statuses: Statuses
    clock: Clock
    _turn: int = 0

    def __call__(self) -> None:
        known = self.statuses.all()
        if known:
            forget_ended(known[self._turn % len(known)], self.clock)
            self._turn += 1


def _end_stuck(statuses: Statuses) -> None:
    for one in statuses.all():
        one.watchers.end_stuck()


@dataclass(slots=True)
class _Readiness:
    """Says once that the replica can answer."""

    authorities: Authorities
    responders: Responders
    statuses: Statuses
    on_ready: Callable[[], None]
    _said: bool = False

    def __call__(self) -> None:
        if not self._said and self._all_there():
            self._said = True
            self.on_ready()

    def _all_there(self) -> bool:
        return (
            self.statuses.complete
            and all(one.position is not None for one in self.statuses.all())
            and all(
                self.responders.get(one.authority_id, one.generation) is not None
                for one in self.authorities.generations
                if one.active
            )
        )
