"""Reads a service's settings, or says which one breaks which rule."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError
from pydantic_settings import SettingsError

from openjpki.config.base import ServiceSettings
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

Settings = TypeVar("Settings", bound=ServiceSettings)

_PLACE = re.compile(r"at line \d+, column \d+")
_KEY_KINDS = {"software", "pkcs11"}
"""Pydantic names the variant inside a path; for a reader of the file there is none."""


class InvalidSettingsError(OpenJpkiError):
    """Settings that can't be used; ``problems`` are (setting, rule), values never named."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        listed = "; ".join(f"{setting} {rule}" for setting, rule in problems)
        super().__init__(Reason.SETTINGS_REFUSED, f"settings refused: {listed}")
        self.problems = tuple(problems)


def load_settings(kind: type[Settings], file: Path | None = None) -> Settings:
    """Settings of one service from ``OPENJPKI_…`` variables, then the TOML file, then defaults.

    Nested names are tables in the file and ``__`` in variables: ``tls.certificate``,
    ``OPENJPKI_TLS__CERTIFICATE``. Raises :class:`InvalidSettingsError`.
    """
    content = _read(file) if file else {}
    try:
        return kind(**content)
    except ValidationError as error:
        # The values stay out of the chain too: a traceback would print them.
        problems = [_problem(one) for one in error.errors(include_input=False, include_url=False)]
        raise InvalidSettingsError(problems) from None
    except SettingsError as error:
        found = re.search(r'field "(\w+)"', str(error))
        setting = found.group(1) if found else "environment"
        raise InvalidSettingsError([(setting, "is no valid JSON in the environment")]) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidSettingsError([("file", f"can't be read ({error.strerror})")]) from None
    except UnicodeDecodeError:
        raise InvalidSettingsError([("file", "is not UTF-8")]) from None
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        where = f" ({place.group()})" if place else ""
        raise InvalidSettingsError([("file", f"is no TOML{where}")]) from None


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
