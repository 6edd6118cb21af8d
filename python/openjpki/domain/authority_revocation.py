"""What ends certificates that are no user's, and the reason each is published with.

The reasons are those of RFC 5280, 5.3.1, and no authority's policy changes them: the one who reads
them is a machine that decides whether another infrastructure may still be trusted.
"""

from __future__ import annotations

from enum import Enum

from openjpki.domain.policy.revocation import RevocationReason


class CrossRevocationCause(Enum):
    """What ended a cross certificate (R4.4)."""

    AGREEMENT_ENDED = "agreement_ended"
    PARTNER_COMPROMISE = "partner_compromise"
    """Somebody else may have the key of the authority that it certifies."""
    REPLACED = "replaced"
    ISSUED_WRONGLY = "issued_wrongly"

    @property
    def reason(self) -> RevocationReason:
        """As lists and OCSP answers name it; unspecified is left out of both."""
        return _CROSS[self]


class ResponderRevocationCause(Enum):
    """What ended the certificate of an OCSP responder."""

    KEY_COMPROMISE = "key_compromise"
    WITHDRAWN = "withdrawn"
    """The replica answers no more."""
    REPLACED = "replaced"
    ISSUED_WRONGLY = "issued_wrongly"

    @property
    def reason(self) -> RevocationReason:
        """As lists and OCSP answers name it; unspecified is left out of both."""
        return _RESPONDER[self]


_CROSS = {
    CrossRevocationCause.AGREEMENT_ENDED: RevocationReason.CESSATION_OF_OPERATION,
    # The subject is an authority: what signed under it is in doubt too.
    CrossRevocationCause.PARTNER_COMPROMISE: RevocationReason.CA_COMPROMISE,
    CrossRevocationCause.REPLACED: RevocationReason.SUPERSEDED,
    CrossRevocationCause.ISSUED_WRONGLY: RevocationReason.UNSPECIFIED,
}
_RESPONDER = {
    ResponderRevocationCause.KEY_COMPROMISE: RevocationReason.KEY_COMPROMISE,
    ResponderRevocationCause.WITHDRAWN: RevocationReason.CESSATION_OF_OPERATION,
    ResponderRevocationCause.REPLACED: RevocationReason.SUPERSEDED,
    ResponderRevocationCause.ISSUED_WRONGLY: RevocationReason.UNSPECIFIED,
}
