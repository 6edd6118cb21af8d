"""Passphrases: from a file or a terminal, never empty, never in place of a key that is there."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from openjpki.cli.exit_codes import ExitCode
from tests.support.installation import answer, openjpki, refusal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "passphrase").write_text("only for tests\n")
    (tmp_path / "empty").write_text("\n")
    return tmp_path


def _make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return openjpki(
        "window", "make-key", "--key", "user.key", "--request", "user.p10", *words, cwd=folder
    )


def test_a_key_is_never_written_over(folder: Path) -> None:
    answer(_make(folder, "--passphrase-file", "passphrase"))
    before = (folder / "user.key").read_bytes(), (folder / "user.p10").read_bytes()
    done = _make(folder, "--passphrase-file", "passphrase")
    assert done.returncode == ExitCode.REFUSED
    assert refusal(done)["error"] == "KEY_EXISTS"
    assert before == ((folder / "user.key").read_bytes(), (folder / "user.p10").read_bytes())


@pytest.mark.parametrize("words", [("--passphrase-file", "empty"), ()], ids=["empty", "nobody"])
def test_no_passphrase_no_key(folder: Path, words: tuple[str, ...]) -> None:
    """Without a terminal nobody is there to ask: the option is named instead."""
    done = _make(folder, *words)
    assert done.returncode == ExitCode.REFUSED
    assert '"field": "--passphrase-file"' in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "user.key").exists()


def test_signing_tells_a_wrong_passphrase_from_a_wrong_file(folder: Path) -> None:
    answer(_make(folder, "--passphrase-file", "passphrase"))
    (folder / "wrong").write_text("wrong\n")
    for key, secret, reason in [
        ("user.key", "wrong", "KEY_CREDENTIAL_REFUSED"),
        ("user.p10", "passphrase", "KEY_TYPE_REFUSED"),
    ]:
        told = refusal(
            openjpki(
                "sign", "passphrase", "--certificate", "user.p10", "--key", key,
                "--passphrase-file", secret, cwd=folder,
            )
        )  # fmt: skip
        assert (told["error"], told["field"]) == (reason, "--key")


def test_ctrl_c_at_a_prompt_is_130(folder: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "openjpki.cli.main", "window", "make-key"]
    process = subprocess.Popen(
        # Where the tests run in the background, Ctrl-C is ignored, and children inherit that.
        ["env", "--default-signal=INT", *command, "--key", "user.key", "--request", "user.p10"],
        cwd=folder,
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        told = b""
        while b"Passphrase" not in told:
            piece = os.read(process.stderr.fileno(), 1000)
            assert piece, told
            told += piece
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == ExitCode.INTERRUPTED
        assert b"Traceback" not in told + process.stderr.read()
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)
    assert not (folder / "user.key").exists()
