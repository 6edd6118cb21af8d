"""Checking what a partner has issued to the service bridge, and reading the agreement from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.received_cross import check_received_cross_certificate
from openjpki.x509.profiles.policies import ANY_POLICY

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
    certificate = check_received_cross_certificate(der, own, partner)
    if not certificate.not_before <= at.timestamp() < certificate.not_after + 1:
        raise _refused("must be valid now")
    policies = certificate.policies
    if policies is None:
        raise _refused("must state its policies")
    if ANY_POLICY in policies:
        raise _refused("must name policies, not anyPolicy")
    mapped = certificate.policy_mappings
    if any(ANY_POLICY in pair for pair in mapped):
        raise _refused("must not map anyPolicy")
    if any(issuer not in policies for issuer, _ in mapped):
        raise _refused("must map only policies that it states")
    unmapped = set(policies) - {issuer for issuer, _ in mapped}
    agreed = (*mapped, *((one, one) for one in policies if one in unmapped))
    if policy_oid not in {subject for _, subject in agreed}:
        raise _refused("must lead to the policy of the service bridge")
    return agreed


def _refused(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.CROSS_CERTIFICATE_REFUSED, rule, field=_FIELD)
