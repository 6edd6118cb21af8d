"""A partner as the use cases see it: its record, and the authority's certificate behind it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from openjpki.domain.authority import not_an_authority
from openjpki.domain.generation import GenerationState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.bridge import partners, pool

if TYPE_CHECKING:
    from openjpki.signer_core import PathCertificate
    from openjpki.storage.bridge.partners import PartnerRecord
    from openjpki.storage.bridge.pool import GovernorGeneration
    from openjpki.storage.kernel.transaction import Reading


def require_partner(tx: Reading, partner_id: str) -> PartnerRecord:
    """A registered partner. Raises ``PARTNER_NOT_FOUND``."""
    found = partners.get(tx, partner_id)
    if found is None:
        raise OpenJpkiError(
            Reason.PARTNER_NOT_FOUND, "is not a registered partner", field="partner_id"
        )
    return found


def find_governor(tx: Reading, partner_id: str) -> GovernorGeneration | None:
    """The prefectural authority of an id as last seen, or None: the generation that issues, or
    the newest where none does. Raises ``STORED_UNREADABLE``."""
    found = pool.governors_named(tx, partner_id)
    issuing = [one for one in found if one.state is GenerationState.ACTIVE]
    return next(iter([*issuing, *reversed(found)]), None)


def certificate_of(tx: Reading, partner: PartnerRecord) -> bytes:
    """The partner's self-signed certificate, X.509 DER.

    Raises ``AUTHORITY_NOT_FOUND`` for a governor who is no longer there.
    """
    if partner.certificate is not None:
        return partner.certificate
    governor = find_governor(tx, partner.partner_id)
    if governor is None:
        raise not_an_authority(field="partner_id")
    return governor.certificate


def identity_of(certificate: PathCertificate) -> bytes:
    """SHA-256 of an authority's name and key: what is the same in all its certificates."""
    return hashlib.sha256(certificate.subject_der + certificate.public_key).digest()
