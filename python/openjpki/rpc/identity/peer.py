"""Who a peer is: the one SPIFFE id in its certificate, read strictly.

``spiffe://<trust domain>/<role>[/<scope>[/<subject>]]`` (SPIFFE-ID 2.1 to 2.3, X509-SVID 2); what
the scope of each role says is in docs/identities.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from openjpki.domain.authority import AuthorityId
from openjpki.domain.municipality import Municipality
from openjpki.domain.served_scope import OperatedScope, ServedScope
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole, role_of_name
from openjpki.x509.der import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

MAX_SPIFFE_ID = 2048
"""Octets (SPIFFE-ID 2.3)."""

_TRUST_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9._-]{0,253}[a-z0-9])?")
_SEGMENT = re.compile(r"[A-Za-z0-9._-]{1,255}")
_MAX_SEGMENTS = 3


@dataclass(frozen=True, slots=True)
class PeerIdentity:
    """An authenticated peer. ``scope`` and ``subject`` are empty where the id has none."""

    role: PeerRole
    scope: str
    subject: str
    spiffe_id: str
    reach: ServedScope | None = field(default=None, compare=False)
    """What the scope says that a service serves and an operator operates; None for other roles,
    whose scope is one name, and for a service that names nothing."""

    @property
    def replica(self) -> str:
        """Of a service whose replicas are told apart, which one this is: ``scope/subject``; empty
        where its id names none. Replicas of different scopes are different ones, whatever the
        subject."""
        return f"{self.scope}/{self.subject}" if self.subject else ""

    def works_at(self, service: PeerRole) -> bool:
        """Whether this service may grant the peer anything: of people who work at one service, an
        operator and a bridge officer, the scope names it. True for every other role."""
        if not self.role.names_its_service:
            return True
        named = self.scope
        if self.role is PeerRole.OPERATOR:
            named = OperatedScope.parse(self.scope).service
        return named == service.value


def spoken_for(identity: PeerIdentity) -> ServedScope | None:
    """The municipalities and authorities that a peer speaks for; None of one who speaks for others
    than these or whose scope is none. ``INVALID_FIELD``, ``UNKNOWN_MUNICIPALITY`` for a place that
    does not exist."""
    if identity.role in {PeerRole.WINDOW_OFFICER, PeerRole.REGISTER_FEED}:
        return ServedScope(municipalities=frozenset({Municipality.parse(identity.scope)}))
    if identity.role is PeerRole.GOVERNOR_OFFICER:
        return ServedScope(authorities=frozenset({AuthorityId.parse(identity.scope)}))
    return identity.reach


def may_be_one_person(spiffe_id: str, other: str) -> bool:
    """Whether two ids of people may be one person's: their last segments are the same, however
    they are written. Where two people are asked for, two credentials of one are not enough."""
    return _account(spiffe_id) == _account(other)


def _account(spiffe_id: str) -> str:
    return spiffe_id.rpartition("/")[2].casefold()


def check_trust_domain(name: str) -> str:
    """The name itself, if it may be a trust domain. Raises ``INVALID_FIELD``."""
    if not _TRUST_DOMAIN.fullmatch(name):
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "must be lower case letters, digits, dots, hyphens and underscores",
            field="trust_domain",
        )
    return name


def server_name(role: PeerRole, trust_domain: str) -> str:
    """The DNS name that only a service of this role has in its certificate; what a client checks
    to know that it talks to that service and not to another peer of the mesh."""
    return f"{role.value}.{trust_domain}"


def spiffe_id(trust_domain: str, role: PeerRole, scope: str = "", subject: str = "") -> str:
    """Writes an id; what :func:`parse_spiffe_id` reads back. Raises ``UNAUTHENTICATED``."""
    path = [role.value, scope, subject]
    while path and not path[-1]:
        path.pop()
    written = f"spiffe://{check_trust_domain(trust_domain)}/{'/'.join(path)}"
    if parse_spiffe_id(written, trust_domain) != PeerIdentity(role, scope, subject, written):
        raise _refused("scope and subject must be one segment each of the SPIFFE id's path")
    return written


def parse_spiffe_id(text: str, trust_domain: str) -> PeerIdentity:
    """Reads an id of this trust domain. Raises ``UNAUTHENTICATED`` for anything else.

    No normalisation: what is not spelled as written above is refused.
    """
    prefix = f"spiffe://{trust_domain}/"
    if len(text) > MAX_SPIFFE_ID or not text.startswith(prefix):
        raise _refused("the certificate's URI is not a SPIFFE id of this trust domain")
    segments = text[len(prefix) :].split("/")
    if len(segments) > _MAX_SEGMENTS or not all(
        _SEGMENT.fullmatch(segment) and segment not in {".", ".."} for segment in segments
    ):
        raise _refused("the SPIFFE id's path is not <role>[/<scope>[/<subject>]]")
    role = role_of_name(segments[0])
    if role is None:
        raise _refused("the SPIFFE id names no role of this system")
    if len(segments) - 1 < role.parts:
        wanted = "/<scope>" if role.parts == 1 else "/<scope>/<subject>"
        raise _refused(f"the SPIFFE id of this role must be {role.value}{wanted}")
    if len(segments) - 1 > role.most_parts:
        raise _refused(f"the SPIFFE id of role {role.value} ends earlier (docs/identities.md)")
    scope, subject = (*segments[1:], "", "")[:2]
    return PeerIdentity(role, scope, subject, text, _reach(role, scope) if scope else None)


def _reach(role: PeerRole, scope: str) -> ServedScope | None:
    read = _REACHES.get(role)
    if read is None:
        return None
    try:
        return read(scope)
    except OpenJpkiError:
        raise _refused(f"the scope is none of role {role.value} (docs/identities.md)") from None


def _operated(scope: str) -> ServedScope:
    read = OperatedScope.parse(scope)
    service = role_of_name(read.service)
    if service is None or not service.is_service:
        raise _refused("an operator's scope must name a service")
    return read.reach


_REACHES: dict[PeerRole, Callable[[str], ServedScope]] = {
    PeerRole.REGISTRATION: ServedScope.of_municipalities,
    PeerRole.OCSP: ServedScope.of_authorities,
    PeerRole.OPERATOR: _operated,
}
"""How the scope is read of each role that reaches several municipalities or authorities."""


@dataclass(frozen=True, slots=True)
class CertifiedPeer:
    """An identity and how long its certificate stands for it."""

    identity: PeerIdentity
    not_after: datetime
    fingerprint: str = ""
    """``sha256:`` and the digest of the certificate's DER, as deny lists name one certificate."""


