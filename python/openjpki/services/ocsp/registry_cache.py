"""The registry in memory: read again at once after a change here, every few seconds otherwise."""

from __future__ import annotations

from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError
from openjpki.services.ocsp.registry import Registry
from openjpki.storage.ocsp import verifiers
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from openjpki.storage.database import Database

POLL = 2.0
"""Seconds after which a change made by another replica is seen here at the latest."""

_log = get_logger("registry")


class RegistryCache:
    """Keeps :attr:`now` current. Before :meth:`reload` succeeded once nobody is registered.

    While the database is away the entries last read stand: status stays available, and nobody
    can change an entry in that time either.
    """

    def __init__(self, database: Database, *, every: float = POLL) -> None:
        self._database = database
        self._every = every
        self._lock = Lock()
        self._stop = Event()
        self._thread = Thread(target=self._run, name="ocsp-registry", daemon=True)
        self.now = Registry(())
        """The newest reading; replaced as a whole, so one reference to it is consistent."""

    def reload(self) -> None:
        """Read the entries. Raises ``SERVICE_UNAVAILABLE``."""
        # One after the other: an older reading must not take the place of a newer one.
        with self._lock:
            with self._database.reading() as tx:
                records = verifiers.all_of(tx)
            if tuple(records) != self.now.records:
                self.now = Registry(records)

    def start(self) -> None:
        """Read the entries, then keep them current. Raises as :meth:`reload`."""
        self.reload()
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            try:
                self.reload()
            except OpenJpkiError as error:
                _log.warning("registry not read", reason=error.reason.name)
            except Exception as error:  # noqa: BLE001 - the thread must outlive a fault in one round
                _log.error("registry not read", exc_info=error)
