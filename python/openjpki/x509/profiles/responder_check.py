"""Profile check of a delegated OCSP responder's certificate (RFC 6960 4.2.2.2; PROFILE: OCSP)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from openjpki.x509.foreign.partner import stated_key_id
from openjpki.x509.profiles import comparing, to_be_signed

if TYPE_CHECKING:
    from openjpki.x509.profiles.responder_profile import ResponderProfile


def check_responder_certificate(
    tbs: bytes, profile: ResponderProfile, issuer: x509.Certificate
) -> None:
    """Parse to-be-signed bytes and compare every field with the profile.

    Raises ``PROFILE_MISMATCH``.
    """
    certificate = to_be_signed.parse(tbs)
    comparing.compare_basics(
        certificate,
        subject=profile.name,
        issuer=issuer.subject,
        serial=profile.serial,
        not_before=profile.not_before,
        not_after=profile.not_after,
        spki_der=profile.spki_der,
    )
    comparing.compare_layout(certificate, _LAYOUT)
    comparing.compare_usage(certificate, {"digital_signature"})
    comparing.expect(
        list(comparing.value_of(certificate, x509.ExtendedKeyUsage))
        == [ExtendedKeyUsageOID.OCSP_SIGNING],
        "extendedKeyUsage",
        "must be id-kp-OCSPSigning alone",
    )
    comparing.compare_key_identifiers(
        certificate,
        issuer=stated_key_id(issuer),
        subject=x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest,
    )


_LAYOUT = [
    (x509.KeyUsage.oid, True),
    (x509.ExtendedKeyUsage.oid, False),
    (x509.OCSPNoCheck.oid, False),
    (x509.AuthorityKeyIdentifier.oid, False),
    (x509.SubjectKeyIdentifier.oid, False),
]
