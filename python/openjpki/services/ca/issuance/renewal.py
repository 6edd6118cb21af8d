"""Renewal: a certificate over a new key in the place of another one of the same person (R2.7).

The intent names both. Until the new certificate is stored the old one holds; in the transaction
that stores the new one the old one ends. So whatever a crash leaves, one of the two holds, and
never both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.policy import RevocationCause, RevocationReason
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.revocation.as_certified import as_certified
from openjpki.services.ca.revocation.end_certificate import Ending, end_certificate
from openjpki.storage.ca import certificates, issuances

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.authorities.authority import Authority
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.issuances import Intent
    from openjpki.storage.kernel.transaction import Reading, Transaction

_FIELD = "renews"
_CAUSE = RevocationCause.RENEWAL


def require_renewable(
    tx: Reading, authority: Authority, serial: bytes, person_reference: bytes
) -> None:
    """Whether that certificate may give way to a new one of this person; one that has expired may.

    Raises ``CERTIFICATE_NOT_FOUND`` for one that is not this person's, ``ALREADY_REVOKED`` for one
    that ended for a reason of its own, ``REASON_NOT_ALLOWED``.
    """
    if not issuances.is_of_person(tx, authority.authority_id, serial, person_reference):
        raise OpenJpkiError(
            Reason.CERTIFICATE_NOT_FOUND,
            "is not the serial number of a certificate of this person by this authority",
            field=_FIELD,
        )
    _require_unrevoked(tx, authority.authority_id, serial)
    authority.policy.crl.reason_for(_CAUSE, field=_FIELD)


def require_still_unrevoked(tx: Transaction, intent: Intent) -> None:
    """Once more, when the intent has the person's place: who revokes frees that place first, so
    either that is seen here, or it waits for the intent.

    Raises ``ALREADY_REVOKED``.
    """
    if intent.renews is not None:
        _require_unrevoked(tx, intent.authority_id, intent.renews)


def _require_unrevoked(tx: Reading, authority_id: AuthorityId, serial: bytes) -> None:
    if certificates.is_revoked(tx, authority_id, serial):
        raise OpenJpkiError(Reason.ALREADY_REVOKED, "was revoked before", field=_FIELD)


def end_renewed(ca: CaContext, tx: Transaction, intent: Intent) -> None:
    """End the certificate that an intent takes the place of. One that expired, or was revoked once
    the intent was there, keeps its own end.

    After the new one's event: from there on no other call ends a certificate of the authority
    before this transaction is over.
    """
    if intent.renews is None:
        return
    found = certificates.get(tx, intent.authority_id, intent.renews)
    if found is None:
        raise OpenJpkiError(Reason.INTERNAL, "the intent renews no certificate that there is")
    at = ca.clock.now().replace(microsecond=0)
    if found.not_after < at or certificates.is_revoked(tx, found.authority_id, found.serial):
        return
    policy = require_authority(tx, intent.authority_id).policy
    # What was intended is carried out, whatever the policy has become since.
    reason = policy.crl.reasons.get(_CAUSE, RevocationReason.SUPERSEDED)
    ending = Ending(_CAUSE.name, reason)
    end_certificate(ca, tx, as_certified(found), ending, intent.request)
