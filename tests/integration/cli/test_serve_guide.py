"""`openjpki serve`: what it prints is true, each command it prints works, Ctrl-C ends it all."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

APPLICATION = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SERIAL = re.compile(r"\b[0-9a-f]{30,40}\b")
PASSPHRASE = "only for tests"  # noqa: S105
BIN = Path(sys.executable).parent
README = Path(__file__).resolve().parents[3] / "README.md"


class Serving:
    """A running `openjpki serve` and what it printed."""

    def __init__(self, home: Path) -> None:
        program = str(BIN / "openjpki")
        command = [program, "--output", "json", "serve", "--free-ports", "--home", str(home)]
        self.process = subprocess.Popen(
            # Where the tests run in the background, Ctrl-C is ignored, and children inherit that.
            ["env", "--default-signal=INT", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=(home.parent / "serve.err").open("wb"),
        )
        assert self.process.stdout is not None
        text = ""
        for line in self.process.stdout:
            text += line.decode()
            if line == b"}\n":
                break
        assert text, (home.parent / "serve.err").read_text()
        self.told: dict[str, Any] = json.loads(text)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    started = Serving(tmp_path_factory.mktemp("serve") / "home")
    yield started
    if started.process.poll() is None:
        started.process.send_signal(signal.SIGINT)
        started.process.wait(60)


def test_the_printed_commands_work_one_after_the_other(serving: Serving, tmp_path: Path) -> None:
    exports = [
        line for line in serving.told["commands"] if line.startswith(("export ", "mkdir -p "))
    ]
    known: dict[str, str] = {}
    said: dict[str, str] = {}
    for command in serving.told["commands"]:
        if command in exports:
            continue
        for placeholder, value in known.items():
            command = command.replace(placeholder, value)  # noqa: PLW2901
        done = _in_a_terminal("; ".join([*exports, command]), tmp_path)
        words = command.split()
        # The last one asks about what was revoked, and a script is to notice.
        wanted = ExitCode.NOT_VALID if words[1:3] == ["verifier", "check"] else ExitCode.OK
        assert done.returncode == wanted, f"{command}\n{done.stdout}\n{done.stderr}"
        said[" ".join(words[:3])] = done.stdout
        if words[:2] == ["openjpki", "verify"]:
            _what_readme_says_of_it(serving, exports, tmp_path)
        if "submit" in words and (found := APPLICATION.search(done.stdout)):
            known["APPLICATION"] = found[0]
        if "decide" in words and (found := SERIAL.search(done.stdout)):
            known["SERIAL"] = found[0]
    assert len(known) == 2
    assert "NOT VALID" not in said["openjpki verify letter.txt"]
    assert "passed: not revoked" in said["openjpki verify letter.txt"]
    assert "user.pem: good" in said["openssl ocsp -url"]
    assert "revoked" in said["openjpki verifier check"]
    listed = subprocess.run(
        ["openssl", "crl", "-inform", "DER", "-in", "list.der", "-noout", "-text"],
        cwd=next((Path(serving.told["home"]) / "play").iterdir()),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert known["SERIAL"].upper() in listed


def _what_readme_says_of_it(serving: Serving, exports: list[str], folder: Path) -> None:
    """ "Verify a document": in Python, and on the command line with an address and credentials."""
    section = README.read_text("utf-8").split("## Verify a document", 1)[1].split("\n## ", 1)[0]
    (program,) = re.findall(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    (folder / "readme.py").write_text(program, "utf-8")
    run = f"{sys.executable} {folder / 'readme.py'}"
    done = _in_a_terminal("; ".join([*exports, run]), folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("True\n")
    commands = re.findall(r"`(openjpki verify [^`]*)`", section)
    (command,) = [one for one in commands if "status.example:8443" in one]
    target = serving.told["endpoints"]["ocsp"]["rpc"]
    credentials = Path(serving.told["credentials"], "verifier", "tax-office")
    typed = command.replace("\n", " ").replace("status.example:8443", target)
    typed = typed.replace("FOLDER", str(credentials))
    done = _in_a_terminal("; ".join([*exports, typed]), folder)
    assert done.returncode == 0, done.stderr
    assert "passed: not revoked" in done.stdout


def test_ctrl_c_ends_everything(serving: Serving) -> None:
    home = serving.told["home"]
    pids = _processes_of(home)
    assert len(pids) == 4
    serving.process.send_signal(signal.SIGINT)
    assert serving.process.wait(60) == 0
    assert _processes_of(home) == []
    assert not (Path(home) / "endpoints.json").exists()
    for endpoint in serving.told["endpoints"].values():
        host, port = endpoint["rpc"].split(":")
        with socket.socket() as probe:
            assert probe.connect_ex((host, int(port))) != 0


def test_a_polite_kill_ends_everything_too(tmp_path: Path) -> None:
    serving = Serving(tmp_path / "home")
    home = serving.told["home"]
    assert len(_processes_of(home)) == 4
    serving.process.terminate()
    serving.process.wait(60)
    assert _processes_of(home) == []


def _in_a_terminal(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs it as typed; the passphrase is entered whenever one is asked for."""
    ours, theirs = pty.openpty()
    done = threading.Event()

    def type_passphrase() -> None:
        # A prompt throws away what was typed before it.
        while not done.wait(0.3):
            os.write(ours, f"{PASSPHRASE}\n".encode())

    if re.search(r"make-key|openjpki sign", command):
        threading.Thread(target=type_passphrase, daemon=True).start()
    try:
        return subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            stdin=theirs,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=60,
            env={**os.environ, "COLUMNS": "120", "NO_COLOR": "1"},
            start_new_session=True,
        )
    finally:
        done.set()
        os.close(theirs)


def _processes_of(home: str) -> list[int]:
    """Processes started with the installation's settings."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if any(word.startswith(home) and word.endswith("settings.toml") for word in words):
                found.append(int(folder.name))
    return found
