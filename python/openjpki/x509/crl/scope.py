"""What a revocation list covers: its issuingDistributionPoint (docs/profile.md section 7)."""

from __future__ import annotations

from enum import Enum

from cryptography import x509


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
    point = x509.DistributionPoint(
        full_name=distribution_point_names(name, uri),
        relative_name=None,
        reasons=None,
        crl_issuer=None,
    )
    return x509.CRLDistributionPoints([point]).public_bytes()


def distribution_point_names(name: x509.Name, uri: str | None = None) -> list[x509.GeneralName]:
    """A distribution point by its DN and perhaps a URI too (RFC 5280 4.2.1.13)."""
    names: list[x509.GeneralName] = [x509.DirectoryName(name)]
    if uri is not None:
        names.append(x509.UniformResourceIdentifier(uri))
    return names
