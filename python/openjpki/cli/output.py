"""What commands print: results on stdout, as a table or as JSON; everything else on stderr.

JSON is for programs and documented in docs/operations.md: keys do not depend on what was found,
times are ISO 8601, what is not known is ``null``.
"""

from __future__ import annotations

import io
import json
import sys
import traceback
from enum import StrEnum
from typing import TYPE_CHECKING, TextIO, TypeAlias

from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.next_steps import next_step
from openjpki.cli.visible import visible
from openjpki.errors import Language
from openjpki.rpc.invalid_message import InvalidMessageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from openjpki.errors import OpenJpkiError

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"

_WHOLE = 64
"""Characters of a word that stays on one line, however narrow the terminal: an id that is cut
short is no id, and one on two lines can't be copied. A SHA-256 fingerprint has as many."""

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


def prepare_streams() -> None:
    """What the terminal's encoding can't show is written as an escape; nothing ends for it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def language() -> Language:
    """The language in which this run of the command line speaks."""
    return _language


def is_json() -> bool:
    """Whether stdout is meant for a program."""
    return _format is OutputFormat.JSON


def emit(record: Mapping[str, Value], *, title: str | None = None) -> None:
    """Prints one result: JSON object, or a table of name and value."""
    if is_json():
        _emit_json(record)
        return
    table = Table(title=_title(title), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", min_width=_longest_word(record.values()))
    for name, value in record.items():
        table.add_row(name.replace("_", " "), Text(_text(value)))
    _print_table(table)


def emit_rows(rows: Sequence[Mapping[str, Value]], *, title: str | None = None) -> None:
    """Prints a list of like results: JSON array, or a table with a row each."""
    if is_json():
        _emit_json(rows)
        return
    columns = list(rows[0]) if rows else ["nothing"]
    table = Table(title=_title(title))
    for name in columns:
        longest = _longest_word([row.get(name) for row in rows])
        table.add_column(name.replace("_", " "), overflow="fold", min_width=longest)
    for row in rows:
        table.add_row(*(Text(_text(row.get(name))) for name in columns))
    _print_table(table)


def _title(title: str | None) -> Text | None:
    return None if title is None else Text(visible(title), "table.title")


def _longest_word(values: Iterable[Value]) -> int:
    """Columns of the longest word that must stay whole."""
    words = [word for value in values for word in _text(value).split()]
    return max((cell_len(word) for word in words if len(word) <= _WHOLE), default=1)


def _print_table(table: Table) -> None:
    """As wide as the terminal, or wider where words must stay whole: the terminal then goes on in
    its next line, and what is copied from there is one word still."""
    least = Measurement.get(stdout, stdout.options.update(max_width=10_000), table).minimum
    stdout.print(table, width=max(stdout.width, least))


def _emit_json(value: Value) -> None:
    _dump(value, sys.stdout, indent=2)
    sys.stdout.flush()


def _dump(value: Value, stream: TextIO, indent: int | None = None) -> None:
    # An escape of ours would be none of JSON's: where not every character can be shown, its own.
    everything = (stream.encoding or "").lower().replace("-", "").startswith("utf")
    json.dump(value, stream, ensure_ascii=not everything, indent=indent)
    stream.write("\n")


def _text(value: Value) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        # Lines are this program's own; whatever else moves on the terminal is somebody's.
        return "\n".join(visible(line) for line in value.split("\n"))
    if isinstance(value, int | float):
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
        said = ": ".join(each for each in (where, rule) if each)
        stderr.print(Text(f"  {visible(said)}"))
    for name, value in error.metadata.items():
        stderr.print(Text(f"  {name}: {visible(value)}"))
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
    """Prints on stderr that a file can't be read or written, and what stands all the same."""
    name, text = str(error.filename or "file"), error.strerror or type(error).__name__
    notes = getattr(error, "__notes__", ())
    if is_json():
        _report_json("FILE", text, name, next_step=" ".join(notes) or None)
        return
    stderr.print(Text("FILE", "bold red"), Text(f"{visible(name)}: {text}"))
    for note in notes:
        stderr.print(Text(f"  {visible(note)}"))


def report_usage(message: str) -> ExitCode:
    """Prints on stderr that the command line was not understood, for a program to read."""
    _report_json("USAGE", message, None)
    return ExitCode.USAGE


def report_fault(error: Exception) -> ExitCode:
    """Prints on stderr that this program has a fault, and where: for whoever mends it."""
    if is_json():
        where = "".join(traceback.format_exception(error))
        _report_json("INTERNAL", type(error).__name__, None, metadata={"traceback": where})
    else:
        traceback.print_exception(error)
    return ExitCode.INTERNAL


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
    _dump(record, sys.stderr)
