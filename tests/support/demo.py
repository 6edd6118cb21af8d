"""`openjpki demo`: what it said and the folder it left.

Run once a session by the fixture ``demo`` (tests/support/sharing.py).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.installation import openjpki
from tests.support.openssl import openssl

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


@dataclass(frozen=True)
class Demo:
    """A run of the demo."""

    folder: Path
    done: subprocess.CompletedProcess[str]

    def transcript(self) -> list[dict[str, Any]]:
        text = (self.folder / "transcript.json").read_text(encoding="utf-8")
        steps: list[dict[str, Any]] = json.loads(text)
        return steps

    def facts(self, number: str, title: str) -> dict[str, Any]:
        """What the transcript says came of a step."""
        (step,) = [
            one for one in self.transcript() if one["number"] == number and one["title"] == title
        ]
        facts: dict[str, Any] = step["facts"]
        return facts

    def openssl(self, arguments: str) -> subprocess.CompletedProcess[str]:
        return openssl(self.folder, arguments)


def run_demo(folder: Path, *arguments: str) -> Demo:
    """Runs it in a folder and expects it to end well."""
    done = openjpki("demo", "--directory", str(folder), *arguments)
    assert done.returncode == 0, done.stderr
    return Demo(folder, done)
