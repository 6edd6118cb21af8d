"""The delegated OCSP responder's certificate (RFC 6960 4.2.2.2; PROFILE: OCSP)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.profiles import building, comparing, to_be_signed
from openjpki.x509.profiles.responder_check import check_responder_certificate

if TYPE_CHECKING:
    from openjpki.x509.profiles.responder_profile import ResponderProfile
    from openjpki.x509.signing import SigningKey

MAX_RESPONDER_DAYS = 90
"""ocsp-nocheck means it cannot be revoked in practice, so it must end soon by itself."""


def responder_certificate_to_sign(profile: ResponderProfile, issuer_certificate: bytes) -> bytes:
    """``TBSCertificate`` DER of a responder's certificate, parsed back and compared.

    No key is used. ``issuer_certificate`` (DER) is of the authority that answers are given for.
    Raises ``INVALID_FIELD``, ``KEY_*``, ``PROFILE_MISMATCH``.
    """
    issuer = comparing.load(issuer_certificate)
    _check_request(profile, issuer)
    builder = building.start(
        subject=profile.name,
        issuer=issuer.subject,
        serial=profile.serial,
        not_before=profile.not_before,
        not_after=profile.not_after,
        spki_der=profile.spki_der,
    )
    for value, critical in _extensions(profile, issuer):
        builder = builder.add_extension(value, critical=critical)
    tbs = to_be_signed.encode(builder, building.spki_of(issuer))
    check_responder_certificate(tbs, profile, issuer)
    return tbs


def make_responder_certificate(
    profile: ResponderProfile, issuer_certificate: bytes, issuer_key: SigningKey
) -> bytes:
    """DER of a responder's certificate, made and signed at once.

    Raises what :func:`responder_certificate_to_sign` raises, and what the key raises.
    """
    building.require_key_of(comparing.load(issuer_certificate), issuer_key)
    tbs = responder_certificate_to_sign(profile, issuer_certificate)
    return to_be_signed.sign(tbs, issuer_key)


def _check_request(profile: ResponderProfile, issuer: x509.Certificate) -> None:
    if profile.lifetime.days > MAX_RESPONDER_DAYS:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, f"must be at most {MAX_RESPONDER_DAYS} days", field="lifetime"
        )
    if profile.spki_der == building.spki_of(issuer):
        raise OpenJpkiError(
            Reason.KEY_OF_AUTHORITY, "must not be the authority's own key", field="public_key"
        )
    if profile.not_after > issuer.not_valid_after_utc:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must end before the authority's certificate", field="lifetime"
        )


def _extensions(
    profile: ResponderProfile, issuer: x509.Certificate
) -> list[tuple[x509.ExtensionType, bool]]:
    return [
        (building.responder_key_usage(), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False),
        (x509.OCSPNoCheck(), False),
        (building.authority_key_identifier(issuer), False),
        (building.key_identifier(profile.spki_der), False),
    ]
