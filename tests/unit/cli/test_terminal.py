"""Foreign text on a terminal, narrow terminals, and terminals that can't show every character."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest
from rich.cells import cell_len

from openjpki.cli import output
from openjpki.cli.program_words import asks_for_json, program_words_first
from openjpki.cli.visible import visible
from openjpki.errors import Language, OpenJpkiError, Reason

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

LINE = """
import sys
from openjpki.cli import output
output.prepare_streams()
output.emit_line({"name": sys.argv[2]})
"""


def printed(format_: str, *, name: str = NAME, program: str = PRINT, **environment: str) -> bytes:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, "-c", program, format_, name, SERIAL, FINGERPRINT],
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


HOSTILE = "a\x1b[2J\x7f\x9b31m\u202e\u2066\U000e0001\nfake: yes"
"""Clears the screen, colours, turns words round, and begins a line that reads as another answer."""


def test_a_program_s_answer_moves_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON that is looked at by people: the same value, and nothing for a terminal to obey."""
    try:
        output.use_format(output.OutputFormat.JSON)
        output.emit({"name": HOSTILE, "国": ["髙𠮷", HOSTILE]})
        output.report(OpenJpkiError(Reason.INTERNAL, HOSTILE, **{HOSTILE: HOSTILE}))
    finally:
        output.use_format(output.OutputFormat.TABLE)
    told = capsys.readouterr()
    assert json.loads(told.out) == {"name": HOSTILE, "国": ["髙𠮷", HOSTILE]}
    refusal = json.loads(told.err)
    assert (refusal["message"], refusal["metadata"]) == (HOSTILE, {HOSTILE: HOSTILE})
    for shown in (told.out, told.err):
        assert shown.replace("\n", "").isprintable()
    assert "髙𠮷" in told.out


def test_no_name_of_anything_begins_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    """Keys that a service sent, values within values, and rows of a table."""
    output.emit({"name": HOSTILE, "facts": {HOSTILE: HOSTILE}, "list": [HOSTILE]})
    output.emit_rows([{"name": HOSTILE}])
    output.report(OpenJpkiError(Reason.INTERNAL, HOSTILE, **{HOSTILE: HOSTILE}))
    told = capsys.readouterr()
    for shown in (told.out, told.err):
        assert shown.replace("\n", "").isprintable()
        assert not any(line.strip("│┃ ").startswith("fake") for line in shown.splitlines())


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("format_", ["table", "json"])
def test_no_encoding_ends_a_command(encoding: str, format_: str) -> None:
    told = printed(format_, PYTHONIOENCODING=encoding).decode(encoding)
    assert SERIAL in told
    if format_ == "json":
        first, rows = told.split("\n[", 1)
        assert json.loads(first)["name"] == NAME
        assert json.loads(f"[{rows}")[0]["name"] == NAME


@pytest.mark.parametrize("encoding", ["cp932", "ascii", "utf-8"])
def test_a_line_of_many_is_json_in_every_encoding(encoding: str) -> None:
    (line,) = (
        printed("table", program=LINE, PYTHONIOENCODING=encoding).decode(encoding).splitlines()
    )
    assert json.loads(line) == {"name": NAME}


@pytest.mark.parametrize("format_", ["table", "json"])
def test_whoever_has_read_enough_ends_no_command(format_: str) -> None:
    """As `| head -1` does. What was done is done, and the exit code says what was found."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [
            *(sys.executable, "-c", f"{PRINT}\nsys.exit(4)"),
            *(format_, NAME, SERIAL, FINGERPRINT),
        ],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (4, b"")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--help",), 0),
        (("--help", "--language", "ja"), 0),
        (("window", "submit", "--help"), 0),
        (("--version",), 0),
        # A group without a command is a wrong usage, whoever reads its help.
        (("window",), 2),
    ],
)
def test_whoever_has_read_enough_of_the_help_is_told_of_no_fault(
    words: tuple[str, ...], status: int
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "openjpki.cli", *words],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (status, b"")


def test_a_full_disk_is_told_of_whatever_was_to_be_shown() -> None:
    for words in (("--help",), ("--version",)):
        with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
            done = subprocess.run(
                [sys.executable, "-m", "openjpki.cli", *words],
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
            )
        assert done.returncode == 1
        assert b"standard output: No space left on device" in done.stderr
        assert b"Traceback" not in done.stderr
        assert b"Exception ignored" not in done.stderr


def test_the_locale_of_programs_is_enough() -> None:
    assert SERIAL.encode() in printed("table", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")


@pytest.mark.parametrize("columns", ["0", "00", ""])
def test_a_terminal_without_a_size_shows_all(columns: str) -> None:
    told = printed("table", PYTHONIOENCODING="utf-8", COLUMNS=columns).decode()
    assert told.count(SERIAL) == 2
    done = subprocess.run(
        [sys.executable, "-m", "openjpki.cli", "--help"],
        env=os.environ | {"COLUMNS": columns},
        capture_output=True,
        check=False,
    )
    assert b"openjpki [OPTIONS] COMMAND" in done.stdout


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
        (["verify", "a", "-ojson"], ["-ojson", "verify", "a"]),
        (["verify", "--language", "ja"], ["--language", "ja", "verify"]),
        (["verify", "--language=ja", "a"], ["--language=ja", "verify", "a"]),
    ],
)
def test_the_programs_own_options_may_stand_anywhere(words: list[str], first: list[str]) -> None:
    assert program_words_first(words) == first
    assert asks_for_json(words) == (
        first[:2] in (["--output", "json"], ["-o", "json"])
        or first[0] in ("--output=json", "-ojson")
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
    code = (
        "from openjpki.cli.secret_input import PASSPHRASE, ask; "
        "ask(PASSPHRASE, '--passphrase-file')"
    )
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


ROWS = [
    {"officer": f"window-officer/13101/{name}", "key_sha256": FINGERPRINT, "until": "2027-11-29"}
    for name in ("one", "two")
]


def shown_at(monkeypatch: pytest.MonkeyPatch, columns: int, language: Language) -> list[str]:
    """Lines that a terminal is given."""
    written = io.StringIO()
    monkeypatch.setattr(output, "_language", language)
    console = output._Stdout(file=written, force_terminal=True, width=columns, no_color=True)
    monkeypatch.setattr(output, "stdout", console)
    output.emit_rows(ROWS)
    return written.getvalue().splitlines()


@pytest.mark.parametrize("language", list(Language))
def test_rows_stand_side_by_side_where_they_fit_and_else_below_each_other(
    monkeypatch: pytest.MonkeyPatch, language: Language
) -> None:
    side_by_side = shown_at(monkeypatch, 160, language)
    assert sum(FINGERPRINT in line and "2027-11-29" in line for line in side_by_side) == 2
    below = shown_at(monkeypatch, 80, language)
    # No line of the terminal goes on in the next one, whatever takes two columns there.
    assert all(cell_len(line) <= 80 for line in below), below
    assert sum(FINGERPRINT in line for line in below) == 2
    assert not any(FINGERPRINT in line and "2027-11-29" in line for line in below)
