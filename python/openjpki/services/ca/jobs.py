"""What the service does by itself: lists in time, half-done issuances finished, the journal sealed,
old things gone. What is an authority's is done by the instance that holds its lease."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from openjpki.domain.authority import AuthorityId, all_authority_ids
from openjpki.services.ca.authorities.ends import measure_ends
from openjpki.services.ca.crl.deltas import DeltaPublisher
from openjpki.services.ca.issuance.recovery import finish_open_intents
from openjpki.services.ca.officers_register import officers_register
from openjpki.services.ca.responders.lapses import end_lapsed
from openjpki.services.ca.revocation.ex_officio_lapses import end_lapsed_proposals
from openjpki.services.ca.status.forget_events import forget_events
from openjpki.services.common.background import BackgroundTasks, Task
from openjpki.services.common.forget_answers import forget_answers
from openjpki.services.common.journal_keeping import keep_journal
from openjpki.services.common.journal_time import JournalTime
from openjpki.services.common.officers.upkeep import keep_officers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openjpki.config.ca import CaPart
    from openjpki.services.ca.context import CaContext
    from openjpki.services.ca.crl.publication import Publisher
    from openjpki.storage.kernel.transaction import Writer

PUBLISH_CHANGES = "publish_changes"
"""The task that makes lists whose hour has not come, because something was revoked."""
PUBLISHING = ("publish_lists", PUBLISH_CHANGES)
"""The tasks that make complete lists."""
PUBLISH_DELTAS = "publish_deltas"
MEASURE_ENDS = "measure_ends"
"""The task that says when authorities come to their end."""
CHANGES_SECONDS = 2.0
"""Seconds between looks whether such a list is lacking. Nearly always the call that revoked has
made it: what is found here was left by a crash or by a key device that was away."""
_EVERY = 60.0
"""Seconds, at most, from something being due to its being done."""


def jobs_of(ca: CaContext, publisher: Publisher, part: CaPart) -> BackgroundTasks:
    """The service's tasks, as often as its lists need."""
    every = min(_EVERY, part.crl_period / 2)
    time = JournalTime(ca.database, ca.clock)
    work: dict[str, Callable[[], object]] = {
        "finish_intents": lambda: finish_open_intents(ca),
        PUBLISHING[0]: publisher.publish_due,
        "forget_answers": lambda: forget_answers(
            ca.database, ca.requests, ca.clock, kept=part.answers_kept
        ),
        "forget_events": lambda: forget_events(ca, kept=part.events_kept),
        "keep_officers": lambda: keep_officers(officers_register(ca)),
        "keep_responder_keys": lambda: end_lapsed(ca),
        "end_proposals": lambda: end_lapsed_proposals(ca),
        MEASURE_ENDS: lambda: measure_ends(ca),
        "keep_journal": lambda: keep_journal(
            ca.database,
            ca.journal,
            ca.clock,
            time.now,
            actor="ca",
            writer_of=lambda of: _writer(ca, of),
        ),
    }
    changes = Task(name=PUBLISH_CHANGES, work=publisher.publish_changes, every=CHANGES_SECONDS)
    others = [Task(name=name, work=one, every=every) for name, one in work.items()]
    return BackgroundTasks("ca-jobs", [changes, *others])


def deltas_of(ca: CaContext, part: CaPart) -> BackgroundTasks:
    """What makes delta lists, which are many: complete ones and intents don't wait for them."""

    def publish() -> object:
        return DeltaPublisher(ca).publish_due(lambda: tasks.stopping)

    every = min(_EVERY, part.crl_period / 2)
    tasks = BackgroundTasks("ca-deltas", [Task(name=PUBLISH_DELTAS, work=publish, every=every)])
    return tasks


@contextmanager
def _writer(ca: CaContext, stream: str) -> Iterator[Writer | None]:
    """Of a stream of the journal: an authority's is written where its lease is held, any other, as
    the register of officers', by every instance."""
    if stream not in map(str, all_authority_ids()):
        yield ca.database
    elif (authority_id := AuthorityId.parse(stream)) in ca.fence.held():
        with ca.fence.writing(authority_id) as writer:
            yield writer
    else:
        yield None
