"""What the service does by itself, beside following ca and keeping its registry current."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.services.common.background import BackgroundTasks, Task
from openjpki.services.common.journal_keeping import keep_journal

if TYPE_CHECKING:
    from openjpki.services.ocsp.context import OcspContext

_EVERY = 60.0
"""Seconds from one turn to the next."""


def jobs_of(ocsp: OcspContext) -> BackgroundTasks:
    """The service's tasks."""
    return BackgroundTasks(
        "ocsp-jobs",
        [
            Task(
                name="keep_journal",
                work=lambda: keep_journal(ocsp.database, ocsp.journal, ocsp.clock, actor="ocsp"),
                every=_EVERY,
            )
        ],
    )
