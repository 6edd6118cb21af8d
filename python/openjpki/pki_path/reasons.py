"""From the validating library's exceptions to typed reasons.

Its classes tell revocation, validity and algorithms apart; everything else that makes a path fail
is one class, told apart only by its message. ``_MESSAGES`` is the one place that reads messages: it
decides what a refusal is called, never whether there is one, and a message it does not know becomes
``MALFORMED``. Tests over NIST's suite notice when the library's wording changes.
"""

from __future__ import annotations

from typing import Final

from pyhanko_certvalidator.errors import (
    DisallowedAlgorithmError,
    ExpiredError,
    InsufficientRevinfoError,
    NotYetValidError,
    PathValidationError,
    RevokedError,
    StaleRevinfoError,
    ValidationError,
)

from openjpki.pki_path.verdict import PathRefusal, RefusalReason

_CLASSES: Final[tuple[tuple[type[ValidationError], RefusalReason], ...]] = (
    (RevokedError, RefusalReason.REVOKED),
    (StaleRevinfoError, RefusalReason.CRL_EXPIRED),
    (InsufficientRevinfoError, RefusalReason.NO_CRL),
    (ExpiredError, RefusalReason.EXPIRED),
    (NotYetValidError, RefusalReason.NOT_YET_VALID),
    (DisallowedAlgorithmError, RefusalReason.ALGORITHM),
)

_MESSAGES: Final[tuple[tuple[str, RefusalReason], ...]] = (
    ("could not be verified", RefusalReason.SIGNATURE),
    ("not match the constraints on the public key", RefusalReason.SIGNATURE),
    ("no valid set of policies", RefusalReason.POLICY),
    ("size limit on the policy graph", RefusalReason.POLICY),
    ("policy mapping", RefusalReason.POLICY),
    ("exceeds the maximum path length", RefusalReason.PATH_LENGTH),
    ("is not a CA", RefusalReason.BASIC_CONSTRAINTS),
    ("not allowed to sign certificates", RefusalReason.KEY_USAGE),
    ("permitted namespace", RefusalReason.NAME_CONSTRAINTS),
    ("are excluded from the namespace", RefusalReason.NAME_CONSTRAINTS),
    ("issuer name could not be matched", RefusalReason.NAME_CHAINING),
    ("unsupported critical extension", RefusalReason.CRITICAL_EXTENSION),
)


def refusal_from(error: ValidationError, *, subject: str, index: int) -> PathRefusal:
    """The refusal that ``error`` means, for the certificate at ``index``."""
    if isinstance(error, RevokedError):
        return PathRefusal(
            subject,
            index,
            RefusalReason.REVOKED,
            error.failure_msg,
            revoked_at=error.revocation_dt,
            revocation_reason=_spelled(error.reason.native),
        )
    return PathRefusal(subject, index, _reason(error), error.failure_msg)


def _reason(error: ValidationError) -> RefusalReason:
    for kind, reason in _CLASSES:
        if isinstance(error, kind):
            return reason
    if isinstance(error, PathValidationError):
        for words, reason in _MESSAGES:
            if words in error.failure_msg:
                return reason
    return RefusalReason.MALFORMED


def _spelled(name: str) -> str:
    """CRLReason as RFC 5280 5.3.1 writes it, from the library's ``key_compromise``."""
    if name in _UNEVEN:
        return _UNEVEN[name]
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


_UNEVEN: Final = {
    "ca_compromise": "cACompromise",
    "aa_compromise": "aACompromise",
    "remove_from_crl": "removeFromCRL",
}
