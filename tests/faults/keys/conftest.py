"""Faults happen to programs of their own: what they break, a crash included, is theirs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from openjpki.keys.choose_backend import KeySettings, choose_backend
from openjpki_devkit.embedded.softhsm import SoftHsm, find_module

PROGRAMS = Path(__file__).parent / "programs"
TOKEN = "faults"  # noqa: S105 - a name


@dataclass(frozen=True)
class Device:
    """A SoftHSM2 token that no other test knows."""

    softhsm: SoftHsm
    pin_file: Path

    def run(self, program: str, *arguments: str) -> dict[str, Any]:
        """What the program says; fails when it does not end with status 0."""
        done = subprocess.run(
            [
                sys.executable,
                str(PROGRAMS / program),
                str(find_module()),
                TOKEN,
                str(self.pin_file),
                *arguments,
            ],
            env={**os.environ, **self.softhsm.environment},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        # A negative status is the signal that killed it.
        assert done.returncode == 0, f"status {done.returncode}\n{done.stderr[-4000:]}"
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


@pytest.fixture
def device(tmp_path: Path) -> Device:
    """A fresh token in a directory of its own. Fails where SoftHSM2 is not installed."""
    softhsm = SoftHsm.create(tmp_path / "softhsm")
    return Device(softhsm, softhsm.add_token(TOKEN))


@pytest.fixture
def software_settings(tmp_path: Path) -> KeySettings:
    """Settings of a fresh directory for key files, already created."""
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("correct horse battery staple\n", encoding="utf-8")
    passphrase.chmod(0o600)
    settings = KeySettings("software", directory=tmp_path / "keys", passphrase_file=passphrase)
    choose_backend(settings)
    return settings
