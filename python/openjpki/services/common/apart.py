"""Work on several things, of which none that fails keeps another waiting."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, kind_of
from openjpki.telemetry.rows import tell_refused_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structlog.typing import FilteringBoundLogger


class Apart:
    """Holds each piece of the work apart from the others.

    A failure is told to the log at once, under ``event``, by its reason or its type's name; values
    stay out. The first is raised by :meth:`end`, so that whoever counts failures sees it.
    """

    def __init__(self, log: FilteringBoundLogger | None, event: str = "") -> None:
        """``log``: None for work at the console, which says at the end what was raised first, and
        what it was about."""
        self._log = log
        self._event = event
        self._first: Exception | None = None

    @contextmanager
    def of(self, **which: str) -> Iterator[None]:
        """One piece; ``which``: what it is about, for the log."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are done too
            self._first = self._first or error
            if self._log is not None:
                tell_refused_row(error)
                self._log.warning(self._event, **which, reason=kind_of(error))
            elif isinstance(error, OpenJpkiError):
                error.metadata.update(which)

    def end(self) -> None:
        """After the last piece. Raises the first failure."""
        if self._first is not None:
            raise self._first