def read_certificate(pem: bytes, trust_domain: str) -> CertifiedPeer:
    """Reads the peer's leaf certificate, already chained to the mesh by TLS.

    Raises ``UNAUTHENTICATED`` unless it has exactly one URI name, an id of the trust domain, and
    is no authority's certificate (X509-SVID 2, 4.1).
    """
    certificate, uri = _with_its_uri(pem)
    return CertifiedPeer(
        identity=parse_spiffe_id(uri, trust_domain),
        not_after=certificate.not_valid_after_utc,
        fingerprint=f"sha256:{certificate.fingerprint(hashes.SHA256()).hex()}",
    )


def trust_domain_of(pem: bytes) -> str:
    """The trust domain that a peer's own leaf certificate names: the mesh it can speak in.

    Raises ``UNAUTHENTICATED`` for a certificate that :func:`read_certificate` takes in no mesh.
    """
    _, uri = _with_its_uri(pem)
    domain = uri.removeprefix("spiffe://").partition("/")[0]
    if not _TRUST_DOMAIN.fullmatch(domain):
        raise _refused("the certificate's URI is not a SPIFFE id")
    parse_spiffe_id(uri, domain)
    return domain


def _with_its_uri(pem: bytes) -> tuple[x509.Certificate, str]:
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        uris = names.value.get_values_for_type(x509.UniformResourceIdentifier)
    except (*UNREADABLE, x509.ExtensionNotFound) as error:
        raise _refused("the certificate can't be read as a SPIFFE certificate") from error
    if len(uris) != 1:
        raise _refused("the certificate must have exactly one URI name")
    if _is_authority(certificate):
        raise _refused("an authority's certificate is no peer's")
    return certificate, uris[0]


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return found.value.ca


def _refused(text: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.UNAUTHENTICATED, text)
