"""What a revocation list covers: its issuingDistributionPoint (docs/profile.md section 7)."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from cryptography import x509
from cryptography.hazmat import asn1

_DIRECTORY_NAME = b"\xa4"


@asn1.sequence
class _PointName:
    """DistributionPointName (RFC 5280 4.2.1.13), of whose two forms one is there."""

    full: Annotated[list[asn1.TLV] | None, asn1.Implicit(0)]
    relative: Annotated[list[asn1.TLV] | None, asn1.Implicit(1)]


@asn1.sequence
class _Point:
    """IssuingDistributionPoint (RFC 5280 5.2.5)."""

    # The type is a CHOICE, so its tag stands around it: as a SEQUENCE of one it reads the same.
    name: Annotated[_PointName | None, asn1.Implicit(0)]
    users: Annotated[bool, asn1.Implicit(1), asn1.Default(value=False)]
    authorities: Annotated[bool, asn1.Implicit(2), asn1.Default(value=False)]
    reasons: Annotated[asn1.BitString | None, asn1.Implicit(3)]
    indirect: Annotated[bool, asn1.Implicit(4), asn1.Default(value=False)]
    attributes: Annotated[bool, asn1.Implicit(5), asn1.Default(value=False)]

    def limits(self) -> tuple[object, ...]:
        """All but the names."""
        return self.users, self.authorities, self.reasons, self.indirect, self.attributes

    def directory_names(self) -> set[bytes]:
        """DER of each."""
        named = self.name.full if self.name is not None else None
        return {bytes(one.data) for one in named or () if one.tag_bytes == _DIRECTORY_NAME}


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


def same_scope(one: bytes | None, other: bytes | None) -> bool:
    """Whether two lists cover the same certificates: values of issuingDistributionPoint, or None.

    RFC 5280 6.3.3 (b)(2)(i) lets a list speak for a certificate when *one* name of its point is one
    of the certificate's. So two points are the same when they have a directoryName in common and
    agree in all that limits them; a URI says where a list is fetched, and may change while
    certificates that carry the old one are in use.
    """
    if one is None or other is None or one == other:
        return one == other
    try:
        first, second = (asn1.decode_der(_Point, der) for der in (one, other))
    except (ValueError, TypeError):
        return False
    shared = first.directory_names() & second.directory_names()
    return first.limits() == second.limits() and bool(shared)


def _distribution_point_names(name: x509.Name, uri: str | None = None) -> list[x509.GeneralName]:
    """A distribution point by its DN and perhaps a URI too (RFC 5280 4.2.1.13)."""
    names: list[x509.GeneralName] = [x509.DirectoryName(name)]
    if uri is not None:
        names.append(x509.UniformResourceIdentifier(uri))
    return names
