"""Words of the command line that were not understood: what people are told, and programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import typer

from openjpki.cli import output
from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.explaining import UsageError, frame
from openjpki.cli.misused import Misused
from openjpki.cli.visible import visible
from openjpki.errors import Language

if TYPE_CHECKING:
    from collections.abc import Mapping


def report(error: Any) -> ExitCode:
    """Prints on stderr what was not understood, as typer words it or in Japanese."""
    message = _in_english(error)
    japanese = output.language() is Language.JA
    text = _in_japanese(error) if japanese else message
    if output.is_json():
        return output.report_usage(message, text)
    if type(error).__name__ == "NoArgsIsHelpError":
        # The help was its words.
        return ExitCode.USAGE
    # Only now: it is needed for nothing else.
    from typer import rich_utils  # noqa: PLC0415

    with frame():
        rich_utils.rich_format_error(UsageError(text, ctx=error.ctx))
    return ExitCode.USAGE


def _in_english(error: Any) -> str:
    stated = _stated(error)
    if stated is not None:
        # Not as pydantic puts it, with a word before what the rule says.
        own = stated.get("ctx", {}).get("error")
        error.message = visible(str(own) if own is not None else stated["msg"])
    return str(error.format_message())


def _stated(error: Any) -> Mapping[str, Any] | None:
    """What pydantic says of a value; of one of several, what it says of this one."""
    from pydantic import ValidationError  # noqa: PLC0415 - loaded already where there is one

    cause, found = error.__cause__, None
    while isinstance(cause, ValidationError):
        found = cause.errors()[0]
        cause = found.get("ctx", {}).get("error")
    return found


def _in_japanese(error: Any) -> str:
    """By what kind of error it is; in brackets what typer says where ours leave something out."""
    option = getattr(error, "option_name", None)
    if option is not None and hasattr(error, "possibilities"):
        near = "、".join(error.possibilities or ())
        return f"オプション「{visible(option)}」はありません。" + (
            f"（{near} のことですか）" if near else ""
        )
    if option is not None:
        return _without_value(error, option)
    if isinstance(error, typer.BadParameter):
        return _of_value(error)
    name = getattr(error, "no_such_command", None)
    if name is not None:
        return f"コマンド「{visible(name)}」はありません。 [{error.format_message()}]"
    if hasattr(error.ctx.command, "commands"):
        return "コマンドを指定してください。"
    return f"引数が多すぎます。 [{error.format_message()}]"


def _without_value(error: Any, option: str) -> str:
    for one in error.ctx.command.params:
        if option in (*one.opts, *one.secondary_opts):
            if one.is_flag:
                return f"オプション「{option}」に値は指定できません。"
            return f"オプション「{option}」には値が必要です。"
    return f"オプション「{option}」の指定が正しくありません。 [{error.format_message()}]"


def _of_value(error: Any) -> str:
    parameter = error.param
    if error.param_hint is not None:
        named = error.param_hint
    elif parameter is None:
        named = ""
    elif parameter.param_type_name == "option":
        named = " / ".join(parameter.opts)
    else:
        named = parameter.display_name_raw
    if hasattr(error, "param_type"):
        choices = parameter.type_descriptor.choices
        return f"「{named}」を指定してください。" + (_one_of(choices) if choices else "")
    rule = error.rule.ja if isinstance(error, Misused) else _rule(error)
    return f"「{named}」: {rule}" if named else rule


def _one_of(choices: Any) -> str:
    return f"次のいずれかを指定してください: {'、'.join(str(each.value) for each in choices)}"


_PATH: Final = re.compile(r"(?:file|dir|path) '(.*)' (.*)\.", re.DOTALL)
_PATH_RULES: Final = {
    "does not exist": "がありません。",
    "is a file": "はファイルです。フォルダーを指定してください。",
    "is a directory": "はフォルダーです。ファイルを指定してください。",
    "is not readable": "を読み取る権限がありません。",
    "is not writable": "に書き込む権限がありません。",
}
"""typer keeps no path beside its words, so that these are taken apart."""


def _rule(error: Any) -> str:
    stated = _stated(error)
    if stated is not None:
        return _of_kind(error.param, stated)
    if isinstance(error.__cause__, OSError):
        return (
            f"{visible(str(error.__cause__.filename))}を開けません。 [{error.__cause__.strerror}]"
        )
    of_path = _PATH.fullmatch(error.message)
    if of_path and of_path[2] in _PATH_RULES:
        return f"{visible(of_path[1])}{_PATH_RULES[of_path[2]]}"
    return f"値が正しくありません。 [{error.message}]"


def _of_kind(parameter: Any, stated: Mapping[str, Any]) -> str:
    described = parameter.type_descriptor
    if described.choices:
        return _one_of(described.choices)
    if described.is_datetime and described.parameter_info.formats:
        return f"次の形で指定してください: {_as_written(described.parameter_info.formats[0])}"
    if stated["type"] == "int_parsing":
        return "整数を指定してください。"
    if stated["type"] == "greater_than_equal":
        return f"{stated['ctx']['ge']}以上を指定してください。"
    return f"値が正しくありません。 [{visible(stated['msg'])}]"


def _as_written(format_: str) -> str:
    """A format of times as people write it."""
    named = {"%Y": "YYYY", "%m": "MM", "%d": "DD", "%H": "hh", "%M": "mm", "%S": "ss"}
    return re.sub("%[a-zA-Z]", lambda found: named[found[0]], format_)
