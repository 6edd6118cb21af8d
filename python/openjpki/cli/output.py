"""What commands print: results on stdout, as a table or as JSON; everything else on stderr."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openjpki.errors import OpenJpkiError

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"

stdout = Console(soft_wrap=True)
stderr = Console(stderr=True)


class OutputFormat(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"


_format = OutputFormat.TABLE


def use_format(chosen: OutputFormat) -> None:
    """Sets the format of this run of the command line."""
    global _format
    _format = chosen


def is_json() -> bool:
    """Whether stdout is meant for a program."""
    return _format is OutputFormat.JSON


def emit(record: Mapping[str, Value], *, title: str | None = None) -> None:
    """Prints one result: JSON object, or a table of name and value."""
    if is_json():
        _emit_json(record)
        return
    table = Table("", "", title=title, show_header=False)
    for name, value in record.items():
        table.add_row(name.replace("_", " "), _text(value))
    stdout.print(table)


def emit_rows(rows: Sequence[Mapping[str, Value]], *, title: str | None = None) -> None:
    """Prints a list of like results: JSON array, or a table with a row each."""
    if is_json():
        _emit_json(rows)
        return
    columns = list(rows[0]) if rows else ["nothing"]
    table = Table(*(name.replace("_", " ") for name in columns), title=title)
    for row in rows:
        table.add_row(*(_text(row.get(name)) for name in columns))
    stdout.print(table)


def _emit_json(value: Value) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def _text(value: Value) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, dict):
        return "\n".join(f"{name}: {_text(inner)}" for name, inner in value.items())
    return "\n".join(_text(inner) for inner in value)


def report(error: OpenJpkiError) -> None:
    """Prints a refusal on stderr: what was refused, why, and what to do about it."""
    if is_json():
        json.dump(
            {
                "error": error.reason.name,
                "message": error.message,
                "field": error.field,
                "metadata": error.metadata,
            },
            sys.stderr,
            ensure_ascii=False,
        )
        sys.stderr.write("\n")
        return
    stderr.print(f"[bold red]{error.reason.name}[/] {escape(str(error).rsplit(' [', 1)[0])}")
    for name, value in error.metadata.items():
        stderr.print(f"  {name}: {escape(value)}")
    if error.reason.retryable:
        stderr.print("  The same command may succeed later: nothing was left half-made.")
