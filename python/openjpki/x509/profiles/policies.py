"""Certificate policies of authority-to-authority certificates, read (RFC 5280 4.2.1.4, 4.2.1.5)."""

from __future__ import annotations

from typing import Final, TypeAlias

from cryptography import x509
from cryptography.hazmat import asn1

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.der import members, require_single_value

ANY_POLICY: Final = "2.5.29.32.0"
POLICY_MAPPINGS_OID: Final = x509.ObjectIdentifier("2.5.29.33")

Mapping: TypeAlias = tuple[str, str]


@asn1.sequence
class _Pair:
    """One of the pairs of a PolicyMappings."""

    mine: x509.ObjectIdentifier
    """issuerDomainPolicy."""
    theirs: x509.ObjectIdentifier
    """subjectDomainPolicy."""


def read_policy_mappings(extensions: x509.Extensions) -> tuple[Mapping, ...]:
    """The pairs of a certificate's policyMappings, empty without one. Raises ``MALFORMED_DER``."""
    try:
        value = extensions.get_extension_for_oid(POLICY_MAPPINGS_OID).value
    except x509.ExtensionNotFound:
        return ()
    try:
        encoded = value.public_bytes()
        require_single_value(encoded, field="policyMappings", max_bytes=len(encoded))
        pairs = [asn1.decode_der(_Pair, bytes(one)) for one in members(memoryview(encoded))]
        return tuple((pair.mine.dotted_string, pair.theirs.dotted_string) for pair in pairs)
    except (ValueError, TypeError, OpenJpkiError) as error:
        raise OpenJpkiError(
            Reason.MALFORMED_DER, "has a policyMappings that cannot be read"
        ) from error
