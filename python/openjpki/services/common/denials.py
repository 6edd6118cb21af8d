"""A service's list of denied credentials: kept current in memory, and served to its operators."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from openjpki.rpc.server.deny_list import DenyList
from openjpki.services.common.background import BackgroundTasks, Task
from openjpki.services.common.deny_list_servicer import DenyListServicer
from openjpki.services.common.denying import Denying
from openjpki.storage.kernel import denied_credentials
from openjpki.telemetry.metrics import DENIED_CREDENTIALS, DENY_LIST_READ

if TYPE_CHECKING:
    from openjpki.domain.clock import Clock
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.journal import Journal
    from openjpki.storage.kernel.requests import RequestLog

READ_EVERY = 0.4
"""Seconds. What another replica denied must bind here within one, streams included, and these are
looked through a few times a second (``rpc/server/running_streams.py``)."""


class Denials:
    """Reads the list again and again. ``deny_list`` is what calls are held against, ``servicer``
    what changes it."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        requests: RequestLog,
        clock: Clock,
        *,
        max_age: float,
    ) -> None:
        """``max_age``: seconds for which the list read last is gone by without a new reading."""
        self.deny_list = DenyList(max_age=max_age)
        self._database = database
        self._turn = Lock()
        self.servicer = DenyListServicer(
            Denying(database, journal, requests, clock), changed=self.reload
        )
        self._tasks = BackgroundTasks(
            "deny-list", [Task(name="read_deny_list", work=self.reload, every=READ_EVERY)]
        )

    def reload(self) -> None:
        """Read the list. Raises ``SERVICE_UNAVAILABLE``."""
        # One reading at a time, or an older one could take the place of a newer one: whoever was
        # just denied would be served again.
        with self._turn:
            credentials = self._database.ask(denied_credentials.names)
            self.deny_list.replace(credentials)
        DENIED_CREDENTIALS.set(len(credentials))
        DENY_LIST_READ.set_to_current_time()

    def start(self) -> None:
        """Read the list, then keep it current. Raises as :meth:`reload`."""
        self.reload()
        self._tasks.start()

    def stop(self) -> None:
        """End."""
        self._tasks.stop()
