"""What the command line says of itself, in Japanese: all of it, and nothing that is not said."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import typer

from openjpki.cli import main as command_line
from openjpki.cli import output
from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.japanese.help import HELP, TABLES, in_japanese
from openjpki.cli.lazy_command import LazyCommand, load
from openjpki.errors import Language

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OF_THE_LIBRARY = {"Install completion for the specified shell."}


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """The format and language of a run are the process's."""
    monkeypatch.setattr(output, "_format", output.OutputFormat.TABLE)
    monkeypatch.setattr(output, "_language", Language.EN)


def _commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with the words that call it, groups and those that stand for one too."""
    yield words, command
    if isinstance(command, LazyCommand):
        yield from _commands(load(command._entry), words)
        return
    for name, below in getattr(command, "commands", {}).items():
        yield from _commands(below, (*words, name))


COMMANDS = list(_commands(command_line.program()))


def _texts(command: Any) -> Iterator[str]:
    parameters = command.get_params(typer.Context(command))
    for one in (command, *parameters):
        yield from inspect.cleandoc(one.help or "").split("\n\n")
        if panel := getattr(one, "rich_help_panel", None):
            yield panel


@pytest.mark.parametrize(
    ("words", "command"), COMMANDS, ids=[" ".join(words) or "openjpki" for words, _ in COMMANDS]
)
def test_every_text_of_every_command_has_its_japanese(words: tuple[str, ...], command: Any) -> None:
    said = {" ".join(text.split()) for text in _texts(command)}
    assert sorted(said - set(HELP)) == [], words


def test_nothing_is_kept_that_no_command_says() -> None:
    said = {" ".join(text.split()) for _, command in COMMANDS for text in _texts(command)}
    assert sorted(set(HELP) - said) == []


def test_each_text_stands_in_one_table() -> None:
    often = Counter(english for table in TABLES for english in table.TEXTS)
    assert [english for english, times in often.items() if times > 1] == []


def test_the_texts_are_japanese_and_no_markup() -> None:
    for english, japanese in HELP.items():
        assert not japanese.isascii(), english
        # What stands in square brackets, typer takes for a style.
        assert not set("[]") & set(japanese), english


def _run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "openjpki.cli", *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONUTF8": "1", "COLUMNS": "100", **environment},
    )


def _plain(page: str) -> str:
    """Without the frame and where lines end."""
    return "".join(each for each in page if each not in " \n│╭╮╰╯─")


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (("--language", "ja", "window", "submit", "--help"), {}),
        (("window", "submit", "--help", "--language=ja"), {}),
        (("window", "submit", "--help"), {"OPENJPKI_LANGUAGE": "ja", "LANG": "en_GB.UTF-8"}),
        (("window", "submit", "--help"), {"LANG": "ja_JP.UTF-8"}),
    ],
)
def test_help_comes_in_the_language_asked_for(
    words: tuple[str, ...], environment: dict[str, str]
) -> None:
    done = _run(*words, **environment)
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")
    page = _plain(done.stdout)
    for text in ("使い方:openjpkiwindowsubmit", "オプション", "職員の署名用の鍵", "[必須]"):
        assert text in page
    for english in ("① ②: take an application; the four attributes are compared with the register.",
                    "Address, 住所, from the prefecture on.",
                    "Show this message and exit."):  # fmt: skip
        assert _plain(in_japanese(english)) in page
        assert _plain(english) not in page


def test_the_list_of_commands_is_in_japanese_too() -> None:
    page = _plain(_run("--help", LANG="ja_JP.UTF-8").stdout)
    for entry in command_line.COMMANDS:
        assert _plain(in_japanese(entry.help)) in page
        assert _plain(entry.help) not in page
    assert "終了コード:0" in page


def test_the_words_go_before_the_variable_and_the_variable_before_the_locale() -> None:
    japanese = {"LANG": "ja_JP.UTF-8"}
    assert "Usage: " in _run("--help", "--language", "en", **japanese).stdout
    assert "Usage: " in _run("--help", OPENJPKI_LANGUAGE="en", **japanese).stdout
    # What stands behind -- is no option.
    assert "使い方" in _run("sign", "--help", "--", "--language=en", **japanese).stdout
    refused = _run("--help", "--language", "fr", **japanese)
    assert "使い方" in refused.stdout or refused.returncode == ExitCode.USAGE


@pytest.mark.parametrize(
    ("encoding", "japanese"),
    [("cp932", True), ("euc_jp", True), ("iso2022_jp", True), ("ascii", False), ("latin-1", False)],
)
def test_what_the_terminal_can_show_decides(encoding: str, japanese: bool) -> None:
    """A page of escapes is of no use to anybody; a program reads JSON's own."""
    shown = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    for words, status in (("--help", ExitCode.OK), ("verfy", ExitCode.USAGE)):
        done = subprocess.run(
            [sys.executable, "-m", "openjpki.cli", "--language", "ja", words],
            capture_output=True,
            check=False,
            env={"PATH": "/usr/bin:/bin", **shown},
        )
        said = (done.stdout + done.stderr).decode(encoding)
        assert done.returncode == status
        assert ("使い方" in said) is japanese
        assert ("Usage: " in said) is not japanese
        assert "\\u4f7f" not in said
    told = _run("verfy", "-o", "json", "--language", "ja", **shown).stderr
    assert json.loads(told)["text"].startswith("コマンド「verfy」はありません。")


