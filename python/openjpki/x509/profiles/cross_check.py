"""Profile check of a cross certificate, of our own making or received from a partner.

Our own is checked before it is signed, a partner's as it arrived.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.der import UNREADABLE
from openjpki.x509.foreign import certificate as foreign_certificate
from openjpki.x509.foreign.partner import stated_key_id
from openjpki.x509.profiles import comparing, to_be_signed
from openjpki.x509.profiles.building import spki_of
from openjpki.x509.profiles.policies import POLICY_MAPPINGS_OID, read_policy_mappings

if TYPE_CHECKING:
    from openjpki.x509.foreign.partner import Partner
    from openjpki.x509.profiles.cross_profile import CrossProfile


def check_cross_certificate(
    tbs: bytes, profile: CrossProfile, partner: Partner, issuer: x509.Certificate
) -> None:
    """Parse to-be-signed bytes and compare every field with the agreement.

    Raises ``PROFILE_MISMATCH``.
    """
    certificate = to_be_signed.parse(tbs)
    comparing.compare_basics(
        certificate,
        subject=partner.name,
        issuer=issuer.subject,
        serial=profile.serial,
        not_before=profile.not_before,
        not_after=profile.not_after,
        spki_der=partner.spki_der,
    )
    comparing.compare_layout(certificate, _layout(profile))
    _compare_authority(certificate, profile)
    _compare_policies(certificate, profile)
    _compare_names(certificate, profile)
    _compare_pointers(certificate, profile, partner, issuer)


def check_received_cross_certificate(der: bytes, own: bytes, partner: bytes) -> None:
    """What a partner issued to us: our DN and key, signed by its key, an authority's.

    ``own`` and ``partner`` are the two authorities' certificates (DER). Raises
    ``CROSS_CERTIFICATE_REFUSED``, ``MALFORMED_DER``, ``TRAILING_BYTES``.
    """
    field = "certificate"
    received = foreign_certificate.load(der, field=field)
    ours = foreign_certificate.load(own, field="own_certificate")
    theirs = foreign_certificate.load(partner, field="partner_certificate")
    try:
        comparing.expect(
            received.subject == ours.subject and spki_of(received) == spki_of(ours),
            field,
            "is not for this authority's name and key",
        )
        comparing.compare_signature(received, theirs)
        constraints = comparing.value_of(received, x509.BasicConstraints)
        comparing.expect(constraints.ca, field, "does not name an authority (CA:TRUE)")
        usage = comparing.value_of(received, x509.KeyUsage)
        comparing.expect(usage.key_cert_sign, field, "does not allow signing certificates")
        identifier = comparing.value_of(received, x509.SubjectKeyIdentifier)
        comparing.expect(
            identifier.digest == stated_key_id(ours), field, "has another subjectKeyIdentifier"
        )
    except UNREADABLE as error:
        raise OpenJpkiError(
            Reason.CROSS_CERTIFICATE_REFUSED, "holds a key that cannot be read", field=field
        ) from error
    except OpenJpkiError as error:
        if error.reason is not Reason.PROFILE_MISMATCH:
            raise
        raise OpenJpkiError(Reason.CROSS_CERTIFICATE_REFUSED, error.message, field=field) from error


def _layout(profile: CrossProfile) -> list[tuple[x509.ObjectIdentifier, bool]]:
    layout = [
        (x509.KeyUsage.oid, True),
        (x509.BasicConstraints.oid, True),
        (x509.CertificatePolicies.oid, True),
    ]
    if profile.mappings:
        layout.append((POLICY_MAPPINGS_OID, False))
    layout.append((x509.PolicyConstraints.oid, True))
    if profile.names is not None:
        layout.append((x509.NameConstraints.oid, True))
    return [
        *layout,
        (x509.CRLDistributionPoints.oid, False),
        (x509.AuthorityKeyIdentifier.oid, False),
        (x509.SubjectKeyIdentifier.oid, False),
    ]


def _compare_authority(certificate: x509.Certificate, profile: CrossProfile) -> None:
    comparing.compare_usage(certificate, {"key_cert_sign", "crl_sign"})
    constraints = comparing.value_of(certificate, x509.BasicConstraints)
    comparing.expect(
        constraints.ca and constraints.path_length == profile.path_length,
        "basicConstraints",
        "differs",
    )


def _compare_policies(certificate: x509.Certificate, profile: CrossProfile) -> None:
    stated = comparing.value_of(certificate, x509.CertificatePolicies)
    comparing.expect(
        tuple(one.policy_identifier.dotted_string for one in stated) == profile.policies,
        "certificatePolicies",
        "differs",
    )
    qualifiers = None if profile.cps_uri is None else [profile.cps_uri]
    comparing.expect(
        all(one.policy_qualifiers == qualifiers for one in stated),
        "certificatePolicies",
        "has another CPS URI",
    )
    try:
        mappings = read_policy_mappings(certificate.extensions)
    except OpenJpkiError as error:
        raise comparing.mismatch("policyMappings", "cannot be parsed back") from error
    comparing.expect(mappings == profile.mappings, "policyMappings", "differs")
    constraints = comparing.value_of(certificate, x509.PolicyConstraints)
    comparing.expect(
        constraints.require_explicit_policy == 0
        and constraints.inhibit_policy_mapping == (0 if profile.inhibit_mapping else None),
        "policyConstraints",
        "differs",
    )


def _compare_names(certificate: x509.Certificate, profile: CrossProfile) -> None:
    if profile.names is None:
        return
    stated = comparing.value_of(certificate, x509.NameConstraints)
    comparing.expect(
        tuple(name.value for name in stated.permitted_subtrees or ()) == profile.names.permitted
        and tuple(name.value for name in stated.excluded_subtrees or ()) == profile.names.excluded,
        "nameConstraints",
        "differs",
    )


def _compare_pointers(
    certificate: x509.Certificate,
    profile: CrossProfile,
    partner: Partner,
    issuer: x509.Certificate,
) -> None:
    wanted: list[x509.GeneralName] = [x509.DirectoryName(issuer.subject)]
    if profile.crl_uri is not None:
        wanted.append(x509.UniformResourceIdentifier(profile.crl_uri))
    comparing.compare_distribution_point(certificate, wanted)
    comparing.compare_key_identifiers(
        certificate, issuer=stated_key_id(issuer), subject=partner.key_id
    )
