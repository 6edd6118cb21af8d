"""Profile check of an authority's self-signed certificate (PROFILE: Authority)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.x509.profiles import comparing, to_be_signed

if TYPE_CHECKING:
    from openjpki.x509.profiles.authority_profile import AuthorityProfile


def check_authority_certificate(tbs: bytes, profile: AuthorityProfile, spki_der: bytes) -> None:
    """Parse to-be-signed bytes and compare every field with the profile.

    Raises ``PROFILE_MISMATCH``.
    """
    certificate = to_be_signed.parse(tbs)
    comparing.compare_basics(
        certificate,
        subject=profile.name,
        issuer=profile.name,
        serial=profile.serial,
        not_before=profile.not_before,
        not_after=profile.not_after,
        spki_der=spki_der,
    )
    comparing.compare_layout(certificate, _LAYOUT)
    comparing.compare_usage(certificate, {"key_cert_sign", "crl_sign"})
    constraints = comparing.value_of(certificate, x509.BasicConstraints)
    comparing.expect(
        constraints.ca and constraints.path_length is None,
        "basicConstraints",
        "must be CA:TRUE without pathLenConstraint",
    )
    comparing.expect(
        list(comparing.value_of(certificate, x509.SubjectAlternativeName))
        == [x509.DirectoryName(profile.alternative_name)],
        "subjectAltName",
        "differs",
    )
    comparing.compare_distribution_point(certificate, [x509.DirectoryName(profile.name)])
    comparing.expect(
        comparing.value_of(certificate, x509.SubjectKeyIdentifier)
        == x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()),
        "subjectKeyIdentifier",
        "must be the SHA-1 of the key",
    )


_LAYOUT = [
    (x509.KeyUsage.oid, True),
    (x509.BasicConstraints.oid, True),
    (x509.SubjectAlternativeName.oid, False),
    (x509.CRLDistributionPoints.oid, False),
    (x509.SubjectKeyIdentifier.oid, False),
]
