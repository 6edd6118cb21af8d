"""What a run that ended had leased and not told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.ocsp.usage.moment import moment_of
from openjpki.storage.ocsp import quota
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from openjpki.domain.clock import Clock
    from openjpki.storage.kernel.database import Database

_log = get_logger("quota")


def give_back(database: Database, clock: Clock, run: str) -> None:
    """By what is counted of it. Where that fails it stays taken until its period ends: bills wait
    for no quota."""
    try:
        database.run(
            lambda tx: quota.settle_run(tx, run, at=moment_of(tx, clock), left_out=tell_left_out)
        )
    except OpenJpkiError as error:
        _log.error("quotas of a run that ended not given back", reason=error.reason.name)
