"""What officers state of a cross certificate, from what both sides know of it: that it may be made,
and that it is to end."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from openjpki.domain.authority import BRIDGE, AuthorityId
from openjpki.domain.evidence import (
    CrossCertificationApproved,
    CrossDirection,
    CrossRevocationApproved,
)
from openjpki.errors import OpenJpkiError
from openjpki.x509.foreign.reading import read_certificate, read_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki.domain.authority_revocation import CrossRevocationCause
    from openjpki.domain.evidence import Occasion


def cross_certification_approved(
    occasion: Occasion,
    *,
    cross_certification_id: str,
    partner_id: str,
    direction: CrossDirection,
    certification_request: bytes | None,
    offered: bytes | None,
    policy_mappings: Sequence[tuple[str, str]],
    validity_days: int = 0,
) -> CrossCertificationApproved:
    """``certification_request``: PKCS#10, DER, of what is to be certified; ``offered``: what a
    foreign partner has issued, X.509 DER; one of them is given.

    Raises ``INVALID_FIELD``, ``MALFORMED_DER``, ``TRAILING_BYTES``, ``MESSAGE_TOO_LARGE``.
    """
    return CrossCertificationApproved(
        occasion=occasion,
        cross_certification_id=cross_certification_id,
        partner_id=partner_id,
        direction=direction,
        issuer=_issuer(partner_id, direction),
        subject_key_sha256=certified_key_sha256(certification_request, offered),
        # With the subject's name, which the request alone says.
        request_sha256=_sha256(certification_request),
        certificate_sha256=_sha256(offered),
        policy_mappings=tuple(policy_mappings),
        validity_days=validity_days,
    )


def cross_revocation_approved(
    occasion: Occasion,
    *,
    partner_id: str,
    direction: CrossDirection,
    certificate: bytes,
    cause: CrossRevocationCause,
) -> CrossRevocationApproved:
    """``certificate``: X.509 DER, of what is to end."""
    return CrossRevocationApproved(
        occasion=occasion,
        partner_id=partner_id,
        issuer=_issuer(partner_id, direction),
        certificate_sha256=hashlib.sha256(certificate).digest(),
        cause=cause,
    )


def _issuer(partner_id: str, direction: CrossDirection) -> AuthorityId | None:
    if direction is CrossDirection.TO_PARTNER:
        return BRIDGE
    try:
        # No foreign partner is called like an authority here.
        return AuthorityId.parse(partner_id)
    except OpenJpkiError:
        return None


def _sha256(octets: bytes | None) -> bytes | None:
    return None if octets is None else hashlib.sha256(octets).digest()


def certified_key_sha256(certification_request: bytes | None, offered: bytes | None) -> bytes:
    """Of the SubjectPublicKeyInfo that one of them names. Raises as
    :func:`cross_certification_approved`."""
    field = "certification_request"
    if offered is not None:
        spki = read_certificate(offered, field=field).public_key
    else:
        spki = read_request(certification_request or b"", field=field).key.spki
    return hashlib.sha256(spki).digest()
