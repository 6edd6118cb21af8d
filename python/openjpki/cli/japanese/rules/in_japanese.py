"""A rule in Japanese, found by its English."""

from __future__ import annotations

import re
from typing import Final

from openjpki.cli.japanese.rules import (
    authorities,
    bridge,
    calls,
    certificates,
    checks,
    command_line,
    compiled,
    contracts,
    keys,
    officers,
    status,
    values,
    windows,
)
from openjpki.cli.japanese.templates import Templates
from openjpki.cli.japanese.values import VALUES

TABLES: Final = (
    command_line, contracts, values, keys, certificates, calls, authorities, bridge, officers,
    status, windows, checks, compiled,
)  # fmt: skip

RULES: Final[dict[str, str]] = {
    english: japanese for table in TABLES for english, japanese in table.TEXTS.items()
}

_TEMPLATES: Final = Templates(RULES)
_ID: Final = re.compile(r" \((?:required|[a-z0-9]+\.[a-z0-9_]+)\)")
"""What stands behind a rule of a contract."""
_DEEPEST: Final = 2
"""How deep in a rule another one is looked for."""


def in_japanese(rule: str, depth: int = 0) -> str | None:
    """The rule, and what in it is a rule or a known word in its turn. None where no table has it:
    a service of a newer release may have others."""
    if depth > _DEEPEST:
        return None
    rule = _ID.sub("", rule)
    return RULES.get(rule) or _one_by_one(rule, depth) or _alone(rule, depth)


def _alone(rule: str, depth: int) -> str | None:
    return _TEMPLATES.in_japanese(rule, lambda value: _of_value(value, depth))


def _one_by_one(rule: str, depth: int) -> str | None:
    """Rules behind each other, where every one is known."""
    parts = rule.split("; ")
    if len(parts) == 1:
        return None
    known = [_alone(each, depth) for each in parts]
    return "".join(each or "" for each in known) if all(known) else None


def _of_value(value: str, depth: int) -> str | None:
    """Several values stand with commas between them."""
    parts = value.split(", ")
    if all(each in VALUES for each in parts):
        return "、".join(VALUES[each] for each in parts)
    return in_japanese(value, depth + 1)
