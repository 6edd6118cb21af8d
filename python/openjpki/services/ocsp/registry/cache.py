"""The registry in memory: read again at once after a change here, every few seconds otherwise."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from openjpki.services.common.background import BackgroundTasks, Task
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.ocsp.registry.entries import Registry
from openjpki.storage.ocsp import verifiers

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.storage.kernel.database import Database

POLL_SECONDS = 2.0
"""Seconds after which a change made by another replica is seen here at the latest."""


class RegistryCache:
    """Keeps :attr:`current` up to date. Before :meth:`reload` succeeded once nobody is registered.

    While the database is away the entries last read stand: status stays available, and nobody
    can change an entry in that time either.
    """

    def __init__(
        self,
        database: Database,
        *,
        every: float = POLL_SECONDS,
        told: Callable[[Registry], None] | None = None,
    ) -> None:
        """``told``: of each reading that differs from the one before."""
        self._told = told
        self._database = database
        self._lock = Lock()
        self._tasks = BackgroundTasks(
            "ocsp-registry", [Task(name="read_registry", work=self.reload, every=every)]
        )
        self.current = Registry(())
        """The newest reading; replaced as a whole, so one reference to it is consistent."""

    def reload(self) -> None:
        """Read the entries. Raises ``SERVICE_UNAVAILABLE``."""
        # One reading at a time, or an older one could take the place of a newer one.
        with self._lock:
            with self._database.reading() as tx:
                records = verifiers.all_of(tx, left_out=tell_left_out)
            if tuple(records) != self.current.records:
                registry = Registry(records)
                # First: should it fail, the next reading differs again.
                if self._told is not None:
                    self._told(registry)
                self.current = registry

    def start(self) -> None:
        """Read the entries, then keep them current. Raises as :meth:`reload`."""
        self.reload()
        self._tasks.start()

    def stop(self) -> None:
        """End."""
        self._tasks.stop()
