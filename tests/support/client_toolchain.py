"""One client of another language: what it needs, and the commands of its README."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

CLIENTS = Path(__file__).parents[2] / "clients"
SCRIPTS = sysconfig.get_path("scripts")

_BLOCK = re.compile(r"^(\w+):\n\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Need:
    """A program, how it is asked for its version, and the least that will do."""

    program: str
    asked: str
    at_least: tuple[int, ...]

    def missing(self) -> str | None:
        """What is not there, for people."""
        wanted = f"{self.program} {'.'.join(map(str, self.at_least))} or newer"
        if shutil.which(self.program) is None:
            return wanted
        done = subprocess.run(
            [self.program, self.asked], capture_output=True, text=True, check=False
        )
        # The first number that is no terminal's colour.
        found = re.search(r"(?<!\[)\d+(?:\.\d+)*", done.stdout + done.stderr)
        version = tuple(map(int, found.group().split("."))) if found else ()
        return None if version >= self.at_least else wanted


@dataclass(frozen=True)
class Client:
    """A folder below clients/."""

    folder: str
    needs: tuple[Need, ...]

    def missing(self) -> list[str]:
        return [said for need in self.needs if (said := need.missing())]

    def command(self, title: str) -> str:
        """The commands that README gives under this title."""
        blocks = dict(_BLOCK.findall((CLIENTS / self.folder / "README.md").read_text()))
        return str(blocks[title])

    def run(self, title: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs them as they stand there."""
        environment: Mapping[str, str] = {
            **os.environ,
            **variables,
            # buf is one of our own development tools.
            "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}",
            # What is too old is said, not fetched.
            "GOTOOLCHAIN": "local",
        }
        return subprocess.run(
            ["bash", "-euc", self.command(title)],
            cwd=CLIENTS / self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )


GO = Client("go", (Need("go", "version", (1, 26)),))
JAVA = Client(
    "java",
    (
        Need("javac", "-version", (17,)),
        Need("java", "-version", (17,)),
        Need("mvn", "--version", (3, 8)),
    ),
)
TYPESCRIPT = Client(
    "typescript", (Need("node", "--version", (20,)), Need("npm", "--version", (9,)))
)


ALL = (GO, JAVA, TYPESCRIPT)


def at_hand(client: Client) -> Client:
    """This one, its tools being there; else the test is skipped, and so named in the summary."""
    missing = client.missing()
    if missing:
        pytest.skip(f"clients/{client.folder} is not tried here: it needs {', '.join(missing)}")
    return client


def built(client: Client) -> Client:
    """This one, built as its README says, once a session; skipped as by :func:`at_hand`."""
    failed = _failure_of_building(at_hand(client))
    assert not failed, failed
    return client


@functools.cache
def _failure_of_building(client: Client) -> str:
    done = client.run("Build")
    return "" if done.returncode == 0 else done.stdout + done.stderr


def told(line: str) -> dict[str, Any]:
    """The one line of JSON, whatever a runtime says before it."""
    parsed: dict[str, Any] = json.loads(line.strip().splitlines()[-1])
    return parsed
