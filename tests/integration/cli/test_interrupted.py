"""Ctrl-C while a command works here: the right exit status, whole lines, no half of a file."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from openjpki.cli.exit_codes import ExitCode
from tests.support.installation import begun, interrupted
from tests.support.json_document import require_refusal
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path


def test_answers_of_a_batch_are_whole_lines(tmp_path: Path) -> None:
    line = json.dumps({"id": "x" * 200, "target": "absent", "anchors": []}).encode() + b"\n"
    (tmp_path / "questions").write_bytes(line * 20_000)
    with begun("path", "batch", "questions", cwd=tmp_path) as process:
        assert process.stdout is not None
        # More than a pipe holds: the rest is not answered before it is read.
        first = process.stdout.readline()
        stdout, stderr = interrupted(process)
    assert require_refusal(stderr)["error"] == "INTERRUPTED"
    lines = (first + stdout).splitlines(keepends=True)
    assert len(lines) < 20_000
    assert all(one.endswith(b"\n") and json.loads(one)["id"] for one in lines)


def test_a_file_that_is_being_written_is_not_there(tmp_path: Path) -> None:
    with begun("register", "generate", "register.csv", "--count", "9000000", cwd=tmp_path) as busy:
        wait_until(lambda: any(tmp_path.iterdir()))
        stdout, stderr = interrupted(busy)
    assert stdout == b""
    assert require_refusal(stderr)["metadata"] == {}
    assert list(tmp_path.iterdir()) == []


def test_at_the_question_for_a_passphrase(tmp_path: Path) -> None:
    """On a terminal, where the key itself is pressed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [
            "env", "--default-signal=INT", "setsid", "--ctty", "--wait",
            sys.executable, "-m", "openjpki.cli", "window", "make-key", "--key",
            str(tmp_path / "key.pem"), "--request", str(tmp_path / "request.p10"),
        ],
        stdin=theirs, stdout=subprocess.PIPE, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = _shown_until(ours, b"Passphrase")
    os.write(ours, b"\x03")
    shown += _shown_until(ours, b"INTERRUPTED")
    stdout, _ = process.communicate(timeout=60)
    os.close(ours)
    assert (process.returncode, stdout) == (ExitCode.INTERRUPTED, b"")
    assert b"Traceback" not in shown
    assert re.search(rb"\n(\x1b\[[0-9;]*m)?INTERRUPTED", shown)
    assert list(tmp_path.iterdir()) == []


def _shown_until(terminal: int, text: bytes) -> bytes:
    shown = b""
    while text not in shown:
        assert select.select([terminal], [], [], 60)[0], shown
        shown += os.read(terminal, 4096)
    return shown


def test_pressed_again_and_again(tmp_path: Path) -> None:
    """Who is impatient is told no more than once, and never of our code."""
    with begun("register", "generate", "register.csv", "--count", "9000000", cwd=tmp_path) as busy:
        wait_until(lambda: any(tmp_path.iterdir()))
        for _ in range(5):
            busy.send_signal(signal.SIGINT)
        stdout, stderr = interrupted(busy)
    assert stdout == b""
    assert require_refusal(stderr)["error"] == "INTERRUPTED"
    assert list(tmp_path.iterdir()) == []
