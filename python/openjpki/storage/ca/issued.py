"""What a request for a certificate came to, put together from what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import certificates, generations

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.generation import Generation
    from openjpki.storage.ca.kinds import CertificateKind
    from openjpki.storage.kernel.transaction import Reading


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate as whoever asked for it gets it, the same at every retry."""

    kind: CertificateKind
    serial: bytes
    certificate: bytes
    """X.509 DER."""
    issuer: Generation
    """Whose key signed it."""
    issued_at: datetime


def issued(tx: Reading, authority_id: AuthorityId, serial: bytes) -> Issued:
    """The certificate of a serial number that an issuance ended with."""
    found = certificates.get(tx, authority_id, serial)
    issuer = generations.get(tx, authority_id, found.generation) if found else None
    if found is None or issuer is None:
        raise OpenJpkiError(Reason.INTERNAL, "an issuance ended without a certificate")
    return Issued(found.kind, serial, found.certificate, issuer, found.issued_at)
