"""How identity was checked, between the contracts' message and the domain's values."""

from __future__ import annotations

from openjpki.api.types.v1 import identity_pb2
from openjpki.domain.application import IdentityEvidence


def identity_evidence(number: identity_pb2.IdentityEvidence.ValueType) -> IdentityEvidence:
    """The way of this number, which the contract's rules have found defined."""
    name = identity_pb2.IdentityEvidence.Name(number)
    return IdentityEvidence[name.removeprefix("IDENTITY_EVIDENCE_")]


def identity_message(evidence: IdentityEvidence, document_kind: str) -> identity_pb2.IdentityCheck:
    """The message that says so."""
    return identity_pb2.IdentityCheck(
        evidence=identity_pb2.IdentityEvidence.Value(f"IDENTITY_EVIDENCE_{evidence.name}"),
        document_kind=document_kind,
    )
