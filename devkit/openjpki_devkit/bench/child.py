"""A part of a row in a process of its own, so that its peak memory is its own too."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def in_child(module: str, *arguments: str) -> Any:
    """What the module, run with these arguments, prints as JSON."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", module, *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout)
