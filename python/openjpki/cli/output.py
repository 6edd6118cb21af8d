"""What commands print: results on stdout, as a table or as JSON; everything else on stderr."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from rich.console import Console
from rich.table import Table
from rich.text import Text

from openjpki.cli.next_steps import next_step
from openjpki.errors import Language
from openjpki.rpc.invalid_message import InvalidMessageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openjpki.errors import OpenJpkiError

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"

_WHOLE = 36
"""Characters of a row's name that stay on one line; a UUID has as many."""

stdout = Console(soft_wrap=True)
stderr = Console(stderr=True, soft_wrap=True)


class OutputFormat(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"


_format = OutputFormat.TABLE
_language = Language.EN


def use_format(chosen: OutputFormat) -> None:
    """Sets the format of this run of the command line."""
    global _format
    _format = chosen


def use_language(chosen: Language) -> None:
    """Sets the language in which this run of the command line speaks of refusals."""
    global _language
    _language = chosen


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
        table.add_row(name.replace("_", " "), Text(_text(value)))
    stdout.print(table)


def emit_rows(rows: Sequence[Mapping[str, Value]], *, title: str | None = None) -> None:
    """Prints a list of like results: JSON array, or a table with a row each."""
    if is_json():
        _emit_json(rows)
        return
    columns = list(rows[0]) if rows else ["nothing"]
    table = Table(title=title)
    for place, name in enumerate(columns):
        # Narrow terminals: an id that is cut short is no id, and one on two lines can't be copied.
        longest = max((len(_text(row.get(name))) for row in rows), default=0)
        whole = place == 0 and longest <= _WHOLE
        table.add_column(name.replace("_", " "), overflow="fold", no_wrap=whole)
    for row in rows:
        table.add_row(*(Text(_text(row.get(name))) for name in columns))
    stdout.print(table)


def _emit_json(value: Value) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")
    sys.stdout.flush()


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
    """Prints a refusal on stderr: what was refused, why, and what to do about it.

    The first line is for people, in their language, and so is the last; between them stand the
    field as on the form and in the request, and the rule as the service words it.
    """
    step = next_step(error, _language)
    text = error.reason.text(_language)
    if is_json():
        _report_json(
            error.reason.name,
            error.message,
            error.field,
            metadata=error.metadata,
            text=text,
            label=_label(error, error.field),
            violations=[
                {"field": field, "label": _label(error, field), "rule": rule}
                for field, rule in _rules(error)
                if field
            ],
            next_step=step,
        )
        return
    stderr.print(Text(error.reason.name, "bold red"), Text(text))
    for field, rule in _rules(error):
        label = _label(error, field)
        where = f"{label} ({field})" if label else field
        stderr.print(Text(f"  {': '.join(said for said in (where, rule) if said)}"))
    for name, value in error.metadata.items():
        stderr.print(Text(f"  {name}: {value}"))
    stderr.print(Text(f"  {step}"))


def _rules(error: OpenJpkiError) -> list[tuple[str | None, str]]:
    """Each field to blame with the rule it breaks. Where one rule is about several fields of one
    message, they stand below it by name alone."""
    if isinstance(error, InvalidMessageError):
        return list(error.violations)
    others = [field for field in error.labels if field != error.field]
    return [(error.field, error.message), *((field, "") for field in others)]


def _label(error: OpenJpkiError, field: str | None) -> str | None:
    label = error.labels.get(field) if field else None
    return label.in_language(_language) if label else None


def report_file(error: OSError) -> None:
    """Prints on stderr that a file can't be read or written."""
    name, text = str(error.filename or "file"), error.strerror or type(error).__name__
    if is_json():
        _report_json("FILE", text, name)
        return
    stderr.print(Text("FILE", "bold red"), Text(f"{name}: {text}"))


def _report_json(
    reason: str,
    message: str,
    field: str | None,
    *,
    metadata: Mapping[str, str] | None = None,
    text: str | None = None,
    label: str | None = None,
    violations: Sequence[Mapping[str, str | None]] = (),
    next_step: str | None = None,
) -> None:
    record = {
        "error": reason,
        "message": message,
        "field": field,
        "metadata": metadata or {},
        "text": text,
        "label": label,
        "violations": list(violations),
        "next_step": next_step,
    }
    json.dump(record, sys.stderr, ensure_ascii=False)
    sys.stderr.write("\n")
