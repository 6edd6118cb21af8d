"""Certificate policy extensions of authority-to-authority certificates (RFC 5280 4.2.1.4, .5, .11).

``cryptography`` has no type for policyMappings, so ``asn1crypto`` encodes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from asn1crypto import x509 as asn1_x509
from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

ANY_POLICY: Final = "2.5.29.32.0"
POLICY_MAPPINGS_OID: Final = x509.ObjectIdentifier("2.5.29.33")

Mapping: TypeAlias = tuple[str, str]


def certificate_policies(
    policies: Sequence[str], cps_uri: str | None = None
) -> x509.CertificatePolicies:
    """certificatePolicies with these dotted OIDs, each with the CPS URI if there is one."""
    if not policies or len(set(policies)) != len(policies):
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must name at least one policy, none twice", field="policies"
        )
    qualifiers = None if cps_uri is None else [cps_uri]
    return x509.CertificatePolicies(
        [x509.PolicyInformation(_oid(policy, "policies"), qualifiers) for policy in policies]
    )


def policy_mappings(
    mappings: Sequence[Mapping], policies: Sequence[str]
) -> x509.UnrecognizedExtension:
    """policyMappings of (issuer's policy, subject's policy) pairs of dotted OIDs.

    Each issuer's policy must be among ``policies``, the certificate's own; anyPolicy can be
    mapped neither way (RFC 5280 4.2.1.5). Raises ``INVALID_FIELD``.
    """
    for issuer_policy, subject_policy in mappings:
        for policy in (issuer_policy, subject_policy):
            _oid(policy, "policy_mappings")
            if policy == ANY_POLICY:
                raise OpenJpkiError(
                    Reason.INVALID_FIELD, "must not map anyPolicy", field="policy_mappings"
                )
        if issuer_policy not in policies:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "must map only policies that the certificate asserts",
                field="policy_mappings",
            )
    encoded = asn1_x509.PolicyMappings(
        [
            {"issuer_domain_policy": issuer_policy, "subject_domain_policy": subject_policy}
            for issuer_policy, subject_policy in mappings
        ]
    ).dump()
    return x509.UnrecognizedExtension(POLICY_MAPPINGS_OID, encoded)


def read_policy_mappings(extensions: x509.Extensions) -> tuple[Mapping, ...]:
    """The pairs of a certificate's policyMappings, empty without one. Raises ``MALFORMED_DER``."""
    try:
        value = extensions.get_extension_for_oid(POLICY_MAPPINGS_OID).value
    except x509.ExtensionNotFound:
        return ()
    try:
        pairs = asn1_x509.PolicyMappings.load(value.public_bytes(), strict=True)
        return tuple(
            (pair["issuer_domain_policy"].dotted, pair["subject_domain_policy"].dotted)
            for pair in pairs
        )
    except (ValueError, TypeError, KeyError) as error:
        raise OpenJpkiError(
            Reason.MALFORMED_DER, "has a policyMappings that cannot be read"
        ) from error


def _oid(dotted: str, field: str) -> x509.ObjectIdentifier:
    try:
        return x509.ObjectIdentifier(dotted)
    except ValueError as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be dotted object identifiers", field=field
        ) from error
