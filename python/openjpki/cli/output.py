"""What commands print: results on stdout, as a table or as JSON; everything else on stderr.

JSON is for programs and documented in docs/operations.md: keys do not depend on what was found,
times are ISO 8601, what is not known is ``null``.
"""

from __future__ import annotations

import io
import json
import os
import sys
import traceback
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TextIO, TypeAlias

from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.next_steps import INTERRUPTED, after_interruption, next_step
from openjpki.cli.reading import named
from openjpki.cli.standard_streams import open_closed_ones, require_reader
from openjpki.cli.visible import escaped_in_json, visible
from openjpki.errors import Language
from openjpki.rpc.invalid_message import InvalidMessageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from openjpki.errors import OpenJpkiError

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"

_WHOLE = 64
"""Characters of a word that stays on one line, however narrow the terminal: an id that is cut
short is no id, and one on two lines can't be copied. A SHA-256 fingerprint has as many."""


class _Stdout(Console):
    """Whoever reads may have read enough (``| head -1``): what the command did, it has done, and
    its exit code says what it found."""

    def print(self, *objects: Any, **how: Any) -> None:
        """Raises ``OSError`` by the stream's name."""
        with named("standard output"):
            super().print(*objects, **how)

    def on_broken_pipe(self) -> None:
        """Nobody reads any more."""
        self.quiet = True
        discard_stdout()


def discard_stdout() -> None:
    """What is still written, and what Python writes when it ends, goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


if not os.environ.get("COLUMNS", "1").strip("0"):
    # So a terminal without a size has it, and in no columns nothing would be shown. Here, as
    # consoles look when they are made: those of help too.
    del os.environ["COLUMNS"]
stdout = _Stdout(soft_wrap=True)
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
    """Sets the language in which this run of the command line speaks: not Japanese to people whose
    terminal would show nothing but escapes."""
    global _language
    _language = chosen if is_json() or _shows(chosen) else Language.EN


def _shows(language: Language) -> bool:
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and language is Language.JA:
                "日本語".encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def prepare_streams() -> None:
    """What the terminal's encoding can't show is written as an escape, what nobody reads goes
    nowhere; nothing ends for it."""
    open_closed_ones()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def emit_words(words: str) -> None:
    """Prints a line of this program's own, in any format."""
    try:
        with named("standard output"):
            sys.stdout.write(f"{words}\n")
            sys.stdout.flush()
    except BrokenPipeError:
        discard_stdout()


def flush_stdout() -> None:
    """Writes what is left. Whoever stopped reading changes nothing; else raises ``OSError``."""
    try:
        with named("standard output"):
            sys.stdout.flush()
    except BrokenPipeError:
        discard_stdout()
    except OSError:
        discard_stdout()
        raise


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
        table.add_row(_name(name), Text(_text(value)))
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
        table.add_column(_name(name), overflow="fold", min_width=longest)
    for row in rows:
        table.add_row(*(Text(_text(row.get(name))) for name in columns))
    if stdout.is_terminal and _least(table) > stdout.width:
        table = _below_each_other(rows, title)
    _print_table(table)


def _below_each_other(rows: Sequence[Mapping[str, Value]], title: str | None) -> Table:
    """Rows too wide for this terminal, each as names and values: a frame that goes on in the next
    line reads as nothing at all."""
    table = Table(title=_title(title), title_justify="left", show_header=False)
    table.add_column(no_wrap=True)
    longest = _longest_word([value for row in rows for value in row.values()])
    table.add_column(overflow="fold", min_width=longest)
    for row in rows:
        if table.row_count:
            table.add_row()
        for name, value in row.items():
            table.add_row(_name(name), Text(_text(value)))
    return table


def emit_line(record: Mapping[str, Value]) -> None:
    """Prints a JSON object as one line of many, whatever the format of this run is. Raises
    ``OSError`` where nobody reads."""
    require_reader()
    with named("standard output"):
        _dump(record, sys.stdout)


def emit_text(line: str) -> None:
    """The same of a line that has a form of its own."""
    require_reader()
    with named("standard output"):
        sys.stdout.write(f"{line}\n")


def say(words: str) -> None:
    """A sentence of this program's own, on stderr, to whoever sits there."""
    stderr.print(Text(words))


def _title(title: str | None) -> Text | None:
    if title is not None and _language is Language.JA:
        # Only when there is something to show.
        from openjpki.cli.japanese.tables import TITLES  # noqa: PLC0415

        title = TITLES.in_japanese(title) or title
    return None if title is None else Text(visible(title), "table.title")


def _name(name: str) -> str:
    """What a value is called, for people; for programs it is ``name``."""
    if _language is Language.JA:
        from openjpki.cli.japanese.tables import NAMES  # noqa: PLC0415 - as above

        if known := NAMES.get(name):
            return known
    return visible(name.replace("_", " "))


def _longest_word(values: Iterable[Value]) -> int:
    """Columns of the longest word that must stay whole."""
    words = [word for value in values for word in _text(value).split()]
    return max((cell_len(word) for word in words if len(word) <= _WHOLE), default=1)


def _print_table(table: Table) -> None:
    """As wide as the terminal, or wider where words must stay whole: the terminal then goes on in
    its next line, and what is copied from there is one word still."""
    if stdout.is_terminal and not table.show_header and _least(table) > stdout.width:
        # The frame takes the columns that are missing.
        table.box, table.padding = None, (0, 2, 0, 0)
    stdout.print(table, width=max(stdout.width, _least(table)))


def _least(table: Table) -> int:
    return Measurement.get(stdout, stdout.options.update(max_width=10_000), table).minimum


