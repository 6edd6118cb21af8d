"""Resident memory of this process image, from /proc (proc_pid_status(5))."""

from __future__ import annotations

from pathlib import Path


def start_peak() -> int:
    """Let the peak start anew; octets resident now.

    What starting Python took at its height does not count then. ``getrusage`` can't tell: its peak
    has the parent's from before exec.
    """
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _resident("VmRSS")


def peak() -> int:
    """Octets resident at most since ``start_peak``."""
    return _resident("VmHWM")


def _resident(which: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == which:
            return int(value.split()[0]) * 1024
    raise LookupError(which)
