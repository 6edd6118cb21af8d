"""Ending the certificate of an OCSP responder before its time.

It is exempt from status checks (id-pkix-ocsp-nocheck): what ends its answers is that the replica
stops signing with it, as soon as the feed tells so, and that its time is short. The list and OCSP
say of it what is true for whoever asks all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.revocation.answer_conversions import from_bytes, to_bytes
from openjpki.services.ca.revocation.end_certificate import Ending, end_certificate
from openjpki.storage.ca import certificates
from openjpki.storage.ca.kinds import CertificateKind

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.authority_revocation import ResponderRevocationCause
    from openjpki.services.ca.context import CaContext
    from openjpki.services.ca.revocation.answer_conversions import Revoked
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponderRevocation:
    """Which responder's certificate is to end, and why."""

    authority_id: AuthorityId
    serial: bytes
    cause: ResponderRevocationCause


def revoke_responder(ca: CaContext, order: ResponderRevocation, request_key: RequestKey) -> Revoked:
    """What was done, durable when this returns; the first answer on a retry.

    Raises ``AUTHORITY_NOT_FOUND``, ``CERTIFICATE_NOT_FOUND``, ``CERTIFICATE_EXPIRED``,
    ``ALREADY_REVOKED``, ``NOT_THE_OWNER``.
    """

    def revoke(tx: Transaction) -> bytes:
        require_authority(tx, order.authority_id)
        found = certificates.get(tx, order.authority_id, order.serial)
        if found is None or found.kind is not CertificateKind.RESPONDER:
            raise OpenJpkiError(
                Reason.CERTIFICATE_NOT_FOUND,
                "is not the serial number of a responder's certificate of this authority",
                field="serial",
            )
        ending = Ending(order.cause.name, order.cause.reason)
        return to_bytes(end_certificate(ca, tx, found, ending, request_key))

    with ca.fence.writing(order.authority_id) as writer:
        answer = ca.requests.once(writer, request_key, ca.clock.now(), revoke)
    ca.checkpoint("revoked")
    return from_bytes(answer)
