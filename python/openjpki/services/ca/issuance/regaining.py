"""What can be signed, of an intent that was stored before a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.authority import certificate_of
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.x509.profiles.engine import Facts, Issuer, ProfileKind, regain
from openjpki.x509.profiles.names import partition_name

if TYPE_CHECKING:
    from openjpki.domain.generation import Generation
    from openjpki.signer_core import CheckedTbs
    from openjpki.storage.ca.issuances import Intent

_KINDS = {
    CertificateKind.USER: ProfileKind.USER,
    CertificateKind.CROSS: ProfileKind.CROSS,
    CertificateKind.RESPONDER: ProfileKind.RESPONDER,
}


def regain_intent(intent: Intent, issuer: Generation) -> CheckedTbs:
    """The stored bytes, checked against the facts beside them and the profile of their kind.

    ``issuer``: the generation that the intent names.

    Raises ``PROFILE_MISMATCH``, ``INVALID_FIELD``.
    """
    kind = _KINDS.get(intent.kind)
    if kind is None:
        raise OpenJpkiError(Reason.INTERNAL, "no certificate of this kind is issued by intent")
    facts = Facts(
        serial=intent.serial,
        issuer=Issuer.of(issuer.certificate),
        not_before=intent.not_before,
        not_after=intent.not_after,
        key_sha256=intent.key_fingerprint,
        distribution_point_der=_distribution_point(kind, intent, issuer),
    )
    return regain(kind, facts, intent.tbs)


def _distribution_point(kind: ProfileKind, intent: Intent, issuer: Generation) -> bytes | None:
    if kind is ProfileKind.RESPONDER:
        return None
    own = certificate_of(issuer).subject
    name = partition_name(own, intent.partition) if kind is ProfileKind.USER else own
    return name.public_bytes()
