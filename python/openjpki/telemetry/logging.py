"""Logs: one JSON object a line on stderr, for people when that is a terminal."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, TextIO

import structlog

from openjpki.telemetry.failure import describe_failure
from openjpki.telemetry.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from structlog.typing import FilteringBoundLogger, Processor

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def configure_logging(service: str, *, level: str = "info", stream: TextIO | None = None) -> None:
    """Sets up structlog and the standard library's logging for this process.

    ``level`` is debug, info, warning or error. Every entry passes the redaction, also those of
    libraries.
    """
    out = stream or sys.stderr
    number = _LEVELS[level]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(service),
        _failures_without_values,
        redact,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if out.isatty()
        else structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    handler = _LibraryHandler(number)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.WARNING))


def get_logger(area: str) -> FilteringBoundLogger:
    """A logger; ``area`` names the part that speaks, e.g. ``rpc``."""
    logger: FilteringBoundLogger = structlog.get_logger(area=area)
    return logger


class _LibraryHandler(logging.Handler):
    """Takes a library's entry as an event without its arguments, which hold its data.

    Only the text as written in the library's source is kept; one already mixed with values can't
    be told from it, so entries without arguments keep their place in the source only.
    """

    def emit(self, record: logging.LogRecord) -> None:
        event = str(record.msg) if record.args else "a library's message, withheld"
        fields: dict[str, Any] = {
            "library": record.name,
            "where": f"{record.filename}:{record.lineno}",
        }
        if record.exc_info and record.exc_info[1] is not None:
            fields["exc_info"] = record.exc_info[1]
        structlog.get_logger(area="library").log(record.levelno, event, **fields)


def _named(service: str) -> Processor:
    def add(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        event["service"] = service
        return event

    return add


def _failures_without_values(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    failure = event.pop("exc_info", None)
    if failure is True:
        failure = sys.exc_info()[1]
    if isinstance(failure, BaseException):
        event.update(describe_failure(failure))
    return event
