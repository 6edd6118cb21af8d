"""Standard streams that whoever began the command closed, as cron jobs and supervisors do."""

from __future__ import annotations

import errno
import os
import sys
from typing import Literal, TextIO

_nobody_reads = False


def open_closed_ones() -> None:
    """Puts nothing in their place. A file or a connection that got such a stream's number would be
    written to by whatever tells of faults there, libraries in C and child processes too."""
    global _nobody_reads
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_WRONLY), True)  # noqa: FBT003
    _nobody_reads = sys.stdout is None
    if sys.stdin is None:
        # Not as one that is empty: that may say something.
        sys.stdin = _nothing("r")
    if sys.stdout is None:
        sys.stdout = _nothing("w")
    if sys.stderr is None:
        sys.stderr = _nothing("w")


def _nothing(mode: Literal["r", "w"]) -> TextIO:
    """To write to; reading fails, as of a descriptor that is not there."""
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), mode, encoding="utf-8")


def require_reader() -> None:
    """Raises ``OSError`` where stdout was closed, for a command that does nothing but print: what
    other commands did, they have done."""
    if _nobody_reads:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), "standard output")
