"""What is said of a message that breaks its contract's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.types.v1 import person_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.invalid_message import InvalidMessageError
from openjpki.rpc.server.validation import MAX_VIOLATIONS, check_message, parse
from tests.support.contracts import Method, methods

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "花子の秘密"  # noqa: S105


@pytest.mark.parametrize("method", methods(), ids=str)
def test_valid_requests_pass(method: Method) -> None:
    check_message(method.request())


def test_names_each_field_by_its_path_and_never_its_value() -> None:
    request = ca_pb2.IssueCertificateRequest(
        request_id=SECRET,
        attributes=person_pb2.FourAttributes(
            name="", birth_date=SECRET, sex=person_pb2.Sex.ValueType(7), address=SECRET * 50
        ),
    )
    with pytest.raises(InvalidMessageError) as refused:
        check_message(request)
    fields = [field for field, _ in refused.value.violations]
    assert {"request_id", "attributes.birth_date", "attributes.sex", "attributes.address"} <= set(
        fields
    )
    assert refused.value.reason is Reason.INVALID_FIELD
    assert refused.value.field == fields[0]
    assert "花子" not in repr(refused.value.violations)
    assert any("string.pattern" in rule for _, rule in refused.value.violations)


def test_places_in_lists_are_numbered() -> None:
    request = ocsp_pb2.PutVerifierRequest(
        verifier=ocsp_pb2.Verifier(authority_ids=["signing-13", "x"])
    )
    with pytest.raises(InvalidMessageError) as refused:
        check_message(request)
    assert "verifier.authority_ids[1]" in dict(refused.value.violations)


def test_lists_only_so_many() -> None:
    request = ocsp_pb2.PutVerifierRequest(verifier=ocsp_pb2.Verifier(authority_ids=["x"] * 500))
    with pytest.raises(InvalidMessageError) as refused:
        check_message(request)
    assert len(refused.value.violations) == MAX_VIOLATIONS


@given(octets=st.binary(max_size=200), method=st.sampled_from(methods()))
def test_any_octets_are_a_message_or_refused(octets: bytes, method: Method) -> None:
    kind: Any = type(method.request())
    try:
        message = parse(kind, octets)
    except OpenJpkiError as error:
        assert error.reason is Reason.INVALID_FIELD  # noqa: PT017
        assert error.field is None  # noqa: PT017
    else:
        assert isinstance(message, kind)


def test_a_nul_is_refused_where_it_stands() -> None:
    """In any text, whatever else its rules are: one database takes it, the other can't."""
    request = ocsp_pb2.PutVerifierRequest(
        verifier=ocsp_pb2.Verifier(display_name="税務\0署", authority_ids=["signing-13", "x\0"])
    )
    with pytest.raises(InvalidMessageError) as refused:
        check_message(request)
    nul = {field for field, rule in refused.value.violations if "string.no_nul" in rule}
    assert nul == {"verifier.display_name", "verifier.authority_ids[1]"}
    assert "税務" not in repr(refused.value.violations)


@pytest.mark.parametrize("method", methods(), ids=str)
def test_no_text_of_any_request_takes_a_nul(method: Method) -> None:
    request = method.request()
    for path, holder, name in texts_of(request):
        before = getattr(holder, name)
        setattr(holder, name, f"{before}\0")
        for octets in (None, request.SerializeToString()):
            with pytest.raises(InvalidMessageError) as refused:
                check_message(request, octets)
            assert path in dict(refused.value.violations)
        setattr(holder, name, before)


def test_other_fields_may_hold_zero_octets() -> None:
    request = ocsp_pb2.CheckRequest(authority_id="signing-13", serial=b"\x01" + bytes(19))
    check_message(request, request.SerializeToString())


def texts_of(message: Message, before: str = "") -> Iterator[tuple[str, Message, str]]:
    """Every text that stands in a message: its path, the message that holds it, and its name."""
    for field, value in message.ListFields():
        if field.is_repeated:
            continue
        if isinstance(value, Message):
            yield from texts_of(value, f"{before}{field.name}.")
        elif isinstance(value, str):
            yield f"{before}{field.name}", message, field.name