USAGE = [
    ("verfy", "Did you mean 'verify'", "コマンド「verfy」はありません。"),
    ("window sbmit", "Did you mean 'submit'", "コマンド「sbmit」はありません。"),
    ("verifier list x", "unexpected extra argument(s) (x)", "引数が多すぎます。"),
    ("verifier list --opperator x", "--operator", "「--opperator」はありません。（--operator"),
    ("verifier list --operator", "requires an argument", "「--operator」には値が必要です。"),
    ("officer list --proposals=1", "not take a value", "「--proposals」に値は指定できません。"),
    ("verifier remove", "Missing argument 'verifier'", "「verifier」を指定してください。"),
    (
        "governor revoke signing-13 77",
        "Choose from",
        "「--cause」を指定してください。次のいずれかを指定してください: change-notice、",
    ),
    (
        "verifier list --output xml",
        "Invalid value for '--output' / '-o': 'xml' is not one of 'table', 'json'.",
        "「--output / -o」: 次のいずれかを指定してください: table、json",
    ),
    (
        "officer key a/b/c --request r --to xml",
        "Invalid value for '--to': 'xml' is not one of 'ca', 'bridge', 'registration'.",
        "「--to」: 次のいずれかを指定してください: ca、bridge",
    ),
    ("register generate x --count many", "valid integer", "整数を指定してください。"),
    ("register generate x --count 0", "greater than or equal", "1以上を指定してください。"),
    (
        "journal confirm-time ca today",
        "'today' does not match the formats",
        "次の形で指定してください: YYYY-MM-DD",
    ),
    (
        "sign nothere --certificate /dev/null",
        "does not exist",
        "「document」: nothereがありません。",
    ),
    ("sign / --certificate /dev/null", "is a directory", "「document」: /はフォルダーです。"),
    ("register generate /", "/ is a folder", "「to」: /はフォルダーです。"),
    ("register generate /no/x", "no folder /no", "フォルダー/noがありません。"),
    ("restore ocsp --taken-back nothere", "nothere", "nothereを開けません。"),
    ("bridge pool", "name a folder", "「--to」: フォルダーまたはコマンドを指定してください。"),
]


@pytest.mark.parametrize(("words", "english", "japanese"), USAGE, ids=[row[0] for row in USAGE])
def test_what_is_wrong_with_the_words_is_told_in_both_languages(
    words: str,
    english: str,
    japanese: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    for language, told in (("en", english), ("ja", japanese)):
        monkeypatch.setattr(sys, "argv", ["openjpki", *words.split(), "--language", language])
        with pytest.raises(SystemExit) as ended:
            command_line.main()
        said = capsys.readouterr()
        assert (ended.value.code, said.out) == (ExitCode.USAGE, "")
        assert told in said.err
        assert "Value error" not in said.err
        assert ("使い方" in said.err) == (language == "ja")


@pytest.mark.parametrize("words", [(), ("window",), ("bridge", "pool"), ("authority", "policy")])
def test_no_page_of_help_is_in_a_program_s_way(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["openjpki", *words, "--output", "json"])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (ExitCode.USAGE, "")
    assert '"error": "USAGE"' in said.err


def test_a_rule_and_a_file_are_told_in_japanese(tmp_path: Path) -> None:
    done = _run("verifier", "check", "xyz", "--authority", "13", LANG="ja_JP.UTF-8")
    assert "serial: 16進数で指定してください。 [must be hexadecimal digits]" in done.stderr
    (tmp_path / "endpoints.json").mkdir()
    done = _run("verifier", "list", "--home", str(tmp_path), LANG="ja_JP.UTF-8")
    assert "endpoints.json: フォルダーです。 [Is a directory]" in done.stderr
