"""Cross certificates to another PKI's authority (PROFILE: Cross; RFC 5280 6; R4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509 import building, comparing
from openjpki.x509.cross_check import check_cross_certificate
from openjpki.x509.policies import ANY_POLICY, Mapping, certificate_policies, policy_mappings

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.x509.partner import Partner
    from openjpki.x509.signing import SigningKey


@dataclass(frozen=True, slots=True)
class NameSpace:
    """nameConstraints on directory names (RFC 5280 4.2.1.10)."""

    permitted: tuple[x509.Name, ...] = ()
    excluded: tuple[x509.Name, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossProfile:
    """What two authorities have agreed on. Times are aware, whole seconds."""

    serial: int
    not_before: datetime
    not_after: datetime
    policies: tuple[str, ...]
    """Dotted OIDs of the issuer's policies under which the partner is trusted."""
    mappings: tuple[Mapping, ...] = ()
    """(issuer's policy, partner's policy) pairs; empty when both use the same OIDs."""
    inhibit_mapping: bool = False
    """inhibitPolicyMapping 0: only where no mapping follows further on the path."""
    path_length: int | None = None
    """0 on the last hop, absent elsewhere."""
    cps_uri: str | None = None
    names: NameSpace | None = None
    crl_uri: str | None = None


def make_cross_certificate(
    profile: CrossProfile, partner: Partner, issuer_certificate: bytes, issuer_key: SigningKey
) -> bytes:
    """DER of a cross certificate for ``partner``, parsed back and compared.

    ``issuer_certificate`` (DER) and ``issuer_key`` are the authority that trusts the partner.
    Raises ``INVALID_FIELD``, ``KEY_*``, ``CROSS_CERTIFICATE_REFUSED``, ``PROFILE_MISMATCH``.
    """
    issuer = comparing.load(issuer_certificate)
    building.require_key_of(issuer, issuer_key)
    _check_agreement(profile, partner, issuer, issuer_key)
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
    der = building.certificate_der(building.finish(builder, issuer_key))
    check_cross_certificate(der, profile, partner, issuer)
    return der


def _check_agreement(
    profile: CrossProfile, partner: Partner, issuer: x509.Certificate, issuer_key: SigningKey
) -> None:
    if partner.spki_der == issuer_key.spki_der or partner.name == issuer.subject:
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
