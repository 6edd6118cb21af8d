"""What this process logs, as a service does, in a string."""

from __future__ import annotations

import io
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from openjpki.errors import OpenJpkiError
from openjpki.telemetry.logging import configure_logging

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def captured_logs(*, service: str = "test", level: str = "info") -> Iterator[io.StringIO]:
    """From ``level`` on, libraries' lines too; as before afterwards."""
    root = logging.getLogger()
    handlers, before = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging(service, level=level, stream=stream)
    try:
        yield stream
    finally:
        configure_logging("", level="warning")
        root.handlers[:] = handlers
        root.setLevel(before)


def refused_and_logged(call: Callable[[], object]) -> tuple[OpenJpkiError, str]:
    """What ``call`` is refused with, and what ca's log has of it."""
    with captured_logs(service="ca") as log, pytest.raises(OpenJpkiError) as refusal:
        call()
    return refusal.value, log.getvalue()
