"""The commands of docs/operations.md, as typed there, and databases that they are run on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from openjpki_devkit.bench import postgres
from tests.support import command_line
from tests.support.postgres import postgres_server

__all__ = ["postgres_server"]

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = ROOT / "docs" / "operations.md"
_OUR_COMMAND = re.compile(r"openjpki( [\w./:=+-]+)+\s*")
"""One of ours in words that a shell leaves as they are: it needs none."""
_COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(heading: str) -> list[str]:
    """The blocks of commands under a heading, in order."""
    level = heading.split(" ", 1)[0]
    text = DOCUMENT.read_text("utf-8")
    section = re.split(rf"^{re.escape(heading)}$", text, maxsplit=1, flags=re.MULTILINE)[1]
    section = re.split(rf"^#{{1,{len(level)}}} ", section, maxsplit=1, flags=re.MULTILINE)[0]
    return [str(block) for block in _COMMANDS.findall(section)]


class Shell:
    """Runs blocks of the document in a shell that has these variables and the usual programs."""

    def __init__(self, folder: Path, programs: Path | None = None) -> None:
        self.folder = folder
        self.variables: dict[str, str] = {"TAKEN_BACK": os.devnull}
        ours = [str(Path(sys.executable).parent)]
        if programs is not None:
            ours.insert(0, str(programs))
        self._path = os.pathsep.join([*ours, os.environ["PATH"]])

    def run(self, block: str, **variables: str) -> str:
        """What it printed; every command of it must succeed."""
        named = {**self.variables, **variables, "PATH": self._path}
        if _OUR_COMMAND.fullmatch(block):
            done = command_line.run(
                block.split()[1:], cwd=self.folder, variables=named, timeout=300
            )
        else:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block],
                cwd=self.folder,
                env={**os.environ, **named},
                capture_output=True,
                check=False,
                timeout=300,
            )
        stdout, stderr = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == 0, f"{block}\n{stdout}\n{stderr}"
        return stdout


def programs() -> Path:
    """Folder of PostgreSQL's client programs, of the server's own version."""
    found: list[Path] = [one for one in postgres.program_folders() if (one / "pg_dump").exists()]
    return found[0]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path, programs())
