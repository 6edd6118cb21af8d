"""What officers signed that a certificate rests on, read for a dispute and verified again (L1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.cose import require_signed_octets
from openjpki.evidence.public_key import StatementPublicKey
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.storage.ca import evidence
from openjpki.storage.officers import keys

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.evidence import KeptEvidence


@dataclass(frozen=True, slots=True)
class SignedFor:
    """One statement with the key that signed it."""

    kept: KeptEvidence
    spki_der: bytes


def signed_for(ca: CaContext, authority_id: AuthorityId, serial: bytes) -> list[SignedFor]:
    """Oldest first, each verified over the octets that are stored.

    Raises ``AUTHORITY_NOT_FOUND``, ``CERTIFICATE_NOT_FOUND`` where nothing is kept, and
    ``EVIDENCE_SIGNATURE_INVALID`` when what is stored is no longer what was signed.
    """
    with ca.database.reading() as tx:
        require_authority(tx, authority_id)
        found = evidence.of_certificate(tx, authority_id, serial)
        known = keys.find(tx, {one.signature.key_sha256 for one in found})
    if not found:
        raise OpenJpkiError(
            Reason.CERTIFICATE_NOT_FOUND, "has nothing that officers signed", field="serial"
        )
    read = [SignedFor(one, known[one.signature.key_sha256].spki_der) for one in found]
    for one in read:
        require_signed_octets(
            one.kept.kind,
            one.kept.statement,
            one.kept.signature.signature,
            StatementPublicKey.parse(one.spki_der),
            field="signature",
        )
    return read
