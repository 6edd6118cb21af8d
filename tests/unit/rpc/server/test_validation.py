"""What is said of a message that breaks its contract's rules."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.types.v1 import person_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.invalid_message import InvalidMessageError
from openjpki.rpc.server.validation import MAX_VIOLATIONS, check_message, parse
from tests.support.contracts import Method, methods

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
