"""The rules that the contracts write on their fields, as messages of Google's runtime.

The generated code carries them along as options it does not know; here is a pool that knows them,
apart from the one everybody uses.
"""

from __future__ import annotations

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


def field_rules(field: FieldDescriptor) -> Any:
    """The ``buf.validate.FieldRules`` of a field; empty when there are none."""
    options: Any = _OPTIONS.FromString(field.GetOptions().SerializeToString())
    return options.Extensions[_FIELD]


def keeps(rules: Any, name: str) -> bool:
    """Whether these rules (of strings, octets, a list) name the rule of ours."""
    return bool(rules.Extensions[_POOL.FindExtensionByName(f"openjpki.api.types.v1.{name}")])
