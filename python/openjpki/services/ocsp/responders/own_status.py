"""Whether a responder's own certificate was revoked: nobody else asks (ocsp-nocheck)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.certificate_status import CertificateStatus

if TYPE_CHECKING:
    from openjpki.services.ocsp.named_authorities import AuthorityGeneration
    from openjpki.services.ocsp.status.statuses import Statuses


def is_revoked(statuses: Statuses, issuer: AuthorityGeneration, serial: bytes) -> bool:
    """Whether the feed has told so, however long ago it was heard; False before it was."""
    for one in statuses.all():
        if one.authority_id == issuer.authority_id and one.position is not None:
            number, _, _ = one.position.index.lookup(serial, issuer.generation)
            return CertificateStatus(number) is CertificateStatus.REVOKED
    return False
