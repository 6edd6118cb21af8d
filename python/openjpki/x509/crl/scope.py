"""What a revocation list covers: its issuingDistributionPoint (RFC 5280 5.2.5; PROFILE: CRLs)."""

from __future__ import annotations

from enum import Enum

from cryptography import x509

from openjpki.x509.profiles.building import directory_distribution_points, distribution_point_names


class Covers(Enum):
    """Which certificates a list speaks of."""

    USERS = "users"
    AUTHORITIES = "authorities"
    """The authority revocation list."""


def issuing_distribution_point_der(
    name: x509.Name, covers: Covers, *, uri: str | None = None
) -> bytes:
    """DER of the extension's value; the extension is critical.

    ``name`` and ``uri`` are the ones in the certificates' cRLDistributionPoints: a partition's DN
    for users, the authority's own for authorities.
    """
    return x509.IssuingDistributionPoint(
        full_name=distribution_point_names(name, uri),
        relative_name=None,
        only_contains_user_certs=covers is Covers.USERS,
        only_contains_ca_certs=covers is Covers.AUTHORITIES,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    ).public_bytes()


def crl_distribution_points_der(name: x509.Name, *, uri: str | None = None) -> bytes:
    """DER of the value of the certificates' cRLDistributionPoints for the same list."""
    return directory_distribution_points(name, uri).public_bytes()
