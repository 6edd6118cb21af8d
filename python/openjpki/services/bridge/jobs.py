"""What the service does by itself: getting ready, then keeping everything current."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.authority import BRIDGE
from openjpki.services.bridge.authority.own_authority import (
    create_own,
    measure_ends,
    own_key,
    require_own,
)
from openjpki.services.bridge.exchange.carry_out import finish_approved
from openjpki.services.bridge.exchange.tell_issuer import finish_revocations
from openjpki.services.bridge.journal import STREAM
from openjpki.services.bridge.officers_register import officers_register
from openjpki.services.bridge.pool.dispose_lists import dispose_lists
from openjpki.services.common.background import BackgroundTasks, NotDoneError, Task, attempt
from openjpki.services.common.forget_answers import forget_answers
from openjpki.services.common.journal_keeping import keep_journal
from openjpki.services.common.journal_time import JournalTime
from openjpki.services.common.officers.upkeep import keep_officers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openjpki.config.bridge import BridgePart
    from openjpki.services.bridge.authority.revocation_list import OwnListPublisher
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.pool.refresh import Refresher
    from openjpki.storage.kernel.transaction import Writer

TASKS_OF_THE_OWNER = (
    "finish_exchanges",
    "finish_revocations",
    "publish_list",
    "refresh_authorities",
    "measure_ends",
)
"""The others are done by every instance, as far as they are its to do."""
_EVERY = 60.0
"""Seconds, at most, from something being due to its being done."""
_LIST_SECONDS = 2.0
"""Seconds between looks whether a list is lacking something. Nearly always the call that revoked
has made it: what is found here was left by a crash or by a key device that was away."""
_UNTIL_READY = 0.5
"""Seconds from one attempt to get ready to the next."""
_WAITS_FOR_LISTS = 20
"""So many times: authorities that start beside this service need a moment for their first lists.
One that never makes any must not keep the others' paths from being validated."""


def jobs_of(
    bridge: BridgeContext,
    publisher: OwnListPublisher,
    refresher: Refresher,
    part: BridgePart,
    *,
    on_ready: Callable[[], None],
) -> BackgroundTasks:
    """Gets ready first, says so, and then does what is due: half-done exchanges, the own list, the
    governors' lists, old answers. :data:`TASKS_OF_THE_OWNER` are done where the lease is held."""
    every = min(_EVERY, part.refresh_interval, part.crl_period / 2)
    time = JournalTime(bridge.database, bridge.clock)

    def owned(work: Callable[[], object]) -> Callable[[], object]:
        return lambda: work() if bridge.is_owner else None

    work: dict[str, Callable[[], object]] = {
        "finish_exchanges": owned(lambda: finish_approved(bridge)),
        "finish_revocations": owned(lambda: finish_revocations(bridge)),
        "refresh_authorities": owned(refresher.look),
        "forget_answers": lambda: forget_answers(
            bridge.database, bridge.requests, bridge.clock, kept=part.answers_kept
        ),
        "measure_ends": owned(lambda: measure_ends(bridge)),
        "dispose_lists": owned(lambda: dispose_lists(bridge)),
        "keep_officers": lambda: keep_officers(officers_register(bridge)),
        "keep_journal": lambda: keep_journal(
            bridge.database,
            bridge.journal,
            bridge.clock,
            time.now,
            actor="bridge",
            writer_of=lambda of: _writer(bridge, of),
        ),
    }
    return BackgroundTasks(
        "bridge-jobs",
        [
            # Looked at more often: a revocation is published at once.
            Task(
                name="publish_list",
                work=owned(publisher.publish_due),
                every=min(every, _LIST_SECONDS),
            ),
            *(Task(name=name, work=one, every=every) for name, one in work.items()),
        ],
        first=Task(
            name="get_ready",
            work=_Preparation(bridge, publisher, refresher, part, on_ready),
            every=_UNTIL_READY,
        ),
    )


@dataclass(slots=True)
class _Preparation:
    """Own authority, list, governors; then what an earlier process left, before it is said."""

    bridge: BridgeContext
    publisher: OwnListPublisher
    refresher: Refresher
    part: BridgePart
    on_ready: Callable[[], None]
    _prepared: bool = False
    _looks_left: int = _WAITS_FOR_LISTS

    def __call__(self) -> None:
        """Raises what keeps the service from being ready."""
        if not self._prepared:
            self._prepare()
            self._prepared = True
            if self.bridge.is_owner:
                attempt("finish_exchanges", lambda: finish_approved(self.bridge))
                attempt("finish_revocations", lambda: finish_revocations(self.bridge))
        elif self.bridge.is_owner:
            attempt("refresh_authorities", self.refresher.look)
        # Another instance's looks are in the database.
        if self.bridge.is_owner and not self.refresher.complete and self._looks_left:
            self._looks_left -= 1
            raise NotDoneError
        self.on_ready()

    def _prepare(self) -> None:
        owner = self.bridge.is_owner
        if owner and self.part.make_key:
            create_own(
                self.bridge,
                names=self.part.names,
                bits=self.part.key_bits,
                actor="bridge",
            )
        with self.bridge.database.reading() as tx:
            own = require_own(tx)
        own_key(self.bridge, own)
        if owner:
            self.publisher.publish_due()
            self.refresher.look()


@contextmanager
def _writer(bridge: BridgeContext, stream: str) -> Iterator[Writer | None]:
    """Of a stream of the journal: the service bridge's is written by the owner, any other, as the
    register of officers', by every instance."""
    if stream != STREAM:
        yield bridge.database
    elif bridge.is_owner:
        with bridge.fence.writing(BRIDGE) as writer:
            yield writer
    else:
        yield None
