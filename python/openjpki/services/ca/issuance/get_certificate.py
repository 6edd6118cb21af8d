"""Reading an issued certificate and its state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.fees import FEE_CAUSES
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.revocation.revoke_certificate import require_certificate
from openjpki.storage.ca import certificates

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.policy.revocation import RevocationCause
    from openjpki.domain.served_scope import ServedScope
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.certificates import CertificateRecord


@dataclass(frozen=True, slots=True)
class FoundCertificate:
    """A certificate, and when it was revoked."""

    record: CertificateRecord
    revoked_at: datetime | None
    fee_cause: RevocationCause | None
    """Why it was revoked, where what is paid for a new one depends on it (R5.1.2)."""


def get_certificate(
    ca: CaContext, authority_id: AuthorityId, serial: bytes, served: ServedScope
) -> FoundCertificate:
    """A user's certificate, of a municipality that the caller serves.

    Raises ``AUTHORITY_NOT_FOUND``, ``CERTIFICATE_NOT_FOUND``.
    """
    with ca.database.reading() as tx:
        require_authority(tx, authority_id)
        found = require_certificate(tx, authority_id, serial, served)
        revocation = certificates.revocation_of(tx, authority_id, serial)
    if revocation is None:
        return FoundCertificate(found, None, None)
    told = {cause.name: cause for cause in FEE_CAUSES}
    return FoundCertificate(found, revocation.revoked_at, told.get(revocation.cause))
