"""Who asks over HTTP, and about which authorities they may ask (R4.2).

A requester is known in one of three ways, looked at in this order; the first that applies decides:

1. by mutual TLS: the SPIFFE id of a verifier in its client certificate;
2. by a signed request (RFC 6960 4.1.2): exactly one of the certificates that a verifier registered,
   within its validity, and a signature that verifies;
3. by the address of its TCP connection, inside a closed network of an entry. Headers such as
   X-Forwarded-For are what the peer says of itself, and are not read.

Whoever is known in none of them is an unregistered requester: ``unauthorized`` (docs/profile.md
section 8), also when a signature would have helped: everybody unknown gets the same answer.
``sigRequired`` (RFC 6960 2.3) is for a request that names a requestor without a signature: who
claims to be somebody has to prove it. A signature that fails is never outweighed by the address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.ocsp import require_valid_signature

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ocsp.registry.entries import Address, Registry
    from openjpki.x509.ocsp import OcspRequest

TLS, SIGNATURE, NETWORK, NOBODY = "tls", "signature", "network", "none"
"""How the requester is known, as metrics call it."""


@dataclass(frozen=True, slots=True)
class Requester:
    """What is known of a connection's other end before its request is read."""

    verifier_id: str | None
    """From its client certificate; ``None`` over plain HTTP."""
    address: Address | None
    """Of the TCP peer."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a requester may ask about, and how it is known."""

    authority_ids: frozenset[AuthorityId]
    via: str


def access_of(
    request: OcspRequest, requester: Requester, registry: Registry, now: datetime
) -> Access:
    """Raises ``UNKNOWN_VERIFIER`` (``unauthorized``) or ``REQUEST_NOT_SIGNED``
    (``sigRequired``)."""
    if requester.verifier_id is not None:
        return _known(registry.authorities_of(requester.verifier_id), TLS)
    if request.signature is not None:
        sent_along = request.signature.certificates
        return _known(_of_signer(request, sent_along, registry, now), SIGNATURE)
    if requester.address is not None:
        found = registry.authorities_at(requester.address)
        if found:
            return Access(found, NETWORK)
    if request.requestor_directory_name is not None:
        raise OpenJpkiError(
            Reason.REQUEST_NOT_SIGNED, "a request that names its requestor must be signed"
        )
    raise _not_registered()


def verifies(request: OcspRequest, requester: Requester, registry: Registry) -> bool:
    """Whether :func:`access_of` has a signature to verify. A stranger's is never verified: none of
    the certificates sent along is one that a verifier registered."""
    return (
        requester.verifier_id is None
        and request.signature is not None
        and any(map(registry.knows_signer, request.signature.certificates))
    )


def _of_signer(
    request: OcspRequest, sent_along: Iterable[bytes], registry: Registry, now: datetime
) -> frozenset[AuthorityId]:
    # Compared as a whole: another certificate of the same name or key was not registered.
    registered = {
        der: registry.authorities_of_signer(der) for der in sent_along if registry.knows_signer(der)
    }
    try:
        signer = require_valid_signature(request, known=registered)
    except OpenJpkiError as error:
        raise OpenJpkiError(
            Reason.UNKNOWN_VERIFIER, "the request's signature does not count"
        ) from error
    if not signer.not_before <= now.timestamp() < signer.not_after + 1:
        raise OpenJpkiError(
            Reason.UNKNOWN_VERIFIER, "the signer's certificate is not valid at this time"
        )
    return registered.get(signer.octets, frozenset())


def _known(authority_ids: frozenset[AuthorityId], via: str) -> Access:
    if not authority_ids:
        raise _not_registered()
    return Access(authority_ids, via)


def _not_registered() -> OpenJpkiError:
    return OpenJpkiError(Reason.UNKNOWN_VERIFIER, "the requester is not registered")
