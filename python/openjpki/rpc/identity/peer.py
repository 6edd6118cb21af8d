"""Who a peer is: the one SPIFFE id in its certificate, read strictly.

``spiffe://<trust domain>/<role>[/<scope>[/<subject>]]`` (SPIFFE-ID 2.1 to 2.3, X509-SVID 2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole, role_of_name

if TYPE_CHECKING:
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
    scope, subject = (*segments[1:], "", "")[:2]
    return PeerIdentity(role=role, scope=scope, subject=subject, spiffe_id=text)


@dataclass(frozen=True, slots=True)
class CertifiedPeer:
    """An identity and how long its certificate stands for it."""

    identity: PeerIdentity
    not_after: datetime


def read_certificate(pem: bytes, trust_domain: str) -> CertifiedPeer:
    """Reads the peer's leaf certificate, already chained to the mesh by TLS.

    Raises ``UNAUTHENTICATED`` unless it has exactly one URI name, an id of the trust domain, and
    is no authority's certificate (X509-SVID 2, 4.1).
    """
    certificate, uri = _with_its_uri(pem)
    return CertifiedPeer(
        identity=parse_spiffe_id(uri, trust_domain),
        not_after=certificate.not_valid_after_utc,
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
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension) as error:
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
