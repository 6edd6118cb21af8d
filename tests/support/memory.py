"""How much memory this process takes, also for a moment."""

from __future__ import annotations

import gc
from pathlib import Path

_STATUS = Path("/proc/self/status")


class Peak:
    """From when it is made: by how many octets the memory has grown at most."""

    def __init__(self) -> None:
        gc.collect()
        # Forget the peak before (proc(5), /proc/pid/clear_refs).
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self._had = _read("VmRSS")

    def grown(self) -> int:
        return _read("VmHWM") - self._had


def _read(name: str) -> int:
    lines = _STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    (line,) = (one for one in lines if one.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024
