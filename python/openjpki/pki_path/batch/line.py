"""One line of a batch: what it asks, or which rule it breaks (docs/path-validation.md)."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import floor, isfinite
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LINE: Final = 1 << 20
"""Octets of one line, without its end."""

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
"""Some editors begin a file with it; it says nothing (RFC 8259 8.1)."""

Id: TypeAlias = str | int | float | None

_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,64})?([Zz]|[+-]\d\d:[0-5]\d)", re.ASCII
)
OID: Final = re.compile(r"[0-2](\.(0|[1-9]\d{0,38})){1,64}", re.ASCII)
"""An object identifier as it is written."""
SHA256: Final = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
"""A hash as it is written."""
_MAX_FILES = 100_000
_NO_TIME: Final = "time must be one that there is"
_TWICE: Final = "must not have a field twice"


class LineError(ValueError):
    """The line asks for nothing that can be answered; its text is the rule, in English."""

    def __init__(self, rule: str, line_id: Id = None) -> None:
        super().__init__(rule)
        self.rule = rule
        self.line_id = line_id
        """As far as it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one line asks."""

    line_id: Id
    target: str
    """Name of a file, as are those of ``anchors``."""
    anchors: tuple[str, ...]
    pool: tuple[str, ...]
    """Names of files and folders."""
    at: int | None
    """Seconds since 1970; None: now."""
    policies: tuple[str, ...]
    """Dotted; empty: any."""
    explicit_policy: bool
    inhibit_mapping: bool
    inhibit_any: bool
    revocation: bool
    accept_renumbered: tuple[bytes, ...]
    """SHA-256 of lists from which on numbers count anew."""


def parse_line(octets: bytes) -> Line:
    """Read one line, strictly: a field that is misspelt would be a question left out. Raises
    :class:`LineError`."""
    if len(octets) > MAX_LINE:
        raise LineError(f"must not be longer than {MAX_LINE} octets")
    objects: list[list[tuple[str, object]]] = []

    def read(pairs: list[tuple[str, object]]) -> dict[str, object]:
        objects.append(pairs)
        return dict(pairs)

    try:
        text = octets.removeprefix(BYTE_ORDER_MARK).decode("utf-8")
        fields = json.loads(text, object_pairs_hook=read)
    except UnicodeDecodeError:
        raise LineError("must be UTF-8") from None
    except (ValueError, RecursionError):
        raise LineError("must be one JSON object") from None
    if not isinstance(fields, dict):
        raise LineError("must be one JSON object")
    # The outermost is the last to be whole.
    if "id" in _twice(objects[-1]):
        raise LineError(_TWICE)
    line_id = _line_id(fields)
    if any(map(_twice, objects)):
        raise LineError(_TWICE, line_id)
    try:
        return _line(_said(fields), line_id)
    except LineError as error:
        raise LineError(error.rule, line_id) from None


def _line(fields: dict[str, object], line_id: Id) -> Line:
    unknown = fields.keys() - _FIELDS
    if unknown:
        raise LineError(f"has a field that is not known: {min(unknown)!a:.60}")
    if "target" not in fields or "anchors" not in fields:
        raise LineError("must have target and anchors")
    revocation = fields.get("revocation", "require")
    if revocation not in ("require", "off"):
        raise LineError("revocation must be require or off")
    return Line(
        line_id=line_id,
        target=_file(fields["target"], "target"),
        anchors=_texts(fields, "anchors", _file),
        pool=_texts(fields, "pool", _file),
        at=_time(fields.get("time")),
        policies=_texts(fields, "policies", _oid),
        explicit_policy=_flag(fields, "explicit_policy"),
        inhibit_mapping=_flag(fields, "inhibit_mapping"),
        inhibit_any=_flag(fields, "inhibit_any"),
        revocation=revocation == "require",
        accept_renumbered=tuple(map(bytes.fromhex, _texts(fields, "accept_renumbered", _sha256))),
    )


_FIELDS: Final = {
    "id",
    "target",
    "anchors",
    "pool",
    "time",
    "policies",
    "explicit_policy",
    "inhibit_mapping",
    "inhibit_any",
    "revocation",
    "accept_renumbered",
}


def parse_time(text: str) -> int:
    """RFC 3339 with its offset; seconds since 1970, a fraction dropped. A leap second is the second
    after it, as in POSIX: X.509 has none. Raises :class:`LineError`."""
    if not _TIME.fullmatch(text):
        raise LineError("time must be as in RFC 3339, with an offset")
    leap = text[17:19] == "60"
    try:
        # One that is no time of these years in UTC can't be shown.
        written = text[:17] + "59" + text[19:] if leap else text
        moment = datetime.fromisoformat(written.upper()).astimezone(UTC)
        if leap:
            moment += timedelta(seconds=1)
    except (ValueError, OverflowError):
        raise LineError(_NO_TIME) from None
    # RFC 3339 5.7: at the end of a month of UTC alone.
    if leap and (moment.day, moment.hour, moment.minute, moment.second) != (1, 0, 0, 0):
        raise LineError(_NO_TIME)
    return floor(moment.timestamp())


def _twice(pairs: list[tuple[str, object]]) -> set[str]:
    return {name for name, count in Counter(name for name, _ in pairs).items() if count > 1}


def _said(fields: dict[str, object]) -> dict[str, object]:
    """What may be absent may be null, but not what nobody should have to guess."""
    return {name: one for name, one in fields.items() if one is not None or name == "revocation"}


def _line_id(fields: dict[str, object]) -> Id:
    line_id = fields.get("id")
    if isinstance(line_id, bool) or not isinstance(line_id, str | int | float | None):
        raise LineError("id must be a text or a number")
    if isinstance(line_id, float) and not isfinite(line_id):
        # Python reads and writes NaN and infinities, which JSON does not have.
        raise LineError("id must be a number that there is")
    return line_id


def _texts(
    fields: dict[str, object], name: str, parse: Callable[[object, str], str]
) -> tuple[str, ...]:
    values = fields.get(name, [])
    if not isinstance(values, list) or len(values) > _MAX_FILES:
        raise LineError(f"{name} must be a list of at most {_MAX_FILES}")
    return tuple(parse(one, name) for one in values)


def _file(value: object, name: str) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise LineError(f"{name} must name files")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise LineError(f"{name} must name files") from None
    return value


def _oid(value: object, name: str) -> str:
    if not isinstance(value, str) or not OID.fullmatch(value):
        raise LineError(f"{name} must be dotted object identifiers")
    return value


def _sha256(value: object, name: str) -> str:
    if not isinstance(value, str) or not SHA256.fullmatch(value):
        raise LineError(f"{name} must be SHA-256 hashes, hexadecimal")
    return value


def _time(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise LineError("time must be as in RFC 3339, with an offset")
    return parse_time(value)


def _flag(fields: dict[str, object], name: str) -> bool:
    value = fields.get(name, False)
    if not isinstance(value, bool):
        raise LineError(f"{name} must be true or false")
    return value
