"""Which authorities there are: asked of ca again and again, so that a new one needs no restart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.services.ocsp.status.statuses import AuthorityStatus
from openjpki.x509.ocsp import IssuerHashes

if TYPE_CHECKING:
    from openjpki.services.ocsp.ca_connection import CaConnection
    from openjpki.services.ocsp.status.feed_follower import FeedFollower
    from openjpki.services.ocsp.status.statuses import Statuses
    from openjpki.x509.ocsp import OcspCertId

PATIENCE = 2.0
"""Seconds for ca to answer: meanwhile no responder is renewed."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """A generation of an authority's key: who signed a certificate."""

    authority_id: AuthorityId
    generation: int
    certificate: bytes
    """Self-signed, DER."""
    hashes: IssuerHashes
    """As CertIDs name it."""
    active: bool
    """Whether it issues now."""
    response_lifetime: timedelta
    """From thisUpdate to nextUpdate, at most, as the authority's policy says."""


class Directory:
    """The authorities that ca names, each with its status."""

    def __init__(
        self, ca: CaConnection, statuses: Statuses, follower: FeedFollower, freshness: float
    ) -> None:
        """``freshness``: seconds for which answers may be given without word from the feed."""
        self._ca = ca
        self._statuses = statuses
        self._follower = follower
        self._freshness = freshness
        self.issuers: tuple[Issuer, ...] = ()
        """Of every authority; replaced as a whole."""

    def read(self) -> None:
        """Ask ca; follow each authority that is new, and none that is gone.

        Raises what the call raises, ``INVALID_FIELD`` for an id that is none.
        """
        answer = self._ca.stubs.authorities.ListAuthorities(
            ca_pb2.ListAuthoritiesRequest(), timeout=PATIENCE
        )
        issuers = tuple(_issuer(one) for one in answer.authorities)
        known = {one.authority_id: one for one in self._statuses.all()}
        named = {
            one.authority_id: known.get(one.authority_id)
            or AuthorityStatus(one.authority_id, self._freshness)
            for one in issuers
        }
        self.issuers = issuers
        self._follower.follow(named)
        self._statuses.replace(named)

    def issuer_of(self, cert_id: OcspCertId) -> Issuer | None:
        """Who signed the certificate that a CertID means, if it is an authority here."""
        return next((one for one in self.issuers if one.hashes.matches(cert_id)), None)


def _issuer(authority: ca_pb2.Authority) -> Issuer:
    return Issuer(
        authority_id=AuthorityId.parse(authority.authority_id),
        generation=authority.generation,
        certificate=authority.certificate,
        hashes=IssuerHashes.of(authority.certificate),
        active=authority.active,
        response_lifetime=timedelta(seconds=authority.ocsp_response_lifetime),
    )
