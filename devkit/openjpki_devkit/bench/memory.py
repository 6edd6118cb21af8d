"""Resident memory of a process, from /proc (proc_pid_status(5))."""

from __future__ import annotations

from pathlib import Path

SELF = "self"


def start_peak() -> int:
    """Let this process image's peak start anew; octets resident now.

    What starting Python took at its height does not count then. ``getrusage`` can't tell: its peak
    has the parent's from before exec.
    """
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return resident()


def peak() -> int:
    """Octets resident at most since ``start_peak``."""
    return _field("VmHWM")


def resident(process: int | str = SELF) -> int:
    """Octets resident now."""
    return _field("VmRSS", process)


def descriptors(process: int | str = SELF) -> int:
    """Files, sockets and the like that it has open."""
    return sum(1 for _ in Path(f"/proc/{process}/fd").iterdir())


def _field(which: str, process: int | str = SELF) -> int:
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == which:
            return int(value.split()[0]) * 1024
    raise LookupError(which)
