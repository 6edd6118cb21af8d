"""Officers' signatures between message and value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.api.types.v1 import evidence_pb2
from openjpki.domain.evidence import OfficerSignature
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.officer_signature import from_message, to_message
from tests.support.statements import REQUEST, any_occasion, decided, memory_key, sign

if TYPE_CHECKING:
    from openjpki.domain.evidence import Occasion

SIGNED = sign(decided(), memory_key())


@given(any_occasion(), st.binary(min_size=32, max_size=32), st.binary(min_size=1, max_size=1024))
def test_a_value_is_read_back_from_its_message(
    occasion: Occasion, key_sha256: bytes, signature: bytes
) -> None:
    value = OfficerSignature(occasion=occasion, key_sha256=key_sha256, signature=signature)
    octets = to_message(value).SerializeToString()
    message = evidence_pb2.OfficerSignature.FromString(octets)
    assert from_message(message, field="approval") == value


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"officer": "operator/ca/ito"}, "officer", Reason.INVALID_FIELD),
        ({"officer": "window-officer/99999/ito"}, "officer", Reason.UNKNOWN_MUNICIPALITY),
        ({"key_sha256": b"x"}, "key_sha256", Reason.INVALID_FIELD),
        (
            {"request_id": REQUEST.upper()},
            "request_id",
            Reason.INVALID_FIELD,
        ),
        ({"signature": b""}, "signature", Reason.INVALID_FIELD),
    ],
)
def test_what_is_no_signature_is_refused_by_field(
    change: dict[str, Any], field: str, reason: Reason
) -> None:
    message = to_message(SIGNED)
    for name, value in change.items():
        setattr(message, name, value)
    with pytest.raises(OpenJpkiError) as refused:
        from_message(message, field="approval")
    assert (refused.value.reason, refused.value.field) == (reason, f"approval.{field}")


@pytest.mark.parametrize(("seconds", "nanos"), [(1, 1), (-(2**62), 0), (2**62, 0)])
def test_a_moment_is_whole_seconds_of_the_calendar(seconds: int, nanos: int) -> None:
    message = to_message(SIGNED)
    message.signed_at.seconds, message.signed_at.nanos = seconds, nanos
    with pytest.raises(OpenJpkiError) as refused:
        from_message(message, field="approval")
    assert (refused.value.reason, refused.value.field) == (
        Reason.INVALID_FIELD,
        "approval.signed_at",
    )
