"""What the form calls a field of a request, and what it asks to be written there (its ``label`` and
``expects_ja`` in the contract)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.types.v1 import text_pb2
from openjpki.errors import Reason, Text
from openjpki.rpc.invalid_message import InvalidMessageError

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor, FieldDescriptor

    from openjpki.errors import OpenJpkiError


def name_fields(request: Descriptor, refusal: OpenJpkiError) -> None:
    """Tells a refusal of this request the labels, by path, of every field that it blames: of each
    broken rule, and of each field that metadata ``fields`` names below ``field``. Of a field that
    was not written as the form asks, also what that is."""
    paths = [refusal.field or ""]
    if isinstance(refusal, InvalidMessageError):
        paths = [path for path, _ in refusal.violations]
    elif refusal.field and "fields" in refusal.metadata:
        message = refusal.field.split(".")[0]
        paths += [f"{message}.{name}" for name in refusal.metadata["fields"].split(",")]
    found = {path: label_of(request, path) for path in paths}
    refusal.labels = {path: label for path, label in found.items() if label is not None}
    if refusal.reason is Reason.INVALID_FIELD:
        asked = {path: expected_of(request, path) for path in paths}
        refusal.expects_ja = {path: words for path, words in asked.items() if words is not None}


def label_of(request: Descriptor, path: str) -> Text | None:
    """The label of the field at a path such as ``attributes.birth_date`` or ``serials[3]``.

    None where the request has no such field or the field no label: nobody fills it in.
    """
    field = _field_at(request, path)
    if field is None or not field.GetOptions().HasExtension(text_pb2.label):
        return None
    label = field.GetOptions().Extensions[text_pb2.label]
    return Text(ja=label.ja, en=label.en)


def expected_of(request: Descriptor, path: str) -> str | None:
    """What the form asks to be written there, in Japanese; None where the contract does not say."""
    field = _field_at(request, path)
    if field is None or not field.GetOptions().HasExtension(text_pb2.expects_ja):
        return None
    return str(field.GetOptions().Extensions[text_pb2.expects_ja])


def _field_at(request: Descriptor, path: str) -> FieldDescriptor | None:
    message: Descriptor | None = request
    field = None
    for part in path.split("."):
        field = message.fields_by_name.get(part.partition("[")[0]) if message else None
        if field is None:
            return None
        message = field.message_type
    return field
