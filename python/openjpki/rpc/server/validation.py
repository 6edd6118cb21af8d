"""A request against the rules its contract writes on its fields (protovalidate)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import protovalidate
from google.protobuf.message import DecodeError
from protobuf import Registry

from openjpki.api.types.v1 import rules_pb
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.invalid_message import InvalidMessageError

if TYPE_CHECKING:
    from google.protobuf.message import Message

# Our own rules come beside the messages, which say that they keep them but do not import them.
_violations_of = protovalidate.Validator(Registry(rules_pb.desc())).collect_violations

MAX_VIOLATIONS = 20
"""The most that one answer lists."""


def check_message(message: Message) -> None:
    """Raises `InvalidMessageError` (``INVALID_FIELD``) when a rule is broken."""
    broken = _violations_of(message)
    if broken:
        raise InvalidMessageError([_described(one.proto) for one in broken[:MAX_VIOLATIONS]])


def parse(message_type: type[Message], octets: bytes) -> Message:
    """The message in these octets. Raises ``INVALID_FIELD`` for anything else."""
    try:
        return message_type.FromString(octets)
    except DecodeError as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, f"the octets are not a {message_type.DESCRIPTOR.name}"
        ) from error


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
