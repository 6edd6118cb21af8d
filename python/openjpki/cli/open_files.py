"""As many open files as a service may have connections: shells and containers often give fewer."""

from __future__ import annotations

import resource
from contextlib import suppress
from typing import Final

from openjpki.telemetry.logging import get_logger

_log = get_logger("server")

BESIDES: Final = 256
"""Beside the connections of callers: to databases, peers and devices, those to the ports for probes
and metrics, and the service's own files."""


def allow_open_files(max_connections: int) -> None:
    """Raise this process's limit as far as it may itself, and say where that is not enough: what
    is beyond the limit fails wherever a file is opened next, and not at the door."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Some systems say that there is no end and mean another one: then it stays as it is.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = max_connections + BESIDES
    if allowed != resource.RLIM_INFINITY and allowed < needed:
        _log.warning(
            "fewer files may be open than max_connections needs", allowed=allowed, needed=needed
        )
