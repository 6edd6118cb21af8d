"""A request against the rules its contract writes on its fields (protovalidate)."""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import protovalidate
from google.protobuf.message import DecodeError, Message
from protobuf import Registry

from openjpki.api.types.v1 import rules_pb
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.invalid_message import InvalidMessageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from google.protobuf.descriptor import Descriptor

# Our own rules come beside the messages, which say that they keep them but do not import them.
_violations_of = protovalidate.Validator(Registry(rules_pb.desc())).collect_violations

_NO_NUL = "must not hold the character U+0000 (string.no_nul)"
"""PostgreSQL has no place for it in a text, SQLite has; nobody writes it on purpose."""

MAX_VIOLATIONS = 20
"""The most that one answer lists."""


def check_message(message: Message, octets: bytes | None = None) -> None:
    """Raises `InvalidMessageError` (``INVALID_FIELD``) when a rule is broken.

    ``octets``: what the message was parsed from, where the caller has it. Without a zero octet
    there, no text holds the character U+0000, and the fields are not looked at to find it.
    """
    violations = _violations_of(message)
    may_hold_nul = (octets is None or b"\0" in octets) and _may_hold_nul(message)
    if not violations and not may_hold_nul:
        return
    broken = [_described(one.proto) for one in violations]
    if may_hold_nul:
        broken += [(path, _NO_NUL) for path in _with_nul(message)]
    if broken:
        raise InvalidMessageError(broken[:MAX_VIOLATIONS])


def parse(message_type: type[Message], octets: bytes) -> Message:
    """The message in these octets. Raises ``INVALID_FIELD`` for anything else."""
    try:
        return message_type.FromString(octets)
    except DecodeError as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, f"the octets are not a {message_type.DESCRIPTOR.name}"
        ) from error


class _Reads(NamedTuple):
    """What reads, of a kind of message, all fields that texts may stand in, its messages' too."""

    texts: Callable[[Message], tuple[str, ...]]
    several: Callable[[Message], tuple[object, ...]]
    """Lists and maps; and messages of a kind that they are in."""


# Octets of certificates are full of zeros. So most messages come here, and most of their fields are
# no texts: where each kind of message has any is found out once, and they are read in one go.
@cache
def _reads_of(kind: Descriptor) -> _Reads:
    texts, several = _paths_in(kind, frozenset({kind.full_name}))
    return _Reads(_all_at(texts), _all_at(several))


def _paths_in(kind: Descriptor, around: frozenset[str]) -> tuple[list[str], list[str]]:
    """To texts, and to what may be several. ``around``: kinds of messages that this one is in."""
    texts: list[str] = []
    several: list[str] = []
    for field in kind.fields:
        within = field.message_type
        if within is None and field.type != field.TYPE_STRING:
            continue
        if field.is_repeated or (within is not None and within.full_name in around):
            several.append(field.name)
        elif within is None:
            texts.append(field.name)
        else:
            inner = _paths_in(within, around | {within.full_name})
            for paths, found in zip((texts, several), inner, strict=True):
                paths.extend(f"{field.name}.{one}" for one in found)
    return texts, several


def _all_at(paths: list[str]) -> Callable[[Message], tuple[Any, ...]]:
    # Twice the first: of one alone it would give the value, not a tuple.
    return attrgetter(paths[0], *paths) if paths else _nothing


def _nothing(_: Message) -> tuple[Any, ...]:
    return ()


def _may_hold_nul(message: Message) -> bool:
    """Whether a text may hold that character; True for one that has a list of texts or messages."""
    texts, several = _reads_of(message.DESCRIPTOR)
    return any(several(message)) or "\0" in "".join(texts(message))


def _with_nul(message: Message, before: str = "") -> Iterator[str]:
    """Paths of texts with that character, as :func:`_path` writes them."""
    for field, value in message.ListFields():
        path = f"{before}{field.name}"
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            for key, one in value.items():
                yield from _in_value(key, f"{path}[*]")
                yield from _in_value(one, f"{path}[*]")
        elif field.is_repeated:
            for index, one in enumerate(value):
                yield from _in_value(one, f"{path}[{index}]")
        else:
            yield from _in_value(value, path)


def _in_value(value: object, path: str) -> Iterator[str]:
    if isinstance(value, str):
        if "\0" in value:
            yield path
    elif isinstance(value, Message):
        yield from _with_nul(value, f"{path}.")


def _described(violation: Any) -> tuple[str, str]:
    rule = violation.message or violation.rule_id
    return _path(violation.field), f"{rule} ({violation.rule_id})"


def _path(field: Any) -> str:
    """``attributes.birth_date``, ``serials[3]``; a map's key is the caller's and stays out."""
    if field is None:
        return ""
    parts: list[str] = []
    for element in field.elements:
        subscript = element.subscript
        where = ""
        if subscript is not None:
            where = f"[{subscript.value}]" if subscript.field == "index" else "[*]"
        parts.append(f"{element.field_name}{where}")
    return ".".join(parts)
