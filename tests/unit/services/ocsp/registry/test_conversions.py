"""What an operator may register, and what is refused."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime
from typing import Any

import pytest

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.registry.conversions import parse_entry
from openjpki.services.ocsp.registry.entries import Registry, client_address
from tests.support import x509_samples as samples

AT = datetime(2026, 4, 1, tzinfo=UTC)

TOKYO, KANAGAWA = map(AuthorityId.signing, ("13", "14"))


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


@pytest.mark.requirement("R4.2")
def test_registry_knows_by_certificate_and_by_network() -> None:
    der = samples.user_certificate()
    one = parse_entry(entry(request_signers=[der], closed_networks=["192.0.2.0/24"]), AT)
    other = parse_entry(
        entry(
            verifier_id="other",
            authority_ids=["signing-14"],
            closed_networks=["192.0.2.128/25", "fd00::/16"],
        ),
        AT,
    )
    registry = Registry([one, other])
    assert registry.authorities_of("tax-office") == {TOKYO}
    assert registry.authorities_of("") == frozenset()
    assert registry.authorities_of_signer(der) == {TOKYO}
    assert registry.authorities_of_signer(samples.authority().der) == frozenset()

    def at(text: str) -> frozenset[AuthorityId]:
        address = client_address(text)
        assert address is not None
        return registry.authorities_at(address)

    assert at("192.0.2.1") == {TOKYO}
    assert at("192.0.2.200") == {TOKYO, KANAGAWA}
    assert at("::ffff:192.0.2.1") == {TOKYO}
    assert at("fd00::1%eth0") == {KANAGAWA}
    assert at("198.51.100.1") == frozenset()


def test_what_is_no_address_is_none() -> None:
    assert client_address(None) is None
    assert client_address("") is None
    assert client_address("host.example") is None
    assert client_address("::1") == ipaddress.ip_address("::1")
