"""The delegated OCSP responder's certificate (RFC 6960 4.2.2.2; docs/profile.md section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.profiles import engine
from openjpki.x509.profiles.engine import Asked, Issuer, ProfileKind, octets, seconds

if TYPE_CHECKING:
    from openjpki.signer_core import CheckedTbs
    from openjpki.x509.profiles.responder_profile import ResponderProfile


def responder_to_sign(profile: ResponderProfile, issuer_certificate: bytes) -> CheckedTbs:
    """What the authority that answers are given for is to sign.

    ``issuer_certificate`` (DER) is that authority's. Raises ``INVALID_FIELD``, ``KEY_*``,
    ``PROFILE_MISMATCH``.
    """
    return engine.build(ProfileKind.RESPONDER, asked(profile, Issuer.of(issuer_certificate)))


def asked(profile: ResponderProfile, issuer: Issuer) -> Asked:
    """The values the engine builds it from, and checks it by.

    Raises ``INVALID_FIELD``, ``KEY_OF_AUTHORITY``.
    """
    if profile.spki_der == issuer.spki_der:
        raise OpenJpkiError(
            Reason.KEY_OF_AUTHORITY, "must not be the authority's own key", field="public_key"
        )
    if profile.not_after > issuer.not_after:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must end before the authority's certificate", field="lifetime"
        )
    return Asked(
        serial=octets(profile.serial),
        signature=profile.signature,
        issuer_der=issuer.name_der,
        issuer_spki_der=issuer.spki_der,
        not_before=seconds(profile.not_before, "not_before"),
        not_after=seconds(profile.not_after, "not_after"),
        subject_der=profile.name.public_bytes(),
        spki_der=profile.spki_der,
        authority_key_identifier=issuer.key_id,
    )
