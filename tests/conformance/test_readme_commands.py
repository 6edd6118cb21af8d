"""What README tells to run over what `make demo` leaves, run as it stands there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.demo import Demo

README = Path(__file__).resolve().parents[2] / "README.md"


def commands() -> list[str]:
    """The shell blocks of "Try it" that name the demo's folder."""
    section = README.read_text("utf-8").split("## Try it", 1)[1].split("\n## ", 1)[0]
    blocks: list[str] = re.findall(r"^```\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return [block for block in blocks if "build/demo" in block]


def test_readmes_commands_judge_the_demo(demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "demo").symlink_to(demo.folder, target_is_directory=True)
    said = ""
    blocks = commands()
    assert len(blocks) == 3
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for block in blocks:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path,
            env={**os.environ, "PATH": programs},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        said += done.stdout + done.stderr
    assert "user.pem: OK" in said
    assert "Response verify OK" in said
    assert "user.pem: revoked" in said
    assert "official.pem: OK" in said
    assert re.search(r"verdict\s+│ accept", said)
    (answer,) = re.findall(r"^\{.*\}$", said, re.MULTILINE)
    assert json.loads(answer)["verdict"] == "accept"
