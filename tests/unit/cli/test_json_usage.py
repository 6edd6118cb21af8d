"""Every command, asked by a program: usage errors, and no second way of printing."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer

import openjpki.cli
import openjpki_devkit
from openjpki.cli import main as command_line
from openjpki.cli import output
from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.lazy_command import LazyCommand, load
from openjpki.errors import Language
from tests.support.json_document import documented, require_refusal

if TYPE_CHECKING:
    from collections.abc import Iterator


def _leaves(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if not hasattr(command, "list_commands"):
        yield words
        return
    if command.invoke_without_command:
        yield words
    context = typer.Context(command)
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        real = load(below._entry) if isinstance(below, LazyCommand) else below
        yield from _leaves(real, (*words, name))


LEAVES = [words for entry in command_line.COMMANDS for words in _leaves(load(entry), (entry.name,))]


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """The format and language of a run are the process's."""
    monkeypatch.setattr(output, "_format", output.OutputFormat.TABLE)
    monkeypatch.setattr(output, "_language", Language.EN)


def test_every_command_is_documented() -> None:
    variants = {"officer list --proposals"}
    assert {" ".join(words) for words in LEAVES} == set(documented()) - variants


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
@pytest.mark.parametrize("more", ["--no-such-option", "\u202etoo\x1b many"])
def test_words_that_are_not_understood(
    words: tuple[str, ...],
    more: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On stderr one object with every key, and on stdout nothing."""
    told = [*words, *[more] * (1 if more.startswith("--") else 9), "--output", "json"]
    monkeypatch.setattr(sys, "argv", ["openjpki", *told])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    said = capsys.readouterr()
    assert said.out == ""
    refusal = require_refusal(said.err)
    assert refusal["message"]
    # What is no authority, say, is refused before anybody counts the words.
    usage = more.startswith("--") or refusal["error"] == "USAGE"
    assert (refusal["error"] == "USAGE") is usage
    assert ended.value.code == (ExitCode.USAGE if usage else ExitCode.REFUSED)


def test_a_fault_of_ours_is_an_object_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr(command_line, "program", broken)
    monkeypatch.setattr(output, "_format", output.OutputFormat.JSON)
    monkeypatch.setattr(sys, "argv", ["openjpki", "--output", "json", "verify"])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (ExitCode.INTERNAL, "")
    refusal = require_refusal(said.err)
    assert (refusal["error"], refusal["message"]) == ("INTERNAL", "RuntimeError")


OTHERWISE = {
    "cli/output.py": "the one place",
    "cli/__main__.py": "a word of our own",
    "cli/progress.py": "a bar",
    "telemetry/logging.py": "the log, which has its own rules (telemetry/redaction.py)",
    "cli/path.py": "answers of `path batch`, JSON",
    "cli/standard_streams.py": "opens what was closed, and prints nothing",
    "bench/": "what a peer's process measured, for its parent",
    "console/app.py": "where a fault is, by our own files' names, for whoever mends it",
    "keys/pkcs11/admin.py": "an answer to the process that asked, JSON",
    "embedded/everything.py": "a word of our own",
    "embedded/installation.py": "a guide of our own words and paths",
    "demo/command.py": "a path that the caller chose",
    "demo/transcript.py": "escaped there",
}


def _prints(file: Path) -> bool:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Name) and node.id == "print":
            return True
        if isinstance(node, ast.Attribute) and (
            (node.attr in {"stdout", "stderr"} and isinstance(node.value, ast.Name)
             and node.value.id in {"sys", "output"})
            or node.attr in {"echo", "secho"}
        ):  # fmt: skip
            return True
    return False


def test_there_is_one_way_of_printing() -> None:
    """So that all foreign text is escaped in one place."""
    package, devkit = Path(openjpki.cli.__file__).parents[1], Path(openjpki_devkit.__file__).parent
    found = {
        str(file.relative_to(root))
        for root in (package, devkit)
        for file in root.rglob("*.py")
        if "api" not in file.parts and _prints(file)
    }
    assert {one for one in found if not one.startswith(tuple(OTHERWISE))} == set()
