"""What officers signed that a certificate rests on, read for a dispute and verified again (L1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.authority import not_an_authority
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.cose import require_signed_octets
from openjpki.evidence.public_key import StatementPublicKey
from openjpki.storage.ca import authorities, evidence
from openjpki.storage.officers import keys

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.evidence import KeptEvidence
    from openjpki.storage.kernel.unreadable import LeftOut, Unreadable


@dataclass(frozen=True, slots=True)
class SignedFor:
    """One statement with the key that signed it."""

    kept: KeptEvidence
    spki_der: bytes


def signed_for(
    ca: CaContext, authority_id: AuthorityId, serial: bytes, *, left_out: LeftOut | None = None
) -> list[SignedFor]:
    """Oldest first, each verified over the octets that are stored. ``left_out``: told of what can't
    be read.

    Raises ``AUTHORITY_NOT_FOUND``, ``CERTIFICATE_NOT_FOUND`` where nothing is kept, and
    ``EVIDENCE_SIGNATURE_INVALID`` when what is stored is no longer what was signed.
    """
    with ca.database.reading() as tx:
        if authorities.get(tx, authority_id) is None:
            raise not_an_authority()
        unreadable: list[Unreadable] = []
        told = None if left_out is None else unreadable.append
        found = evidence.of_certificate(tx, authority_id, serial, left_out=told)
        known = keys.public_keys(tx, {one.signature.key_sha256 for one in found})
    if left_out is not None:
        for one in unreadable:
            left_out(one)
    if not found and not unreadable:
        raise OpenJpkiError(
            Reason.CERTIFICATE_NOT_FOUND, "has nothing that officers signed", field="serial"
        )
    read = [SignedFor(one, known[one.signature.key_sha256]) for one in found]
    for each in read:
        require_signed_octets(
            each.kept.kind,
            each.kept.octets,
            each.kept.signature.signature,
            StatementPublicKey.parse(each.spki_der),
            field="signature",
        )
    return read
