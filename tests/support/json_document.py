"""docs/json.md as data: what each command prints for programs, and whether a value is that."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_PAGE = Path(__file__).parents[2] / "docs" / "json.md"
_TYPES = "text|word|name|hex|time|number|flag|object"
_KEY = re.compile(rf"`(\w+)` ((?:list of )?(?:{_TYPES}))(\??)")
_WORD = re.compile(r"[a-z0-9-]+")
_NAME = re.compile(r"[a-z0-9._-]+")
_HEX = re.compile(r"([0-9a-f]{2})*|[0-9a-f]+")


REFUSAL = {
    "error": "text", "message": "text", "field": "text?", "metadata": "object", "text": "text?",
    "label": "text?", "violations": "list of object", "next_step": "text?",
}  # fmt: skip
"""Keys of a refusal with their types; docs/operations.md has what they say."""
_VIOLATION = {"field": "text", "label": "text?", "rule": "text"}
_OUTCOME = {"outcome": "word", "again": "word"}
"""What a program reads of a refusal's metadata; whatever else is in there is text."""


@dataclass(frozen=True)
class Shape:
    """``object``, ``array``, ``lines`` or ``nothing``, and its keys with their types."""

    kind: str
    keys: dict[str, str]

    def faults(self, value: Any) -> list[str]:
        """What is not as documented."""
        if self.kind == "array":
            if not isinstance(value, list):
                return ["is no array"]
            return [fault for row in value for fault in self._of_one(row)]
        return self._of_one(value)

    def _of_one(self, value: Any) -> list[str]:
        if not isinstance(value, dict):
            return ["is no object"]
        if list(value) != list(self.keys):
            return [f"has the keys {list(value)}, not {list(self.keys)}"]
        return [
            f"{name}: {value[name]!r} is no {kind}"
            for name, kind in self.keys.items()
            if not fits(value[name], kind)
        ]


def fits(value: Any, kind: str) -> bool:
    """Whether it is of the type, as the page says it."""
    if value is None:
        return kind.endswith("?")
    kind = kind.rstrip("?")
    if kind.startswith("list of "):
        each = kind.removeprefix("list of ")
        return isinstance(value, list) and all(fits(one, each) for one in value)
    if isinstance(value, str):
        return (
            kind == "text"
            or (kind == "word" and bool(_WORD.fullmatch(value)))
            or (kind == "name" and bool(_NAME.fullmatch(value)))
            or (kind == "hex" and bool(_HEX.fullmatch(value)))
            or (kind == "time" and _is_time(value))
        )
    if isinstance(value, bool):
        return kind == "flag"
    types: dict[str, tuple[type, ...]] = {"number": (int, float), "object": (dict,)}
    return isinstance(value, types.get(kind, ()))


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def documented() -> dict[str, Shape]:
    """By command, as it is typed."""
    found: dict[str, Shape] = {}
    aliases: dict[str, tuple[str, str]] = {}
    for command, kind, keys in re.findall(
        r"^\| `([a-z -]+)` \| (object|array|lines|nothing) \| (.*) \|$",
        _PAGE.read_text("utf-8"),
        re.MULTILINE,
    ):
        if same := re.match(r"as `([a-z -]+)`", keys):
            aliases[command] = (kind, same[1])
        else:
            found[command] = Shape(kind, _keys(keys))
    return found | {
        command: Shape(kind, found[other].keys) for command, (kind, other) in aliases.items()
    }


def within() -> dict[tuple[str, str], Shape]:
    """What is inside: by command and key."""
    tops = documented()
    found: dict[tuple[str, str], Shape] = {}
    for command, names, keys in re.findall(
        r"^\| `([a-z -]+)`: (.*?) \| (.*) \|$", _PAGE.read_text("utf-8"), re.MULTILINE
    ):
        same = re.match(r"as `([a-z -]+)`", keys)
        kind = "array" if names.endswith(", each") else "object"
        for name in re.findall(r"`(\w+)`", names):
            found[command, name] = Shape(kind, tops[same[1]].keys if same else _keys(keys))
    return found


def _keys(text: str) -> dict[str, str]:
    return {name: kind + unknown for name, kind, unknown in _KEY.findall(text)}


def require_documented(words: Sequence[str], printed: str) -> None:
    """That what a command printed is what the page says of it. ``words``: as typed, the command's
    name first."""
    shapes = documented()
    named = " ".join(one for one in words[:3] if not one.startswith("-"))
    command = max((one for one in shapes if f"{named} ".startswith(f"{one} ")), key=len)
    if "--proposals" in words:
        command += " --proposals"
    shape = shapes[command]
    if shape.kind not in {"object", "array"}:
        return
    value = json.loads(printed)
    assert shape.faults(value) == [], command
    for (of, name), inner in within().items():
        if of == command and value.get(name) is not None:
            assert inner.faults(value[name]) == [], f"{command}: {name}"


def require_refusal(printed: str) -> Any:
    """That what a command printed on stderr is one refusal as documented; it back."""
    told = json.loads(printed)
    assert Shape("object", REFUSAL).faults(told) == []
    assert Shape("array", _VIOLATION).faults(told["violations"]) == []
    for name, value in told["metadata"].items():
        assert fits(value, _OUTCOME.get(name, "text")), name
    return told
