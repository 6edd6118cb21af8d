"""The rules that the contracts write on their fields, as messages of Google's runtime.

The generated code carries them along as options it does not know; here is a pool that knows them,
apart from the one everybody uses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    field_mask_pb2,
    message_factory,
    timestamp_pb2,
)
from protovalidate import ViolationPb

from openjpki.api.types.v1 import rules_pb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.descriptor import FieldDescriptor

VALIDATE = ViolationPb.desc().file
"""``buf/validate/validate.proto`` as the validator has it."""

_POOL = descriptor_pool.DescriptorPool()
for _known in (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2):
    _POOL.AddSerializedFile(_known.DESCRIPTOR.serialized_pb)
for _file in (VALIDATE, rules_pb.desc()):
    _POOL.AddSerializedFile(_file.proto.to_binary())
_OPTIONS = message_factory.GetMessageClass(
    _POOL.FindMessageTypeByName("google.protobuf.FieldOptions")
)
_FIELD = _POOL.FindExtensionByName("buf.validate.field")
_PREDEFINED = _POOL.FindExtensionByName("buf.validate.predefined")
_VALUE = re.compile(r"%[sd]")
_WORDED = re.compile(r"'([^']*%[sd][^']*)'\.format")


def field_rules(field: FieldDescriptor) -> Any:
    """The ``buf.validate.FieldRules`` of a field; empty when there are none."""
    options: Any = _OPTIONS.FromString(field.GetOptions().SerializeToString())
    return options.Extensions[_FIELD]


def keeps(rules: Any, name: str) -> bool:
    """Whether these rules (of strings, octets, a list) name the rule of ours."""
    return bool(rules.Extensions[_POOL.FindExtensionByName(f"openjpki.api.types.v1.{name}")])


_BUILT_IN = {
    "buf.validate.FieldRules.required": "value is required",
    "buf.validate.EnumRules.defined_only": "value must be one of the defined enum values",
}
"""How the validator itself words what no expression stands for."""


def wordings(rules: Any) -> Iterator[str]:
    """What a caller is told where one of these rules is broken, {} for a value, without the id."""
    for rule, value in rules.ListFields():
        options: Any = _OPTIONS.FromString(rule.GetOptions().SerializeToString())
        expressions = list(options.Extensions[_PREDEFINED].cel)
        if rule.full_name == "buf.validate.FieldRules.cel":
            expressions = list(value)
        for one in expressions:
            worded = [one.message] if one.message else _WORDED.findall(one.expression)
            yield from (_VALUE.sub("{}", each) for each in worded)
        if rule.full_name in _BUILT_IN:
            yield _BUILT_IN[rule.full_name]
        if rule.message_type is not None and not rule.is_repeated:
            yield from wordings(value)
