"""Making revocation information for a certificate (R1.3.4, R3.1, R3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.municipality import Municipality
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.keep_evidence import keep_evidence
from openjpki.services.ca.revocation.answer_conversions import from_bytes, to_bytes
from openjpki.services.ca.revocation.as_certified import as_certified
from openjpki.services.ca.revocation.end_certificate import (
    Ending,
    end_certificate,
    require_not_ended,
)
from openjpki.services.ca.revocation.revocation_evidence import facts, require_asked
from openjpki.storage.ca import certificates, issuances
from openjpki.storage.ca.evidence import EvidencedAct
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.kernel.beginning import Turn

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.served_scope import ServedScope
    from openjpki.services.ca.context import CaContext
    from openjpki.services.ca.revocation.answer_conversions import Revoked
    from openjpki.services.ca.revocation.revocation_order import RevocationOrder
    from openjpki.storage.ca.certificates import CertificateRecord
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading, Transaction


def revoke_certificate(
    ca: CaContext, order: RevocationOrder, served: ServedScope, request_key: RequestKey
) -> Revoked:
    """What was done, durable when this returns; the first answer on a retry. ``served``: what the
    caller speaks for.

    Raises ``AUTHORITY_NOT_FOUND``, ``CERTIFICATE_NOT_FOUND``, ``CERTIFICATE_EXPIRED``,
    ``ALREADY_REVOKED``, ``REASON_NOT_ALLOWED``, ``NOT_THE_OWNER``, and what
    :func:`openjpki.services.ca.revocation.revocation_evidence.require_asked` raises.
    """
    with ca.fence.writing(order.authority_id) as writer:
        answer = ca.requests.once(
            writer,
            request_key,
            ca.clock.now(),
            lambda tx: to_bytes(_revoke(ca, tx, order, served, request_key)),
            turn=Turn.COUNTS,
        )
    return from_bytes(answer)


def _revoke(
    ca: CaContext,
    tx: Transaction,
    order: RevocationOrder,
    served: ServedScope,
    request_key: RequestKey,
) -> Revoked:
    authority = require_authority(tx, order.authority_id)
    found = require_certificate(tx, order.authority_id, order.serial, served)
    now = ca.clock.now()
    # First, so that a call repeated after its answer was forgotten hears of what it did, not that
    # the officer's word is old by now.
    require_not_ended(tx, found, now)
    asked = require_asked(tx, order, authority.policy.evidence, now)
    reason = authority.policy.crl.reason_for(order.cause)
    ending = Ending(order.cause.name, reason, facts(asked))
    # Before the feed and the journal, as a renewal's intent takes them.
    issuances.end_life(tx, order.authority_id, found.serial)
    revoked = end_certificate(ca, tx, found, ending, request_key)
    keep_evidence(tx, order.authority_id, found.serial, EvidencedAct.REVOCATION, [asked])
    return revoked


def require_certificate(
    tx: Reading, authority_id: AuthorityId, serial: bytes, served: ServedScope
) -> CertificateRecord:
    """A user certificate of this authority, of a municipality that the caller serves; of another
    one's nothing is said. Raises ``CERTIFICATE_NOT_FOUND``."""
    found = certificates.get(tx, authority_id, serial)
    if found is not None and found.kind is CertificateKind.USER:
        found = as_certified(found)
    if found is None or found.kind is not CertificateKind.USER or not _is_of(found, served):
        raise OpenJpkiError(
            Reason.CERTIFICATE_NOT_FOUND,
            "is not the serial number of a user certificate of this authority",
            field="serial",
        )
    return found


def _is_of(found: CertificateRecord, served: ServedScope) -> bool:
    # A partition is called by its municipality's code, which may have been given up since.
    code = found.partition[:5]
    return served.everything or served.serves_municipality(Municipality(code))
