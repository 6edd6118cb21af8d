"""Profile check of an authority's self-signed certificate (PROFILE: Authority)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.x509 import comparing

if TYPE_CHECKING:
    from openjpki.x509.authority import AuthorityProfile


def check_authority_certificate(der: bytes, profile: AuthorityProfile, spki_der: bytes) -> None:
    """Parse ``der`` and compare every field with the profile. Raises ``PROFILE_MISMATCH``."""
    certificate = comparing.load(der)
    comparing.compare_basics(
        certificate,
        subject=profile.name,
        issuer=profile.name,
        serial=profile.serial,
        not_before=profile.not_before,
        not_after=profile.not_after,
        spki_der=spki_der,
    )
    comparing.compare_signature(certificate, certificate)
    found = [(extension.oid, extension.critical) for extension in certificate.extensions]
    comparing.expect(found == _LAYOUT, "extensions", "are not the ones of the profile in its order")
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    comparing.expect(set_bits(usage) == {"key_cert_sign", "crl_sign"}, "keyUsage", "differs")
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    comparing.expect(
        constraints.ca and constraints.path_length is None,
        "basicConstraints",
        "must be CA:TRUE without pathLenConstraint",
    )
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    comparing.expect(
        list(names) == [x509.DirectoryName(profile.alternative_name)], "subjectAltName", "differs"
    )
    points = list(certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value)
    comparing.expect(
        len(points) == 1
        and points[0].full_name == [x509.DirectoryName(profile.name)]
        and points[0].crl_issuer is None
        and points[0].reasons is None,
        "cRLDistributionPoints",
        "must be the authority's own DN",
    )
    identifier = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    comparing.expect(
        identifier == x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()),
        "subjectKeyIdentifier",
        "must be the SHA-1 of the key",
    )


def set_bits(usage: x509.KeyUsage) -> set[str]:
    """Names of the bits that are set, as ``cryptography`` spells them."""
    names = {
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
    }
    return {name for name in names if getattr(usage, name)}


_LAYOUT = [
    (x509.KeyUsage.oid, True),
    (x509.BasicConstraints.oid, True),
    (x509.SubjectAlternativeName.oid, False),
    (x509.CRLDistributionPoints.oid, False),
    (x509.SubjectKeyIdentifier.oid, False),
]
