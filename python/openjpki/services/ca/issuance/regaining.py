"""What can be signed, of an intent that was stored before a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca.kinds import Kind as Stored
from openjpki.x509.profiles.engine import Facts, Issuer, Kind, regain
from openjpki.x509.profiles.names import partition_name

if TYPE_CHECKING:
    from openjpki.signer_core import CheckedTbs
    from openjpki.storage.ca.issuances import Intent

_KINDS = {Stored.USER: Kind.USER, Stored.CROSS: Kind.CROSS, Stored.RESPONDER: Kind.RESPONDER}


def regain_intent(intent: Intent) -> CheckedTbs:
    """The stored bytes, checked against the facts beside them and the profile of their kind.

    Raises ``PROFILE_MISMATCH``, ``INVALID_FIELD``.
    """
    kind = _KINDS.get(intent.kind)
    if kind is None:
        raise OpenJpkiError(Reason.INTERNAL, "no certificate of this kind is issued by intent")
    facts = Facts(
        serial=intent.serial,
        issuer=Issuer.of(intent.issuer_certificate),
        not_before=intent.not_before,
        not_after=intent.not_after,
        key_sha256=intent.key_fingerprint,
        distribution_point_der=_distribution_point(kind, intent),
    )
    return regain(kind, facts, intent.tbs)


def _distribution_point(kind: Kind, intent: Intent) -> bytes | None:
    if kind is Kind.RESPONDER:
        return None
    issuer = x509.load_der_x509_certificate(intent.issuer_certificate).subject
    name = partition_name(issuer, intent.partition) if kind is Kind.USER else issuer
    return name.public_bytes()
