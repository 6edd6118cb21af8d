"""The rules that the contracts state once: whoever carries an identifier keeps its rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from google.protobuf import message_factory

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.server.validation import check_message
from tests.support.contracts import methods
from tests.support.field_rules import field_rules, keeps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.descriptor import Descriptor, FieldDescriptor


def _fields(message: Descriptor) -> Iterator[FieldDescriptor]:
    for field in message.fields:
        yield field
        if field.message_type is not None:
            yield from _fields(field.message_type)


REQUESTS = {method.descriptor.input_type.name: method.descriptor.input_type for method in methods()}
FIELDS = [field for request in REQUESTS.values() for field in _fields(request)]


def _named(*names: str) -> list[FieldDescriptor]:
    found = [field for field in FIELDS if field.name in names]
    assert found
    return found


@pytest.mark.parametrize(
    "field", _named("authority_id", "authority_ids"), ids=lambda f: f.full_name
)
def test_an_authority_id_keeps_the_one_rule(field: FieldDescriptor) -> None:
    rules = field_rules(field)
    rules = rules.repeated.items if field.is_repeated else rules
    assert keeps(rules.string, "authority_id")


@pytest.mark.parametrize("field", _named("serial", "serials"), ids=lambda f: f.full_name)
def test_a_serial_keeps_the_one_rule(field: FieldDescriptor) -> None:
    rules = field_rules(field)
    if field.is_repeated:
        assert keeps(rules.repeated, "serial_numbers")
    else:
        assert keeps(rules.bytes, "serial_number")


@pytest.mark.parametrize("count", [1, 19, 20])
@pytest.mark.parametrize("first", [0x01, 0x7F, 0x80, 0xFF])
def test_serials(first: int, count: int) -> None:
    serial = bytes((first,)) + bytes(count - 1)
    check_message(ocsp_pb2.CheckRequest(authority_id="13", serial=serial))
    check_message(ocsp_pb2.CheckBatchRequest(authority_id="13", serials=[serial, b"\x01"]))


@pytest.mark.parametrize("serial", [b"", b"\x00", b"\x00\x01", b"\x00\xff", b"\x01" * 21])
def test_no_serials(serial: bytes) -> None:
    for request, field in (
        (ocsp_pb2.CheckRequest(authority_id="13", serial=serial), "serial"),
        (ocsp_pb2.CheckBatchRequest(authority_id="13", serials=[b"\x01", serial]), "serials"),
    ):
        with pytest.raises(OpenJpkiError) as refused:
            check_message(request)
        assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, field)


@pytest.mark.parametrize("authority_id", ["", "1", "1x", "131", "13\n", "１３"])
def test_no_authority_ids(authority_id: str) -> None:
    request = message_factory.GetMessageClass(REQUESTS["CheckRequest"])(
        authority_id=authority_id, serial=b"\x01"
    )
    with pytest.raises(OpenJpkiError) as refused:
        check_message(request)
    assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, "authority_id")
