"""A revocation rests on what an officer signed: of the window that gave the certificate out, or of
the governor whose authority it is."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from openjpki.domain.evidence import RevocationAsked
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.verification import Presented, require_revocation
from openjpki.services.common.officers.known_officers import KnownOfficers
from openjpki.storage.ca import issuances

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from openjpki.domain.policy import EvidencePolicy
    from openjpki.services.ca.revocation.revocation_order import RevocationOrder
    from openjpki.storage.kernel.acts import Value
    from openjpki.storage.kernel.transaction import Reading

FIELD = "asked"


def require_asked(
    tx: Reading, order: RevocationOrder, policy: EvidencePolicy, now: datetime
) -> Presented[RevocationAsked]:
    """What the officer signed, verified by the register as it is in this transaction.

    Raises as :func:`openjpki.evidence.verification.require_revocation`; ``OFFICER_OUT_OF_SCOPE``
    also for a window of another municipality than the one that gave the certificate out.
    """
    presented = Presented(
        statement=RevocationAsked(
            occasion=order.asked.occasion,
            authority_id=order.authority_id,
            serial=order.serial,
            cause=order.cause,
            seen=order.seen,
        ),
        signature=order.asked,
        field=FIELD,
    )
    require_revocation(KnownOfficers(tx, [order.asked]), presented, policy=policy, now=now)
    given_out_by = issuances.municipality_of(tx, order.authority_id, order.serial)
    municipality = presented.officer.municipality
    # None: regained after a restore, of which only the certificate is known.
    if municipality is not None and given_out_by not in {None, municipality.code}:
        raise OpenJpkiError(
            Reason.OFFICER_OUT_OF_SCOPE,
            "is of an officer of another municipality than the certificate",
            field=FIELD,
        )
    return presented


def facts(presented: Presented[RevocationAsked]) -> Mapping[str, Value]:
    """Who signed, and the SHA-256 of the signature, for the journal."""
    return {
        "requested_by": str(presented.officer),
        "requested_sha256": hashlib.sha256(presented.signature.signature).hexdigest(),
    }
