"""How commands explain themselves: in the language of this run, to whoever still reads, and to a
program never with a page of help."""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import typer
from rich.columns import Columns
from rich.table import Table
from rich.text import Text

from openjpki.cli import output
from openjpki.cli.misused import no_characters
from openjpki.cli.reading import named
from openjpki.errors import Language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

UsageError: Any = typer.BadParameter.__base__
"""What typer raises for words that it does not understand; it shows one kind of it by name."""

JAPANESE_FRAME: Final = {
    "ARGUMENTS_PANEL_TITLE": "引数",
    "OPTIONS_PANEL_TITLE": "オプション",
    "COMMANDS_PANEL_TITLE": "コマンド",
    "ERRORS_PANEL_TITLE": "エラー",
    "REQUIRED_LONG_STRING": "[必須]",
    "DEFAULT_STRING": "[既定値: {}]",
    "ENVVAR_STRING": "[環境変数: {}]",
    "RICH_HELP": "使い方は[blue]'{command_path} {help_option}'[/]で表示できます。",
}
"""What typer writes around our texts, by its own names for it."""


def explaining(command: Any) -> None:
    """Has a command, and all below it, explain themselves so."""
    command.format_help = partial(_format_help, command, command.format_help)
    command.format_usage = partial(_format_usage, command, command.format_usage)
    command.parse_args = partial(_parse_args, command.parse_args)
    if output.is_json():
        # Without a command there is an error to tell, not a page to show.
        command.no_args_is_help = False
    if hasattr(command, "commands"):
        command.resolve_command = partial(_resolve_command, command.resolve_command)
        for below in command.commands.values():
            explaining(below)


def _fold(cells: Sequence[Any]) -> Sequence[Any]:
    """Text goes on in the next line wherever one is full: Japanese has no spaces to break at, and
    the name of a variable that is cut short is none."""
    for one in cells:
        if isinstance(one, Text):
            one.overflow = "fold"
    return cells


class _Columns(Columns):
    """What stands side by side, folded."""

    def __init__(self, items: Iterable[Any]) -> None:
        super().__init__(_fold([*items]))


class _Table(Table):
    """Options' names are whole, however narrow the terminal: what is left is for their texts."""

    def add_row(self, *cells: Any, **style: Any) -> None:
        super().add_row(*_fold(cells), **style)
        # Behind them stand the type and the text.
        for column in self.columns[:-2]:
            column.no_wrap = True


@contextmanager
def frame() -> Iterator[None]:
    """What typer prints inside has its titles in the language of this run, and nothing cut off."""
    # As late as typer does: a command that works needs none of it.
    from typer import rich_utils  # noqa: PLC0415

    ours: dict[str, object] = {"Columns": _Columns, "Table": _Table}
    if output.language() is Language.JA:
        ours |= JAPANESE_FRAME
    before = {name: getattr(rich_utils, name) for name in ours}
    for name, one in ours.items():
        setattr(rich_utils, name, one)
    try:
        yield
    finally:
        for name, one in before.items():
            setattr(rich_utils, name, one)


def _format_help(
    command: Any, format_help: Callable[..., None], context: typer.Context, formatter: Any
) -> None:
    if output.language() is Language.JA:
        _in_japanese(command, context)
    with frame():
        try:
            with named("standard output"):
                format_help(context, formatter)
        except SystemExit:
            # So rich ends where nobody reads any more: whoever stopped has read enough.
            output.discard_stdout()


def _in_japanese(command: Any, context: typer.Context) -> None:
    from openjpki.cli.japanese.help import in_japanese  # noqa: PLC0415 - as above

    for one in (command, *command.get_params(context), *getattr(command, "commands", {}).values()):
        one.help = in_japanese(one.help or "")
        panel = getattr(one, "rich_help_panel", None)
        if panel:
            one.rich_help_panel = in_japanese(panel)


def _format_usage(
    command: Any, format_usage: Callable[..., None], context: typer.Context, formatter: Any
) -> None:
    if output.language() is not Language.JA:
        format_usage(context, formatter)
        return
    words = " ".join(command.collect_usage_pieces(context))
    words = words.replace("[OPTIONS]", "[オプション]").replace("COMMAND [ARGS]", "コマンド [引数]")
    formatter.write_usage(context.command_path, words, prefix="使い方: ")


def _parse_args(parse: Callable[..., list[str]], context: typer.Context, words: list[str]) -> Any:
    try:
        left = parse(context, words)
        for one in context.command.get_params(context):
            _require_characters(one, context)
    except UsageError as error:
        # Of an option's value typer does not say in which command it was.
        error.ctx = error.ctx or context
        raise
    return left


def _require_characters(parameter: Any, context: typer.Context) -> None:
    """A name of a file may hold any octets, and says so by its type; in whatever else is typed,
    octets that are no characters would be a fault wherever text is sent, kept or compared."""
    described = getattr(parameter, "type_descriptor", None)
    if described is None or described.parameter_info.path_type is str:
        return
    value = context.params.get(parameter.name)
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str) and not one.isascii() and _UNREADABLE.search(one):
            raise no_characters(parameter, context)


_UNREADABLE: Final = re.compile("[\ud800-\udfff]")
"""What Python makes of octets that its encoding has no characters for."""


def _resolve_command(resolve: Callable[..., Any], context: typer.Context, words: list[str]) -> Any:
    try:
        return resolve(context, words)
    except UsageError as error:
        error.no_such_command = words[0]
        raise
