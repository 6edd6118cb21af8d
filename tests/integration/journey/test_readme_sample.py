"""README's program for an agency, as typed there, against a running installation."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from openjpki.cli.key_file import load_key
from openjpki.config.clock import SystemClock
from openjpki.x509.foreign.cms import sign_detached
from tests.support.installation import PASSPHRASE

if TYPE_CHECKING:
    from tests.support.installation import RunningInstallation

README = Path(__file__).resolve().parents[3] / "README.md"
LETTER = "住民票の写しを送ってください。\n".encode()


def _sample() -> str:
    section = README.read_text("utf-8").split("## Verify a document", 1)[1].split("\n## ", 1)[0]
    (program,) = re.findall(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return str(program)


@pytest.mark.requirement("R5.2.1")
def test_the_sample_tells_a_good_document_from_a_changed_one(
    installation: RunningInstallation, tmp_path: Path
) -> None:
    resident = installation.issue()
    key = load_key(resident.key_file, PASSPHRASE)
    cms = sign_detached(LETTER, resident.certificate, key, SystemClock().now())
    (tmp_path / "letter.txt.p7s").write_bytes(cms)

    def run() -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", _sample()],
            cwd=tmp_path,
            env=os.environ | {"OPENJPKI_HOME": str(installation.home)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    (tmp_path / "letter.txt").write_bytes(LETTER)
    assert run()[0] == "True"
    (tmp_path / "letter.txt").write_bytes(LETTER + b" ")
    changed = run()
    assert changed[0] == "False"
    assert changed[1].startswith("signature: failed")
