"""What an operator may register, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.registry.conversions import parse_entry
from tests.support import x509_samples as samples

AT = datetime(2026, 4, 1, tzinfo=UTC)


def entry(**changes: Any) -> ocsp_pb2.Verifier:
    fields: dict[str, Any] = {
        "verifier_id": "tax-office",
        "display_name": "国税庁",
        "authority_ids": ["signing-13"],
    }
    return ocsp_pb2.Verifier(**{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"closed_networks": ["10.0.0.1/8"]}, "INVALID_FIELD", "verifier.closed_networks[0]"),
        ({"closed_networks": ["10.0.0.0/8", "x"]}, "INVALID_FIELD", "verifier.closed_networks[1]"),
        ({"closed_networks": ["10.0.0.1"]}, "INVALID_FIELD", "verifier.closed_networks[0]"),
        ({"closed_networks": ["0.0.0.0/0"]}, "INVALID_FIELD", "verifier.closed_networks[0]"),
        ({"closed_networks": ["::/0"]}, "INVALID_FIELD", "verifier.closed_networks[0]"),
        ({"closed_networks": ["::ffff:0:0/96"]}, "INVALID_FIELD", "verifier.closed_networks[0]"),
        (
            {"authority_ids": ["signing-13", "signing-48"]},
            "INVALID_FIELD",
            "verifier.authority_ids[1]",
        ),
        ({"request_signers": [b"x"]}, "MALFORMED_DER", "verifier.request_signers[0]"),
        (
            {"request_signers": [samples.user_certificate()[:-1]]},
            "MALFORMED_DER",
            "verifier.request_signers[0]",
        ),
        (
            {"request_signers": [samples.user_certificate() + b"\0"]},
            "TRAILING_BYTES",
            "verifier.request_signers[0]",
        ),
    ],
)
def test_refused_with_the_field(changes: dict[str, Any], reason: str, field: str) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        parse_entry(entry(**changes), AT)
    assert (refusal.value.reason, refusal.value.field) == (Reason[reason], field)
