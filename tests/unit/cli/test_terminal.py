"""Foreign text on a terminal, narrow terminals, and terminals that can't show every character."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from openjpki.cli.program_words import asks_for_json, program_words_first
from openjpki.cli.visible import visible

SERIAL = "7f" * 20
FINGERPRINT = "ab" * 32
NAME = "髙𠮷 葛\U000e0100城"
"""Outside JIS X 0208, outside the BMP, and with an ideographic variation sequence."""

PRINT = """
import sys
from openjpki.cli import output
output.prepare_streams()
output.use_format(output.OutputFormat(sys.argv[1]))
name, serial, fingerprint = sys.argv[2:5]
output.emit({"name": name, "serial": serial, "fingerprint": fingerprint}, title=name)
output.emit_rows([{"serial": serial, "name": name, "fingerprint": fingerprint, "more": "x " * 60}])
"""


def printed(format_: str, *, name: str = NAME, **environment: str) -> bytes:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, "-c", PRINT, format_, name, SERIAL, FINGERPRINT],
        env=inherited | environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        (NAME, NAME),
        ("\x1b]0;title\x07\x1b[2J", "\\x1b]0;title\\x07\\x1b[2J"),
        ("a\u202etxt.exe", "a\\u202etxt.exe"),
        ("a\u2066b\u2069\u200f", "a\\u2066b\\u2069\\u200f"),
        ("line\r\nnext\u2028", "line\\x0d\\x0anext\\u2028"),
        ("\U000e0001tag", "\\U000e0001tag"),
        ("\u0000\u0085\u009b31m", "\\x00\\x85\\x9b31m"),
    ],
)
def test_what_a_terminal_obeys_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_foreign_text_reaches_the_terminal_written_out() -> None:
    told = printed("table", name="\x1b[31mred\u202e", PYTHONIOENCODING="utf-8").decode()
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "\\x1b[31mred\\u202e" in told
    # A program gets what there was.
    found = printed("json", name="\x1b[31mred\u202e", PYTHONIOENCODING="utf-8")
    assert json.loads(found.split(b"\n[")[0])["name"] == "\x1b[31mred\u202e"


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("format_", ["table", "json"])
def test_no_encoding_ends_a_command(encoding: str, format_: str) -> None:
    told = printed(format_, PYTHONIOENCODING=encoding).decode(encoding)
    assert SERIAL in told
    if format_ == "json":
        first, rows = told.split("\n[", 1)
        assert json.loads(first)["name"] == NAME
        assert json.loads(f"[{rows}")[0]["name"] == NAME


def test_the_locale_of_programs_is_enough() -> None:
    assert SERIAL.encode() in printed("table", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")


@pytest.mark.parametrize("columns", ["20", "60", "80", "200"])
def test_what_is_copied_stands_on_one_line(columns: str) -> None:
    told = printed("table", PYTHONIOENCODING="utf-8", COLUMNS=columns).decode()
    assert told.count(SERIAL) == 2
    assert told.count(FINGERPRINT) == 2


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["verify", "a", "b", "--output", "json"], ["--output", "json", "verify", "a", "b"]),
        (["verify", "--output=json", "a"], ["--output=json", "verify", "a"]),
        (["verify", "-o", "json"], ["-o", "json", "verify"]),
        (["sign", "--", "--output", "json"], ["sign", "--", "--output", "json"]),
        (["sign", "--output"], ["--output", "sign"]),
        (["sign", "a", "--force"], ["--force", "sign", "a"]),
    ],
)
def test_the_format_may_be_named_anywhere(words: list[str], first: list[str]) -> None:
    assert program_words_first(words) == first
    assert asks_for_json(words) == (
        first[:2] in (["--output", "json"], ["-o", "json"]) or (first[0] == "--output=json")
    )


@pytest.mark.parametrize(
    "words",
    [
        ["verifier", "chek", "--output", "json"],
        ["--output", "json", "verifier", "check"],
        ["sign", "-o", "json", "no-such-file"],
        ["-o", "json", "no-such-command"],
    ],
)
def test_a_program_is_told_of_wrong_usage_in_json(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "openjpki.cli", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    told = json.loads(done.stderr)
    assert told["error"] == "USAGE"
    assert told["message"]
    assert set(told) == {
        "error", "message", "field", "metadata", "text", "label", "violations", "next_step",
    }  # fmt: skip


def test_nobody_at_a_terminal_is_no_warning() -> None:
    """Without a terminal of its own, a command neither reads a passphrase aloud nor warns of it."""
    code = "from openjpki.cli.secret_input import ask; ask('Passphrase', '--passphrase-file')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert "GetPassWarning" not in done.stderr
    assert "--passphrase-file" in done.stderr
