"""To-be-signed certificates as another program writes them: ``cryptography`` and ``asn1crypto``.

Beside these the engine's builder is held, octet for octet; and a mistake put into one is what the
engine's check has to find.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from openjpki_devkit.forge import der
from openjpki_devkit.forge.certificates import sign
from tests.support.x509_samples import key, key_usage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from openjpki.x509.foreign.partner import Partner
    from openjpki.x509.profiles.authority_profile import AuthorityProfile
    from openjpki.x509.profiles.cross_profile import CrossProfile
    from openjpki.x509.profiles.link import LinkProfile
    from openjpki.x509.profiles.responder_profile import ResponderProfile

Extensions: TypeAlias = "list[tuple[x509.ExtensionType, bool]]"
"""In order, each with its criticality."""

CERTIFICATES_AND_LISTS = key_usage(key_cert_sign=True, crl_sign=True)
ANSWERS = key_usage(digital_signature=True)


def name_of(name_der: bytes) -> x509.Name:
    """DER of a Name as ``cryptography`` reads it, which it does within larger things alone."""
    subject, key = name_der, der.sequence(der.sequence(der.oid("1.2.3")), der.bits(b""))
    request = der.sequence(der.integer(0), subject, key, der.explicit(0))
    return x509.load_der_x509_csr(sign(request, "anybody")).subject


def unaltered(extensions: Extensions) -> Extensions:
    return extensions


def authority_tbs(
    profile: AuthorityProfile,
    spki_der: bytes,
    alter: Callable[[Extensions], Extensions] = unaltered,
) -> bytes:
    extensions: Extensions = [
        (CERTIFICATES_AND_LISTS, True),
        (x509.BasicConstraints(ca=True, path_length=None), True),
        (x509.SubjectAlternativeName([x509.DirectoryName(profile.alternative_name)]), False),
        (distribution_point(profile.name), False),
        (own_identifier(spki_der), False),
    ]
    return _tbs(
        subject=profile.name,
        issuer=profile.name,
        serial=profile.serial,
        validity=(profile.not_before, profile.not_after),
        spki_der=spki_der,
        extensions=alter(extensions),
    )


def cross_tbs(
    profile: CrossProfile,
    partner: Partner,
    issuer_certificate: bytes,
    alter: Callable[[Extensions], Extensions] = unaltered,
) -> bytes:
    issuer = x509.load_der_x509_certificate(issuer_certificate)
    extensions: Extensions = [
        (CERTIFICATES_AND_LISTS, True),
        (x509.BasicConstraints(ca=True, path_length=profile.path_length), True),
        (certificate_policies(profile.policies, profile.cps_uri), True),
    ]
    if profile.mappings:
        extensions.append((policy_mappings(profile.mappings), False))
    inhibit = 0 if profile.inhibit_mapping else None
    extensions.append(
        (x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=inhibit), True)
    )
    if profile.names is not None:
        permitted = [x509.DirectoryName(name) for name in profile.names.permitted] or None
        excluded = [x509.DirectoryName(name) for name in profile.names.excluded] or None
        extensions.append((x509.NameConstraints(permitted, excluded), True))
    extensions += [
        (distribution_point(issuer.subject, profile.crl_uri), False),
        (issuer_identifier(issuer), False),
        (x509.SubjectKeyIdentifier(partner.key_id), False),
    ]
    return _tbs(
        subject=name_of(partner.name_der),
        issuer=issuer.subject,
        serial=profile.serial,
        validity=(profile.not_before, profile.not_after),
        spki_der=partner.spki_der,
        extensions=alter(extensions),
    )


def responder_tbs(
    profile: ResponderProfile,
    issuer_certificate: bytes,
    alter: Callable[[Extensions], Extensions] = unaltered,
) -> bytes:
    issuer = x509.load_der_x509_certificate(issuer_certificate)
    extensions: Extensions = [
        (ANSWERS, True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False),
        (x509.OCSPNoCheck(), False),
        (issuer_identifier(issuer), False),
        (own_identifier(profile.spki_der), False),
    ]
    return _tbs(
        subject=profile.name,
        issuer=issuer.subject,
        serial=profile.serial,
        validity=(profile.not_before, profile.not_after),
        spki_der=profile.spki_der,
        extensions=alter(extensions),
    )


def link_tbs(profile: LinkProfile, *, subject: bytes, issuer: bytes) -> bytes:
    signer, linked = map(x509.load_der_x509_certificate, (issuer, subject))
    public_key = linked.public_key()
    assert isinstance(public_key, rsa.RSAPublicKey)
    return _tbs(
        subject=linked.subject,
        issuer=signer.subject,
        serial=profile.serial,
        validity=(profile.not_before, profile.not_after),
        spki_der=public_key,
        extensions=[
            (CERTIFICATES_AND_LISTS, True),
            (x509.BasicConstraints(ca=True, path_length=None), True),
            (certificate_policies(profile.policies), False),
            (distribution_point(signer.subject), False),
            (issuer_identifier(signer), False),
            (x509.SubjectKeyIdentifier.from_public_key(public_key), False),
        ],
    )


def certificate_policies(
    policies: Sequence[str], cps_uri: str | None = None
) -> x509.CertificatePolicies:
    qualifiers = None if cps_uri is None else [cps_uri]
    return x509.CertificatePolicies(
        [x509.PolicyInformation(x509.ObjectIdentifier(one), qualifiers) for one in policies]
    )


def policy_mappings(mappings: Sequence[tuple[str, str]]) -> x509.UnrecognizedExtension:
    encoded = asn1_x509.PolicyMappings(
        [
            {"issuer_domain_policy": mine, "subject_domain_policy": theirs}
            for mine, theirs in mappings
        ]
    ).dump()
    return x509.UnrecognizedExtension(ExtensionOID.POLICY_MAPPINGS, encoded)


def distribution_point(
    name: x509.Name,
    uri: str | None = None,
    *,
    reasons: frozenset[x509.ReasonFlags] | None = None,
    crl_issuer: Sequence[x509.GeneralName] | None = None,
) -> x509.CRLDistributionPoints:
    names: list[x509.GeneralName] = [x509.DirectoryName(name)]
    if uri is not None:
        names.append(x509.UniformResourceIdentifier(uri))
    return x509.CRLDistributionPoints([x509.DistributionPoint(names, None, reasons, crl_issuer)])


def own_identifier(spki_der: bytes) -> x509.SubjectKeyIdentifier:
    return x509.SubjectKeyIdentifier.from_public_key(_public(spki_der))


def issuer_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    stated = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(stated)


def _public(spki_der: bytes) -> rsa.RSAPublicKey:
    public_key = load_der_public_key(spki_der)
    assert isinstance(public_key, rsa.RSAPublicKey)
    return public_key


def _tbs(
    *,
    subject: x509.Name,
    issuer: x509.Name,
    serial: int,
    validity: tuple[datetime, datetime],
    spki_der: bytes | rsa.RSAPublicKey,
    extensions: Extensions,
) -> bytes:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(serial)
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
        .public_key(spki_der if isinstance(spki_der, rsa.RSAPublicKey) else _public(spki_der))
    )
    for value, critical in extensions:
        builder = builder.add_extension(value, critical=critical)
    # Whose signature it would be is no part of these bytes.
    return builder.sign(key("anybody"), hashes.SHA256()).tbs_certificate_bytes
