"""How identity was checked, between the contracts' message and the domain's values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.types.v1 import identity_pb2
from openjpki.domain.application import IdentityEvidence, require_document_kind
from openjpki.domain.evidence.revocation import IdentitySeen

if TYPE_CHECKING:
    from openjpki.domain.municipality import Municipality


def identity_seen(
    message: identity_pb2.IdentityCheck, municipality: Municipality, *, field: str
) -> IdentitySeen:
    """What an officer of the municipality saw. Raises ``INVALID_FIELD``."""
    require_document_kind(message.document_kind, field=f"{field}.document_kind")
    return IdentitySeen(
        municipality=municipality,
        evidence=identity_evidence(message.evidence),
        document_kind=message.document_kind,
    )


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
