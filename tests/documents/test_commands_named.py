"""Every command of ours that a document, a manifest or a message tells somebody to type is one that
the program takes, with these options. What it does is for the tests that run it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.cli import main as command_line
from openjpki.cli.lazy_command import LazyCommand, load

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PLACES = [
    *(ROOT / name for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md", "Makefile")),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "clients").glob("*/README.md"),
    *(ROOT / "deploy").rglob("*.yaml"),
    *(ROOT / "python" / "openjpki").rglob("*.py"),
    *(ROOT / "devkit").rglob("*.py"),
]
_OF_THE_PROGRAM = {"--output", "-o", "--force", "--language", "--help", "--version"}
_WITH_VALUE = {"--output", "-o", "--language"}
_CALL = re.compile(
    r"(?<![\w./-])(?<!-n )(?<!from )openjpki ((?:\\\n|[^\n`|;&<>()'\"#]|\"[^\"\n]*\")+)"
)
_CODE = re.compile(r"^ *```.*?^ *```|`[^`]+`", re.DOTALL | re.MULTILINE)


def _told(file: Path) -> Iterator[list[str]]:
    """The words behind `openjpki`, where they stand as code."""
    text = file.read_text("utf-8")
    pieces = [text] if file.name == "Makefile" else _CODE.findall(text)
    for piece in pieces:
        for call in _CALL.findall(piece):
            words = call.replace("\\\n", " ").split()
            # A placeholder, or words about the distribution.
            if words and re.fullmatch("-?-?[a-z-]+", words[0]) and "==" not in call:
                yield words


def _refused(words: list[str]) -> str | None:
    """Why the program would not take them; values are not looked at."""
    command: Any = command_line.program()
    rest = iter(words)
    for word in rest:
        if word in _OF_THE_PROGRAM:
            if word in _WITH_VALUE:
                next(rest, None)
        elif word.startswith("--"):
            known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
            if word.partition("=")[0] not in known:
                return f"{word} is no option of {command.name}"
        elif word in getattr(command, "commands", {}):
            below = command.commands[word]
            command = load(below._entry) if isinstance(below, LazyCommand) else below
        elif hasattr(command, "commands") and re.fullmatch("[a-z-]+", word):
            return f"{word} is no command of {command.name}"
    return None


@pytest.mark.parametrize("file", PLACES, ids=lambda file: str(file.relative_to(ROOT)))
def test_commands_that_are_named_exist(file: Path) -> None:
    told = {" ".join(words): _refused(words) for words in _told(file)}
    assert {call: why for call, why in told.items() if why} == {}


def test_there_are_commands_to_look_at() -> None:
    found = {" ".join(words) for file in PLACES for words in _told(file)}
    assert len(found) > 120
    assert any(call.startswith("authority init") for call in found)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("verifier put x --nmae y", "--nmae is no option of put"),
        ("verifier putt x", "putt is no command of verifier"),
        ("--force verifier put tax-office --name x", None),
        ("bridge pool --to FOLDER", None),
    ],
)
def test_what_is_wrong_is_found(call: str, why: str | None) -> None:
    assert _refused(call.split()) == why
