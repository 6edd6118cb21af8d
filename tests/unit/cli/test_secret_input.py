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
from openjpki.rpc.identity.private_files import write_private
from tests.support.installation import answer, openjpki, refusal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_private(tmp_path / "passphrase", b"only for tests\n")
    write_private(tmp_path / "empty", b"\n")
    return tmp_path


def _make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return openjpki(
        "window", "make-key", "--key", "user.key", "--request", "user.p10", *words, cwd=folder
    )


def test_a_key_is_never_written_over(folder: Path) -> None:
    answer(_make(folder, "--passphrase-file", "passphrase"))
    before = (folder / "user.key").read_bytes(), (folder / "user.p10").read_bytes()
    # Not even when the command line says that files may be written over.
    done = _make(folder, "--passphrase-file", "passphrase", "--force")
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
    write_private(folder / "wrong", b"wrong\n")
    (folder / "user.p10").chmod(0o600)
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


def test_a_key_file_that_others_can_read_signs_nothing(folder: Path) -> None:
    answer(_make(folder, "--passphrase-file", "passphrase"))
    for mode in (0o644, 0o640, 0o604):
        (folder / "user.key").chmod(mode)
        told = refusal(
            openjpki(
                "sign", "passphrase", "--certificate", "user.p10", "--key", "user.key",
                "--passphrase-file", "passphrase", cwd=folder,
            )
        )  # fmt: skip
        assert told["error"] == "KEY_STORE_UNSAFE"


def test_a_passphrase_that_others_can_read_opens_nothing(folder: Path) -> None:
    (folder / "passphrase").chmod(0o644)
    told = refusal(_make(folder, "--passphrase-file", "passphrase"))
    assert (told["error"], told["field"]) == ("KEY_STORE_UNSAFE", "--passphrase-file")
    assert not (folder / "user.key").exists()
    (folder / "passphrase").chmod(0o440)
    answer(_make(folder, "--passphrase-file", "passphrase"))


def test_a_short_passphrase_is_none_for_a_new_key(folder: Path) -> None:
    write_private(folder / "short", b"eleven-char\n")
    told = refusal(_make(folder, "--passphrase-file", "short"))
    assert (told["error"], told["field"]) == ("INVALID_FIELD", "--passphrase-file")
    assert not (folder / "user.key").exists()


def test_a_new_key_is_as_hard_to_guess_as_an_authoritys(folder: Path) -> None:
    answer(_make(folder, "--passphrase-file", "passphrase"))
    shown = subprocess.run(
        ["openssl", "asn1parse", "-in", "user.key"],
        cwd=folder, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "PBKDF2" in shown
    assert "hmacWithSHA256" in shown
    assert "aes-256-cbc" in shown
    rounds = [int(line.rpartition(":")[2], 16) for line in shown.splitlines() if "INTEGER" in line]
    assert max(rounds) >= 600_000


def test_a_file_that_exists_is_written_over_only_when_told(folder: Path) -> None:
    (folder / "user.p10").write_text("something of somebody's")
    done = _make(folder, "--passphrase-file", "passphrase")
    assert done.returncode == ExitCode.USAGE
    assert "--force" in done.stderr
    assert (folder / "user.p10").read_text() == "something of somebody's"
    answer(_make(folder, "--passphrase-file", "passphrase", "--force"))
    assert b"something" not in (folder / "user.p10").read_bytes()


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


def _typed(folder: Path, *lines: str, language: str = "en") -> tuple[int, str]:
    """What a command does for somebody at a terminal who types these, and what they are shown."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        words = ["window", "make-key", "--key", "user.key", "--request", "user.p10"]
        os.execve(  # noqa: S606 - the child of a terminal's own
            sys.executable,
            [sys.executable, "-m", "openjpki.cli", *words, "--language", language],
            {**os.environ, "PYTHONUTF8": "1"},
        )
    shown, left = b"", list(lines)
    try:
        while piece := os.read(terminal, 4096):
            shown += piece
            # With the space, echoing is off: what is typed before would be thrown away.
            if left and shown.endswith(b": "):
                os.write(terminal, os.fsencode(f"{left.pop(0)}\n"))
    except OSError:
        # The other end is closed: it has ended.
        pass
    finally:
        os.close(terminal)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status), shown.decode()


@pytest.mark.parametrize(("language", "rule"), [("en", "no characters"), ("ja", "utf-8")])
def test_what_is_typed_in_another_encoding_is_no_fault(
    folder: Path, language: str, rule: str
) -> None:
    """Half of it would be on the terminal, and all of it where the fault is told."""
    status, shown = _typed(
        folder, os.fsdecode("渡辺幸雄の合言葉".encode("cp932")), language=language
    )
    assert status == ExitCode.REFUSED
    assert "--passphrase-file" in shown
    assert rule in shown
    assert "Traceback" not in shown
    assert not (folder / "user.key").exists()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Passphrase: ", "Repeat for confirmation: ", "They differ; type both again.")),
        ("ja", ("パスフレーズ: ", "もう一度: ", "一致しません。入力し直してください。")),
    ],
)
def test_a_new_passphrase_is_typed_twice_alike(
    folder: Path, language: str, words: tuple[str, ...]
) -> None:
    typed = ("four words of mine", "four words of yours", "four words of mine")
    status, shown = _typed(folder, *typed, "four words of mine", language=language)
    assert status == ExitCode.OK
    for each in words:
        assert each in shown
    # Nothing that was typed is seen.
    assert "four words" not in shown
    (folder / "phrase").write_bytes(b"four words of mine\n")
    (folder / "phrase").chmod(0o600)
    opened = subprocess.run(
        ["openssl", "pkey", "-in", "user.key", "-passin", "file:phrase", "-noout"],
        cwd=folder,
        check=False,
    )
    assert opened.returncode == 0
