"""Certificate policies of authority-to-authority certificates, read (RFC 5280 4.2.1.4, 4.2.1.5)."""

from __future__ import annotations

from typing import Final, TypeAlias

from asn1crypto import x509 as asn1_x509
from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason

ANY_POLICY: Final = "2.5.29.32.0"
POLICY_MAPPINGS_OID: Final = x509.ObjectIdentifier("2.5.29.33")

Mapping: TypeAlias = tuple[str, str]


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
