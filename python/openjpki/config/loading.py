"""Reads a service's settings, or says which one breaks which rule."""

from __future__ import annotations

import os
import re
import tomllib
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError
from pydantic_settings import SettingsError

from openjpki.config.base import PARTS, ServiceSettings
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pydantic_core import ErrorDetails

Settings = TypeVar("Settings", bound=ServiceSettings)

_PLACE = re.compile(r"at line \d+, column \d+")
_KEY_KINDS = {"software", "pkcs11"}
"""Pydantic names the variant inside a path; for a reader of the file there is none."""


class InvalidSettingsError(OpenJpkiError):
    """Settings that can't be used; ``problems`` are (setting, rule), values never named. All of
    them: with one left out, a service would run by a default that nobody chose."""

    def __init__(self, problems: list[tuple[str, str]], file: Path | None = None) -> None:
        listed = "; ".join(f"{setting} {rule}" for setting, rule in problems)
        where = {} if file is None else {"file": str(file)}
        super().__init__(Reason.SETTINGS_REFUSED, f"settings refused: {listed}", **where)
        self.problems = tuple(problems)


def load_settings(kind: type[Settings], file: Path | None = None) -> Settings:
    """Settings of one service from ``OPENJPKI_…`` variables, then the TOML file, then defaults.

    Nested names are tables in the file and ``__`` in variables: ``tls.certificate``,
    ``OPENJPKI_TLS__CERTIFICATE``. Raises :class:`InvalidSettingsError`.
    """
    content = _read(file) if file else {}
    if unknown := sorted(_unknown(os.environ)):
        raise InvalidSettingsError([(name, "is no setting") for name in unknown])
    try:
        return kind(**content)
    except ValidationError as error:
        # The values stay out of the chain too: a traceback would print them.
        problems = [_problem(one) for one in error.errors(include_input=False, include_url=False)]
        raise InvalidSettingsError(problems, file) from None
    except SettingsError as error:
        found = re.search(r'field "(\w+)"', str(error))
        setting = found.group(1) if found else "environment"
        raise InvalidSettingsError([(setting, "is no valid JSON in the environment")]) from None


def _unknown(environment: Iterable[str]) -> Iterator[str]:
    """Variables that look like a setting of some service and are none: a default would hold in
    their place, and nobody would know. What comes after the part, its model refuses."""
    for name in environment:
        plain = name.upper().removeprefix("OPENJPKI_")
        part, nested, _ = plain.partition("__")
        if plain != name.upper() and nested and part.lower() not in PARTS:
            yield name


def _read(file: Path) -> dict[str, Any]:
    try:
        # Windows begins UTF-8 with a mark.
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InvalidSettingsError([("file", f"can't be read ({error.strerror})")], file) from None
    except UnicodeDecodeError:
        raise InvalidSettingsError([("file", "is not UTF-8")], file) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = _PLACE.search(str(error))
        where = f" ({place.group()})" if place else ""
        raise InvalidSettingsError([("file", f"is no TOML{where}")], file) from None


def _problem(error: ErrorDetails) -> tuple[str, str]:
    parts = [str(part) for part in error["loc"] if part not in _KEY_KINDS]
    return ".".join(parts) or "settings", _rule(error)


def _rule(error: ErrorDetails) -> str:
    kind = error["type"]
    if kind == "missing":
        return "must be set"
    if kind == "extra_forbidden":
        return "is no setting"
    if kind.startswith("union_tag"):
        return "needs a kind: software or pkcs11"
    message = error["msg"].removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
