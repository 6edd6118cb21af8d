"""Ending a certificate ex officio, as the register network told that something changed (R3.1.2a).

No officer has said anything: the notice is the ground (docs/change-notices.md). What a caller can
do with this is bounded by the municipality that it names, and to one cause.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.policy import RevocationCause
from openjpki.domain.served_scope import ServedScope
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.revocation.answer_conversions import from_bytes, to_bytes
from openjpki.services.ca.revocation.end_certificate import Ending, end_certificate
from openjpki.services.ca.revocation.revoke_certificate import require_certificate
from openjpki.storage.ca import issuances

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.municipality import Municipality
    from openjpki.services.ca.context import CaContext
    from openjpki.services.ca.revocation.answer_conversions import Revoked
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Transaction

CAUSE = RevocationCause.CHANGE_NOTICE


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedCertificate:
    """Which certificate is to end."""

    authority_id: AuthorityId
    municipality: Municipality
    """Whose register told of the change, and whose window gave the certificate out."""
    serial: bytes


def revoke_changed(ca: CaContext, order: ChangedCertificate, request_key: RequestKey) -> Revoked:
    """What was done, durable when this returns; the first answer on a retry.

    Raises ``AUTHORITY_NOT_FOUND``, ``CERTIFICATE_NOT_FOUND``, ``CERTIFICATE_EXPIRED``,
    ``ALREADY_REVOKED``, ``REASON_NOT_ALLOWED``, ``NOT_THE_OWNER``.
    """
    only = ServedScope(municipalities=frozenset({order.municipality}))

    def revoke(tx: Transaction) -> bytes:
        authority = require_authority(tx, order.authority_id)
        found = require_certificate(tx, order.authority_id, order.serial, only)
        ending = Ending(CAUSE.name, authority.policy.crl.reason_for(CAUSE))
        # Before the feed and the journal, as a renewal's intent takes them.
        issuances.end_life(tx, order.authority_id, found.serial)
        revoked = end_certificate(ca, tx, found, ending, request_key)
        return to_bytes(revoked)

    with ca.fence.writing(order.authority_id) as writer:
        answer = ca.requests.once(writer, request_key, ca.clock.now(), revoke)
    ca.checkpoint("revoked")
    return from_bytes(answer)
