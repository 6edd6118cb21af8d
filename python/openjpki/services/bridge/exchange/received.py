"""Checking what a partner has issued to the service bridge, and reading the agreement from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.pool.reading import read_certificate
from openjpki.x509.foreign import certificate as foreign_certificate
from openjpki.x509.foreign.received_cross import check_received_cross_certificate
from openjpki.x509.profiles.policies import ANY_POLICY, read_policy_mappings
from openjpki.x509.signature_hash import has_accepted_hash

if TYPE_CHECKING:
    from datetime import datetime

_FIELD = "certificate"


def read_received(
    der: bytes, *, own: bytes, partner: bytes, policy_oid: str, at: datetime
) -> tuple[tuple[str, str], ...]:
    """The policies of a received cross certificate and what they map to.

    ``own`` and ``partner`` are the two authorities' self-signed certificates (DER), ``policy_oid``
    is the service bridge's. Raises ``MALFORMED_DER``, ``TRAILING_BYTES``,
    ``CROSS_CERTIFICATE_REFUSED``.
    """
    # It goes into the pool: what paths are built with must be able to read it.
    read_certificate(der, field=_FIELD)
    check_received_cross_certificate(der, own, partner)
    certificate = foreign_certificate.load(der, field=_FIELD)
    if not has_accepted_hash(certificate):
        raise _refused("must be signed with SHA-256 or longer")
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise _refused("must be valid now")
    try:
        stated = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except x509.ExtensionNotFound as error:
        raise _refused("must state its policies") from error
    policies = [one.policy_identifier.dotted_string for one in stated]
    if ANY_POLICY in policies:
        raise _refused("must name policies, not anyPolicy")
    mapped = read_policy_mappings(certificate.extensions)
    if any(issuer not in policies for issuer, _ in mapped):
        raise _refused("must map only policies that it states")
    unmapped = set(policies) - {issuer for issuer, _ in mapped}
    agreed = (*mapped, *((one, one) for one in policies if one in unmapped))
    if policy_oid not in {subject for _, subject in agreed}:
        raise _refused("must lead to the policy of the service bridge")
    return agreed


def _refused(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.CROSS_CERTIFICATE_REFUSED, rule, field=_FIELD)
