"""What a revocation list covers: its issuingDistributionPoint (docs/profile.md section 7)."""

from __future__ import annotations

from enum import Enum

from cryptography import x509

from openjpki import signer_core


class Covers(Enum):
    """Which certificates a list speaks of."""

    USERS = "users"
    AUTHORITIES = "authorities"
    """The authority revocation list."""


def issuing_distribution_point_der(
    name: x509.Name, covers: Covers, *, uri: str | None = None
) -> bytes:
    """DER of the extension's value (RFC 5280 5.2.5); the extension is critical.

    ``name`` and ``uri`` are the ones in the certificates' cRLDistributionPoints: a partition's DN
    for users, the authority's own for authorities.
    """
    return x509.IssuingDistributionPoint(
        full_name=_distribution_point_names(name, uri),
        relative_name=None,
        only_contains_user_certs=covers is Covers.USERS,
        only_contains_ca_certs=covers is Covers.AUTHORITIES,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    ).public_bytes()


def freshest_der(name: x509.Name, *, uri: str | None = None) -> bytes:
    """DER of freshestCRL's value (RFC 5280 5.2.6): where the delta lists of this scope are, by the
    name of its point and, perhaps, an address of their own."""
    point = x509.DistributionPoint(
        full_name=_distribution_point_names(name, uri),
        relative_name=None,
        reasons=None,
        crl_issuer=None,
    )
    return x509.FreshestCRL([point]).public_bytes()


def same_scope(one: bytes | None, other: bytes | None) -> bool:
    """Whether two lists cover the same certificates: values of issuingDistributionPoint, or None.

    RFC 5280 6.3.3 (b)(2)(i) lets a list speak for a certificate when *one* name of its point is one
    of the certificate's. So two points are the same when they have a directoryName in common and
    agree in all that limits them; a URI says where a list is fetched, and may change while
    certificates that carry the old one are in use.
    """
    if one is None or other is None or one == other:
        return one == other
    return signer_core.same_list_scope(one, other)


def _distribution_point_names(name: x509.Name, uri: str | None = None) -> list[x509.GeneralName]:
    """A distribution point by its DN and perhaps a URI too (RFC 5280 4.2.1.13)."""
    names: list[x509.GeneralName] = [x509.DirectoryName(name)]
    if uri is not None:
        names.append(x509.UniformResourceIdentifier(uri))
    return names