def _emit_json(value: Value) -> None:
    try:
        with named("standard output"):
            _dump(value, sys.stdout, indent=2)
            sys.stdout.flush()
    except BrokenPipeError:
        discard_stdout()


def _dump(value: Value, stream: TextIO, indent: int | None = None) -> None:
    # An escape of ours would be none of JSON's: where not every character can be shown, its own.
    everything = (stream.encoding or "").lower().replace("-", "").startswith("utf")
    text = json.dumps(value, ensure_ascii=not everything, indent=indent)
    # In one piece, so that Ctrl-C leaves no half of it.
    stream.write(escaped_in_json(text) + "\n")


def _text(value: Value) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return _yes_or_no(value)
    if isinstance(value, str):
        # New lines too: one in a name would begin what reads as a line of this program's own.
        return visible(value)
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        return "\n".join(f"{_name(name)}: {_text(inner)}" for name, inner in value.items())
    return "\n".join(_text(inner) for inner in value)


def _yes_or_no(value: bool) -> str:  # noqa: FBT001 - it is what is told
    if _language is not Language.JA:
        return "yes" if value else "no"
    from openjpki.cli.japanese.tables import NO, YES  # noqa: PLC0415 - as above

    return YES if value else NO


def report(error: OpenJpkiError) -> None:
    """Prints a refusal on stderr: what was refused, why, and what to do about it.

    The first line is for people, in their language, and so is the last; between them stand the
    field as on the form and in the request, and the rule.
    """
    step = next_step(error, _language)
    text = error.reason.text(_language)
    metadata = dict(error.metadata)
    if error.stored:
        # Whoever works on the service's own machine may know.
        metadata["rows"] = "{table} {key} ({rule})".format_map(error.stored)
    if is_json():
        _report_json(
            error.reason.name,
            error.message,
            error.field,
            metadata=metadata,
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
        said = ": ".join(each for each in (where, _rule(error, field, rule)) if each)
        stderr.print(Text(f"  {visible(said)}"))
    _print_metadata(metadata)
    stderr.print(Text(f"  {step}"))


def _print_metadata(metadata: Mapping[str, str]) -> None:
    for name, value in metadata.items():
        stderr.print(Text(visible(f"  {name}: {value}")))


def report_interruption(stands: Mapping[str, str]) -> None:
    """Prints on stderr that Ctrl-C ended the command, and how things stand after it."""
    text, step = INTERRUPTED.in_language(_language), after_interruption(stands, _language)
    if is_json():
        message = INTERRUPTED.in_language(Language.EN)
        _report_json("INTERRUPTED", message, None, metadata=stands, text=text, next_step=step)
        return
    if stderr.is_terminal:
        # The terminal has written ^C.
        stderr.print()
    stderr.print(Text("INTERRUPTED", "bold red"), Text(text))
    _print_metadata(stands)
    if step:
        stderr.print(Text(f"  {step}"))


def _rules(error: OpenJpkiError) -> list[tuple[str | None, str]]:
    """Each field to blame with the rule it breaks. Where one rule is about several fields of one
    message, they stand below it by name alone."""
    if isinstance(error, InvalidMessageError):
        return list(error.violations)
    others = [field for field in error.labels if field != error.field]
    return [(error.field, error.message), *((field, "") for field in others)]


def _rule(error: OpenJpkiError, field: str | None, rule: str) -> str:
    """In Japanese with what the form asks to be written there, else the rule itself; its English,
    which logs and manuals have, stands behind it."""
    if _language is not Language.JA or not rule:
        return rule
    asked = (error.expects_ja.get(field) if field else None) or in_words(rule)
    return rule if asked == rule else f"{asked} [{rule}]"


def in_words(text: str) -> str:
    """What a rule or a check says, in the language of this run as far as there is one."""
    if _language is not Language.JA:
        return text
    # Only when there is something to tell.
    from openjpki.cli.japanese.rules.in_japanese import in_japanese  # noqa: PLC0415

    return in_japanese(text) or text


def one_word(word: str) -> str:
    """A word that stands for a value, in the language of this run as far as there is one."""
    if _language is not Language.JA:
        return word
    from openjpki.cli.japanese.values import VALUES  # noqa: PLC0415 - as above

    return VALUES.get(word, word)


def _of_file(error: OSError) -> str:
    """What the machine says of a file, in Japanese where it is a usual thing."""
    said = error.strerror or type(error).__name__
    if _language is not Language.JA:
        return said
    from openjpki.cli.japanese.files import FILES  # noqa: PLC0415 - as above

    known = FILES.get(error.errno or 0)
    return f"{known} [{said}]" if known else said


def _label(error: OpenJpkiError, field: str | None) -> str | None:
    label = error.labels.get(field) if field else None
    return label.in_language(_language) if label else None


def report_file(error: OSError) -> None:
    """Prints on stderr that a file can't be read or written, and what stands all the same."""
    name, text = str(error.filename or "file"), _of_file(error)
    notes = getattr(error, "__notes__", ())
    if is_json():
        message = error.strerror or type(error).__name__
        _report_json("FILE", message, name, text=text, next_step=" ".join(notes) or None)
        return
    stderr.print(Text("FILE", "bold red"), Text(f"{visible(name)}: {text}"))
    for note in notes:
        stderr.print(Text(f"  {visible(note)}"))


def report_usage(message: str, text: str) -> ExitCode:
    """Prints on stderr that the command line was not understood, for a program to read."""
    _report_json("USAGE", message, None, text=text)
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
