"""What the service does by itself, beside following the feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.services.common.background import BackgroundTasks, Task
from openjpki.services.common.journal_keeping import keep_journal
from openjpki.services.common.journal_time import JournalTime
from openjpki.services.ocsp.agreements.ends import end_agreements, end_proposals
from openjpki.services.ocsp.quota.reporting import count_reported
from openjpki.services.ocsp.readiness import Readiness
from openjpki.services.ocsp.status.index_sweep import IndexSweep

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.services.ocsp.context import OcspContext
    from openjpki.services.ocsp.refresh_authorities import AuthorityRefresher
    from openjpki.services.ocsp.responders.keeping import ResponderKeeper
    from openjpki.services.ocsp.responders.responder import Responders

REFRESH_SECONDS = 2.0
"""Seconds between questions to ca which authorities there are."""
POLL_SECONDS = 0.5
"""Seconds between looks at what is cheap to look at."""
_JOURNAL_SECONDS = 60.0
"""Seconds between looks whether a segment of the journal is to be sealed or disposed of."""
_ENDS_SECONDS = 60.0
"""Seconds between looks which agreements are to be entered as ended; they gave no access since."""
_REPORTED_SECONDS = 300.0
"""Seconds between looks at quotas beyond which nobody is refused: it sums up a month."""
SWEEP_SECONDS = 60.0
"""Seconds between sweeps, each of one authority's status index."""


def jobs_of(
    ocsp: OcspContext,
    *,
    refresher: AuthorityRefresher,
    keeper: ResponderKeeper,
    responders: Responders,
    on_ready: Callable[[], None],
    on_status: Callable[[bool], None],
) -> BackgroundTasks:
    """The service's tasks. ``on_ready`` is called once: every snapshot is loaded, every active
    authority has its responder. ``on_status`` is told when some status may no longer be told, and
    when all may again."""
    statuses, clock = ocsp.statuses, ocsp.clock
    time = JournalTime(ocsp.database, clock)
    work: dict[str, tuple[float, Callable[[], object]]] = {
        "read_authorities": (REFRESH_SECONDS, refresher.refresh),
        "keep_responders": (POLL_SECONDS, lambda: keeper.keep(refresher.authorities.generations)),
        "say_ready": (
            POLL_SECONDS,
            Readiness(
                authorities=refresher.authorities,
                responders=responders,
                statuses=statuses,
                on_ready=on_ready,
                on_status=on_status,
            ),
        ),
        "forget_ended": (SWEEP_SECONDS, IndexSweep(statuses, clock)),
        "end_agreements": (_ENDS_SECONDS, lambda: end_agreements(ocsp)),
        "end_proposals": (_ENDS_SECONDS, lambda: end_proposals(ocsp)),
        "count_reported": (_REPORTED_SECONDS, lambda: count_reported(ocsp)),
        "keep_journal": (
            _JOURNAL_SECONDS,
            lambda: keep_journal(ocsp.database, ocsp.journal, clock, time.now, actor="ocsp"),
        ),
    }
    return BackgroundTasks(
        "ocsp-jobs",
        [Task(name=name, work=one, every=every) for name, (every, one) in work.items()],
    )
