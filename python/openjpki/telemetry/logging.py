"""Logs: one JSON object a line on stderr, for people when that is a terminal.

The chain is this project's own and not structlog's global one: a program that imports the client
keeps its own logging, and nothing is logged unredacted before the logs are configured.
"""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from threading import RLock
from typing import TYPE_CHECKING, Any, TextIO

import structlog

from openjpki.telemetry.failure import describe_failure
from openjpki.telemetry.redaction import redact
from openjpki.telemetry.scope import add_call

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from structlog.typing import FilteringBoundLogger, ProcessorReturnValue

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}

_NOT_WRITTEN = (OSError, ValueError)
"""Of a disk that is full, a collector that has ended, a stream that was closed."""

_stamped = structlog.processors.TimeStamper(fmt="iso", utc=True)


class _Output:
    """Where entries go and from which level on. One a process."""

    def __init__(self) -> None:
        self.level = LEVELS["warning"]
        self.service = ""
        self._lock = RLock()
        self._unwritten = 0
        self.write_to(sys.stderr)

    def write_to(self, stream: TextIO) -> None:
        self._render = (
            structlog.dev.ConsoleRenderer()
            if stream.isatty()
            else structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False)
        )
        self._lines = structlog.WriteLogger(stream)

    def gate(self, _logger: object, method: str, event: MutableMapping[str, Any]) -> Any:
        """Lets through what is important enough, with what every entry says."""
        if LEVELS.get(method, 0) < self.level:
            raise structlog.DropEvent
        event["service"] = self.service
        return event

    def render(
        self, logger: object, method: str, event: MutableMapping[str, Any]
    ) -> ProcessorReturnValue:
        return self._render(logger, method, event)

    def msg(self, line: str) -> None:
        """Writes a line. A disk that is full or a collector that has ended takes none: work goes on
        without, and the log says so when it can."""
        with self._lock:
            try:
                self._lines.msg(line)
            except _NOT_WRITTEN:
                self._unwritten += 1
                return
            if self._unwritten:
                with suppress(*_NOT_WRITTEN):
                    self._lines.msg(self._told())
                    self._unwritten = 0

    def _told(self) -> str:
        """Of lines that came late or not at all; at whatever level."""
        event = {
            "area": "log",
            "entries": self._unwritten,
            "event": "entries could not be written in time",
            "level": "warning",
            "service": self.service,
        }
        return str(self._render(None, "warning", _stamped(None, "warning", event)))

    debug = info = warning = error = msg


_output = _Output()


def configure_logging(service: str, *, level: str = "info", stream: TextIO | None = None) -> None:
    """Sets up this process's logs; called once by each program.

    ``level`` is debug, info, warning or error. Entries of libraries (warnings and worse) pass the
    same redaction.
    """
    _output.level = LEVELS[level]
    _output.service = service
    _output.write_to(stream or sys.stderr)
    root = logging.getLogger()
    root.handlers[:] = [_LibraryHandler()]
    root.setLevel(logging.WARNING)


def get_logger(area: str) -> FilteringBoundLogger:
    """A logger; ``area`` names the part that speaks, e.g. ``rpc``. Before
    :func:`configure_logging` it lets warnings and errors through."""
    logger: FilteringBoundLogger = structlog.wrap_logger(
        _output,
        processors=[
            _output.gate,
            add_call,
            structlog.processors.add_log_level,
            _stamped,
            _failures_without_values,
            redact,
            _output.render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS["debug"]),
        context_class=dict,
        cache_logger_on_first_use=True,
        area=area,
    )
    return logger


def debugging() -> bool:
    """Whether entries at debug are written; spares making them on every call."""
    return _output.level <= LEVELS["debug"]


_OURS_BELOW = frozenset({"openjpki.database"})
"""What stands below this room and speaks with the standard library's loggers: its entries hold
codes alone."""


class _LibraryHandler(logging.Handler):
    """Takes a library's entry as an event without its arguments, which hold its data.

    Only the text as written in the library's source is kept; one already mixed with values can't
    be told from it, so entries without arguments keep their place in the source only.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._log = get_logger("library")

    def emit(self, record: logging.LogRecord) -> None:
        event = str(record.msg) if record.args else "a library's message, withheld"
        if record.name in _OURS_BELOW:
            event = record.getMessage()
        fields: dict[str, Any] = {
            "library": record.name,
            "where": f"{record.filename}:{record.lineno}",
        }
        if record.exc_info and record.exc_info[1] is not None:
            fields["exc_info"] = record.exc_info[1]
        say = self._log.error if record.levelno >= logging.ERROR else self._log.warning
        say(event, **fields)


def _failures_without_values(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    failure = event.pop("exc_info", None)
    if failure is True:
        failure = sys.exc_info()[1]
    if isinstance(failure, BaseException):
        event.update(describe_failure(failure))
    return event
