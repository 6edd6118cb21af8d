"""Commands begun without one of the standard streams, as cron jobs and supervisors begin them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

_PRINT = """
from openjpki.cli import output
output.prepare_streams()
output.use_format(output.OutputFormat({format_!r}))
output.emit({{"name": "value"}})
output.emit_rows([{{"name": "value"}}])
output.say("word")
output.flush_stdout()
"""
_LINE = """
import sys
from openjpki.cli import output
output.prepare_streams()
try:
    output.emit_OF
except OSError as error:
    sys.exit(f"{error.filename}: {error.strerror}")
"""
_OPENED = """
import os, sys
from openjpki.cli.output import prepare_streams
prepare_streams()
opened = os.open(os.devnull, os.O_RDWR)
import subprocess
inherited = subprocess.run(["sh", "-c", ": >&1 && : >&2"]).returncode
sys.exit(0 if opened > 2 and not inherited else 9)
"""


def begun(closing: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f'exec "$@" {closing}', "bash", sys.executable, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("closing", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize("format_", ["table", "json"])
def test_what_was_done_is_done_whoever_reads(closing: str, format_: str) -> None:
    done = begun(closing, "-c", _PRINT.format(format_=format_))
    assert done.returncode == 0
    assert done.stderr in {"", "word\n"}


@pytest.mark.parametrize("words", [["--version"], ["--help"]])
def test_nobody_reads_the_help(words: list[str]) -> None:
    done = begun(">&-", "-m", "openjpki.cli", *words)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("of", ['line({"a": 1})', 'text("a")'])
def test_lines_that_are_all_there_is_are_missed(of: str) -> None:
    done = begun(">&-", "-c", _LINE.replace("OF", of))
    assert done.returncode == 1
    assert done.stderr == "standard output: Bad file descriptor\n"


def test_standard_input_that_is_closed_is_not_empty() -> None:
    done = begun(
        "<&-", "-m", "openjpki.cli", "authority", "init", "signing-13", "--policy", "-", "-ojson"
    )
    told = json.loads(done.stderr)
    assert (done.returncode, told["error"], told["field"]) == (1, "FILE", "standard input")


def test_nobody_is_asked_on_standard_input_that_is_closed() -> None:
    code = "from openjpki.cli import output, secret_input as s; output.prepare_streams(); "
    done = subprocess.run(
        ["bash", "-c", 'exec "$@" <&-', "bash", sys.executable, "-c", f"{code}s.ask(s.PIN, '--p')"],
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert "must be named where nobody is at a terminal" in done.stderr


@pytest.mark.parametrize("closing", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_no_file_takes_their_numbers(closing: str) -> None:
    """What a library tells on stderr would be written into it."""
    assert begun(closing, "-c", _OPENED).returncode == 0
