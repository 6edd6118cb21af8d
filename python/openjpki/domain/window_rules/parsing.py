"""The rules of windows from the JSON of their file."""

from __future__ import annotations

from functools import cache

from pydantic import TypeAdapter, ValidationError

from openjpki.domain.window_rules.rules import WindowRules, require_sound
from openjpki.errors import OpenJpkiError, Reason


@cache
def _adapter() -> TypeAdapter[WindowRules]:
    return TypeAdapter(WindowRules)


def parse_window_rules(octets: bytes, *, field: str) -> WindowRules:
    """The rules; what is left out has its default.

    Raises ``INVALID_FIELD`` naming the first field that is unknown, of a wrong type, or of a value
    that none may have.
    """
    try:
        rules = _adapter().validate_json(octets, strict=True, extra="forbid")
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        path = ".".join((field, *map(str, first["loc"])))
        raise OpenJpkiError(Reason.INVALID_FIELD, first["msg"], field=path) from error
    require_sound(rules, field=field)
    return rules
