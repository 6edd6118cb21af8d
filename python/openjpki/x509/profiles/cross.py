"""Cross certificates to another PKI's authority (PROFILE: Cross; RFC 5280 6; R4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.profiles import building, comparing, to_be_signed
from openjpki.x509.profiles.cross_check import check_cross_certificate
from openjpki.x509.profiles.policies import ANY_POLICY, certificate_policies, policy_mappings

if TYPE_CHECKING:
    from openjpki.x509.foreign.partner import Partner
    from openjpki.x509.profiles.cross_profile import CrossProfile, NameSpace
    from openjpki.x509.signing import SigningKey


def cross_certificate_to_sign(
    profile: CrossProfile, partner: Partner, issuer_certificate: bytes
) -> bytes:
    """``TBSCertificate`` DER of a cross certificate, parsed back and compared. No key is used.

    ``issuer_certificate`` (DER) is of the authority that trusts the partner.
    Raises ``INVALID_FIELD``, ``KEY_*``, ``CROSS_CERTIFICATE_REFUSED``, ``PROFILE_MISMATCH``.
    """
    issuer = comparing.load(issuer_certificate)
    _check_agreement(profile, partner, issuer)
    builder = building.start(
        subject=partner.name,
        issuer=issuer.subject,
        serial=profile.serial,
        not_before=profile.not_before,
        not_after=profile.not_after,
        spki_der=partner.spki_der,
    )
    for value, critical in _extensions(profile, partner, issuer):
        builder = builder.add_extension(value, critical=critical)
    tbs = to_be_signed.encode(builder, building.spki_of(issuer))
    check_cross_certificate(tbs, profile, partner, issuer)
    return tbs


def make_cross_certificate(
    profile: CrossProfile, partner: Partner, issuer_certificate: bytes, issuer_key: SigningKey
) -> bytes:
    """DER of a cross certificate, made and signed at once: :func:`cross_certificate_to_sign`.

    Raises what that raises, and what the key raises.
    """
    building.require_key_of(comparing.load(issuer_certificate), issuer_key)
    tbs = cross_certificate_to_sign(profile, partner, issuer_certificate)
    return to_be_signed.sign(tbs, issuer_key)


def _check_agreement(profile: CrossProfile, partner: Partner, issuer: x509.Certificate) -> None:
    if partner.spki_der == building.spki_of(issuer) or partner.name == issuer.subject:
        raise OpenJpkiError(
            Reason.CROSS_CERTIFICATE_REFUSED, "the partner must be another authority"
        )
    if profile.not_after > issuer.not_valid_after_utc:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must not be later than the issuer's own", field="not_after"
        )
    if profile.path_length is not None and profile.path_length < 0:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must not be negative", field="path_length")
    if ANY_POLICY in profile.policies:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must name policies, not anyPolicy", field="policies"
        )


def _extensions(
    profile: CrossProfile, partner: Partner, issuer: x509.Certificate
) -> list[tuple[x509.ExtensionType, bool]]:
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (building.authority_key_usage(), True),
        (x509.BasicConstraints(ca=True, path_length=profile.path_length), True),
        (certificate_policies(profile.policies, profile.cps_uri), True),
    ]
    if profile.mappings:
        extensions.append((policy_mappings(profile.mappings, profile.policies), False))
    extensions.append(
        (
            x509.PolicyConstraints(
                require_explicit_policy=0,
                inhibit_policy_mapping=0 if profile.inhibit_mapping else None,
            ),
            True,
        )
    )
    if profile.names is not None:
        extensions.append((_name_constraints(profile.names), True))
    extensions += [
        (building.directory_distribution_points(issuer.subject, profile.crl_uri), False),
        (building.authority_key_identifier(issuer), False),
        (x509.SubjectKeyIdentifier(partner.key_id), False),
    ]
    return extensions


def _name_constraints(names: NameSpace) -> x509.NameConstraints:
    permitted = [x509.DirectoryName(name) for name in names.permitted] or None
    excluded = [x509.DirectoryName(name) for name in names.excluded] or None
    if permitted is None and excluded is None:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must permit or exclude something", field="names")
    return x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=excluded)
