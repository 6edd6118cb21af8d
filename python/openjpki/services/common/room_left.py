"""How much room there is left: connections to databases, and space on the service's own disks. And
what fails at a database.

Room is asked for when the metrics are read: no call pays for it. A PostgreSQL server's disk and a
device's keys are elsewhere, and are watched there.
"""

from __future__ import annotations

import math
import shutil
from typing import TYPE_CHECKING

from openjpki.config.parts import SoftwareKeysPart
from openjpki.storage.kernel.failures import Cause
from openjpki.telemetry.metrics import (
    DATABASE_CONNECTIONS,
    DATABASE_CONNECTIONS_LIMIT,
    DATABASE_FAILURES,
    DISK_FREE,
    DISK_SIZE,
)

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.config.parts import KeysPart
    from openjpki.storage.kernel.database import Database


def watch_database(name: str, database: Database) -> None:
    """Show its connections, what fails, and its file's disk where it is a file."""
    count_failures(name, database)
    DATABASE_CONNECTIONS.labels(name).set_function(lambda: database.connections)
    DATABASE_CONNECTIONS_LIMIT.labels(name).set(database.most_connections)
    if database.file is not None:
        _watch_disk(name, database.file.parent)


def count_failures(name: str, database: Database) -> None:
    """Count them by cause. Each is there before the first: an alert on a rate needs the series."""
    by_cause = {cause: DATABASE_FAILURES.labels(name, cause.value) for cause in Cause}
    database.tell_failures(lambda cause: by_cause[cause].inc())


def watch_keys(keys: KeysPart) -> None:
    """Show the disk that key files are on, where keys are files."""
    if isinstance(keys, SoftwareKeysPart):
        _watch_disk("keys", keys.directory)


def _watch_disk(of: str, folder: Path) -> None:
    DISK_FREE.labels(of).set_function(lambda: _disk(folder)[0])
    DISK_SIZE.labels(of).set_function(lambda: _disk(folder)[1])


def _disk(folder: Path) -> tuple[float, float]:
    """Free octets and all there are. A disk that can't be asked keeps no other metric from being
    read."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return math.nan, math.nan
    return usage.free, usage.total
