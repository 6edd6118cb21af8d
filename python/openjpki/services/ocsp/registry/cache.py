"""The registry and agreements in memory: read again at once after a change here, and as soon as it
is seen that another replica made one."""

from __future__ import annotations

from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.background import BackgroundTasks, Task
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.ocsp.journal import RETENTION, STREAM
from openjpki.services.ocsp.registry.entries import Registry
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.ocsp import agreements, verifiers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from openjpki.domain.agreements import Way
    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Reading
    from openjpki.storage.kernel.unreadable import Unreadable

POLL_SECONDS = 0.25
"""Seconds between looks whether another replica made a change: every one is entered in the journal
with its verifier, so what was entered since is all that is looked at, and of those verifiers alone
all is read. So a change binds everywhere within a second, however many agreements there are."""
_AWAY_SECONDS = 2.0
"""Seconds between looks while the database is away, from the second that fails on."""
_ANEW_SECONDS = 300.0
"""Seconds after which all is read though nothing was entered: somebody may have been in the
database."""
_ANEW_AT_ONCE = 4
"""Verifiers of which it is, at one look: all of a country's take seconds, and a suspension would
wait for them."""


class RegistryCache:
    """Keeps :attr:`current` up to date. Before :meth:`look` succeeded once nobody is registered.

    While the database is away the entries last read stand for ``max_age`` seconds: others may
    change them meanwhile. From then on nobody may ask.
    """

    def __init__(
        self,
        database: Database,
        *,
        max_age: float,
        every: float = POLL_SECONDS,
        told: Callable[[Registry, Collection[str] | None], None] | None = None,
        held: Callable[[float], None] | None = None,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """``told``: of each reading that differs from the one before, with the verifiers of which
        it does; None: of all. ``held``: after each look, for how many seconds that counts."""
        self._told = told
        self._held = held
        self._database = database
        self._max_age = max_age
        self._now = now
        self._journal = SqlJournal()
        self._lock = Lock()
        looking = Task(name="read_registry", work=self.look, every=every, retry=retry)
        self._tasks = BackgroundTasks("ocsp-registry", [looking])
        self._newest: int | None = None
        self._anew: list[str] = []
        self._anew_at = 0.0
        self._looked_at = 0.0
        self.current = Registry()
        """The newest reading; replaced as a whole, so one reference to it is consistent."""

    def require(
        self, verifier_id: str, authority_id: AuthorityId, way: Way, moment: datetime
    ) -> None:
        """As :meth:`Registry.require`. Raises ``SERVICE_UNAVAILABLE`` once what was read is too
        old."""
        if self._newest is not None and self._now() - self._looked_at > self._max_age:
            raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "who may ask can't be read")
        self.current.require(verifier_id, authority_id, way, moment)

    def look(self) -> None:
        """Read what was entered since, at first all. Raises ``SERVICE_UNAVAILABLE``."""
        # One reading at a time, or an older one could take the place of a newer one.
        with self._lock:
            began = self._now()
            with self._database.reading() as tx:
                # First: what is entered while the rest is read is seen at the next look.
                newest = self._journal.last_number(tx, STREAM, RETENTION)
                changed = self._changed(tx, newest)
                self._read(tx, changed, began)
            self._newest, self._looked_at = newest, began
            if self._held is not None:
                self._held(max(0.0, self._max_age - (self._now() - began)))

    def start(self) -> None:
        """Read the entries, then keep them current. Raises as :meth:`look`."""
        self.look()
        self._tasks.start()

    def stop(self) -> None:
        """End."""
        self._tasks.stop()

    def _changed(self, tx: Reading, newest: int) -> set[str] | None:
        """Verifiers of which something was entered since; None: perhaps of any."""
        if self._newest is None or newest < self._newest:
            return None
        if newest == self._newest:
            return set()
        unreadable: list[Unreadable] = []
        entered = self._journal.read(
            tx, STREAM, RETENTION, after=self._newest, left_out=unreadable.append
        )
        subjects = {one.subject for one in entered}
        return None if unreadable else subjects

    def _read(self, tx: Reading, changed: set[str] | None, began: float) -> None:
        if changed is None:
            records = verifiers.all_of(tx, left_out=tell_left_out)
            agreed = agreements.in_force(tx, left_out=tell_left_out)
            fresh, differ = self.current.changed(
                self.current.by_id.keys() | {one.verifier_id for one in records}, records, agreed
            )
            self._take(fresh, differ, None)
            self._anew, self._anew_at = [], began + _ANEW_SECONDS
            return
        if not self._anew and began >= self._anew_at:
            self._anew = sorted(verifiers.ids(tx) | self.current.by_id.keys())
            self._anew_at = began + _ANEW_SECONDS
        these = changed | set(self._anew[:_ANEW_AT_ONCE])
        if these:
            records = verifiers.all_of(tx, only=these, left_out=tell_left_out)
            agreed = agreements.in_force(tx, verifier_ids=these, left_out=tell_left_out)
            fresh, differ = self.current.changed(these, records, agreed)
            self._take(fresh, differ, differ)
        del self._anew[:_ANEW_AT_ONCE]

    def _take(self, fresh: Registry, differ: Collection[str], told: Collection[str] | None) -> None:
        if differ:
            # First: should it fail, the next reading differs again.
            if self._told is not None:
                self._told(fresh, told)
            self.current = fresh


def retry(failures: int) -> float:
    """Once alone it may have been a lock or a full pool, and the database is there."""
    return POLL_SECONDS if failures == 1 else _AWAY_SECONDS
