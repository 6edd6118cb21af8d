"""Statements about an application, from what signer and verifier both have: the four attributes.

Used by an officer's program, which signs what it showed, and by ca, which verifies.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from openjpki.domain.evidence import (
    ApplicationDecided,
    ApplicationSubmitted,
    ApplicationTakenOver,
    IdentityChecked,
    KeyPresented,
    RenewalDecided,
)
from openjpki.evidence.attributes_digest import attributes_digest

if TYPE_CHECKING:
    from openjpki.domain.application import IdentityEvidence
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.evidence import Occasion
    from openjpki.domain.person import FourAttributes
    from openjpki.domain.window import WindowId


def application_submitted(
    occasion: Occasion, *, window: WindowId, attributes: FourAttributes
) -> ApplicationSubmitted:
    """A person with these attributes applied at this window."""
    return ApplicationSubmitted(
        occasion=occasion,
        municipality=window.municipality,
        window=window,
        attributes_sha256=attributes_digest(attributes, occasion.request_id),
    )


def application_taken_over(
    occasion: Occasion, *, window: WindowId, application_id: str, attributes: FourAttributes
) -> ApplicationTakenOver:
    """The same, of an application that another officer took."""
    return ApplicationTakenOver(
        occasion=occasion,
        municipality=window.municipality,
        window=window,
        application_id=application_id,
        attributes_sha256=attributes_digest(attributes, occasion.request_id),
    )


def identity_checked(
    occasion: Occasion,
    *,
    window: WindowId,
    application_id: str,
    attributes: FourAttributes,
    evidence: IdentityEvidence,
    document_kind: str,
) -> IdentityChecked:
    """The applicant is the person with these attributes."""
    return IdentityChecked(
        occasion=occasion,
        municipality=window.municipality,
        application_id=application_id,
        attributes_sha256=attributes_digest(attributes, occasion.request_id),
        evidence=evidence,
        document_kind=document_kind,
    )


def key_presented(
    occasion: Occasion,
    *,
    window: WindowId,
    application_id: str,
    attributes: FourAttributes,
    key_sha256: bytes,
) -> KeyPresented:
    """The person with these attributes handed in this key."""
    return KeyPresented(
        occasion=occasion,
        municipality=window.municipality,
        application_id=application_id,
        attributes_sha256=attributes_digest(attributes, occasion.request_id),
        key_sha256=key_sha256,
    )


def application_decided(
    occasion: Occasion,
    *,
    authority_id: AuthorityId,
    window: WindowId,
    application_id: str,
    attributes: FourAttributes,
    key_sha256: bytes,
    approved: bool,
    renews: bytes | None = None,
) -> ApplicationDecided:
    """The certificate of the person with these attributes over this key by this authority, or
    none. ``renews``: serial number of the one that it replaces."""
    decided = ApplicationDecided(
        occasion=occasion,
        authority_id=authority_id,
        municipality=window.municipality,
        window=window,
        application_id=application_id,
        attributes_sha256=attributes_digest(attributes, occasion.request_id),
        key_sha256=key_sha256,
        approved=approved,
    )
    if renews is None:
        return decided
    said = {one.name: getattr(decided, one.name) for one in fields(decided)}
    return RenewalDecided(**said, renews=renews)
