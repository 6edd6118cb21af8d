"""A request against the rules its contract writes on its fields (protovalidate)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import protovalidate
from google.protobuf.message import DecodeError, Message
from protobuf import Registry

from openjpki.api.types.v1 import rules_pb
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.invalid_message import InvalidMessageError

if TYPE_CHECKING:
    from collections.abc import Iterator

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


class _Fields(NamedTuple):
    """Fields of a kind of message that texts may stand in; of these three kinds alone."""

    texts: tuple[str, ...]
    messages: tuple[str, ...]
    several: tuple[str, ...]


# Octets of certificates are full of zeros. So most messages come here, and most of their fields are
# no texts: of which each kind of message has any is found out once.
@cache
def _fields_of(kind: Descriptor) -> _Fields:
    own = [
        one for one in kind.fields if one.type == one.TYPE_STRING or one.message_type is not None
    ]
    return _Fields(
        tuple(one.name for one in own if not one.is_repeated and one.message_type is None),
        tuple(one.name for one in own if not one.is_repeated and one.message_type is not None),
        tuple(one.name for one in own if one.is_repeated),
    )


def _may_hold_nul(message: Message) -> bool:
    """Whether a text may hold that character; True for one that has a list of texts or messages."""
    texts, messages, several = _fields_of(message.DESCRIPTOR)
    if any(getattr(message, name) for name in several):
        return True
    for name in texts:
        if "\0" in getattr(message, name):
            return True
    for name in messages:
        if message.HasField(name) and _may_hold_nul(getattr(message, name)):
            return True
    return False


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
