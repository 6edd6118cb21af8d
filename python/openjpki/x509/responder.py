"""The delegated OCSP responder's certificate (RFC 6960 4.2.2.2; PROFILE: OCSP)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509 import building, comparing

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from openjpki.x509.signing import SigningKey

MAX_RESPONDER_DAYS = 90
"""ocsp-nocheck means it cannot be revoked in practice, so it must end soon by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponderProfile:
    """A responder of one authority. Times are aware, whole seconds."""

    name: x509.Name
    """``names.responder_name(...)``."""
    spki_der: bytes
    """The responder's own public key: never the authority's."""
    serial: int
    not_before: datetime
    lifetime: timedelta


def make_responder_certificate(
    profile: ResponderProfile, issuer_certificate: bytes, issuer_key: SigningKey
) -> bytes:
    """DER of the responder's certificate, parsed back and compared.

    ``issuer_certificate`` (DER) and ``issuer_key`` are the authority that answers are given for.
    Raises ``INVALID_FIELD``, ``KEY_*``, ``PROFILE_MISMATCH``.
    """
    issuer = comparing.load(issuer_certificate)
    building.require_key_of(issuer, issuer_key)
    if profile.lifetime.days > MAX_RESPONDER_DAYS:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, f"must be at most {MAX_RESPONDER_DAYS} days", field="lifetime"
        )
    if profile.spki_der == issuer_key.spki_der:
        raise OpenJpkiError(
            Reason.KEY_OF_AUTHORITY, "must not be the authority's own key", field="public_key"
        )
    not_after = profile.not_before + profile.lifetime
    if not_after > issuer.not_valid_after_utc:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must end before the authority's certificate", field="lifetime"
        )
    extensions = _extensions(profile, issuer)
    builder = building.start(
        subject=profile.name,
        issuer=issuer.subject,
        serial=profile.serial,
        not_before=profile.not_before,
        not_after=not_after,
        spki_der=profile.spki_der,
    )
    for value, critical in extensions:
        builder = builder.add_extension(value, critical=critical)
    der = building.certificate_der(building.finish(builder, issuer_key))
    certificate = comparing.load(der)
    comparing.compare_basics(
        certificate,
        subject=profile.name,
        issuer=issuer.subject,
        serial=profile.serial,
        not_before=profile.not_before,
        not_after=not_after,
        spki_der=profile.spki_der,
    )
    comparing.compare_extensions(certificate, extensions)
    comparing.compare_signature(certificate, issuer)
    return der


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
