"""The `openssl` command as a judge."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def openssl(folder: Path, arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `openssl <arguments>` in ``folder``; the caller reads returncode, stdout and stderr."""
    return subprocess.run(
        ["openssl", *shlex.split(arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
