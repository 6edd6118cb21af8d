"""The registry in memory."""

from __future__ import annotations

from datetime import UTC, datetime

from openjpki.domain.authority import AuthorityId
from openjpki.services.ocsp.registry.entries import Registry
from openjpki.storage.ocsp.verifiers import VerifierRecord

TOKYO = AuthorityId.signing("13")


def record(name: str, *networks: str) -> VerifierRecord:
    return VerifierRecord(
        verifier_id=name,
        display_name=name,
        authority_ids=frozenset({TOKYO}),
        request_signers=frozenset(),
        closed_networks=frozenset(networks),
        registered_at=datetime(2026, 4, 1, tzinfo=UTC),
    )


def test_one_network_that_cannot_be_read_shuts_nobody_else_out() -> None:
    registry = Registry([record("a", "no network", "192.0.2.0/24"), record("b", "198.51.100.0/24")])
    closed = [str(one) for each in registry.records for one in registry.networks_of(each)]
    assert closed == ["192.0.2.0/24", "198.51.100.0/24"]
    registry.require("a", TOKYO)
