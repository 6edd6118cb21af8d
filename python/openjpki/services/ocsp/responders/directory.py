"""Which authorities there are: asked of ca again and again, so that a new one needs no restart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import generation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.generation import MAY_SIGN_LISTS
from openjpki.services.ocsp.status.statuses import AuthorityStatus
from openjpki.x509.ocsp import IssuerHashes

if TYPE_CHECKING:
    from openjpki.services.ocsp.ca_connection import CaConnection
    from openjpki.services.ocsp.status.feed_follower import FeedFollower
    from openjpki.services.ocsp.status.statuses import Statuses
    from openjpki.x509.ocsp import OcspCertId

_ANSWER = {
    generation_pb2.GenerationState.Value(f"GENERATION_STATE_{state.name}")
    for state in MAY_SIGN_LISTS
}
CA_TIMEOUT_SECONDS = 2.0
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
    """Whether its authority issues now."""
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
            ca_pb2.ListAuthoritiesRequest(), timeout=CA_TIMEOUT_SECONDS
        )
        authority_ids = [AuthorityId.parse(one.authority_id) for one in answer.authorities]
        issuers = tuple(each for one in answer.authorities for each in _issuers(one))
        known = {one.authority_id: one for one in self._statuses.all()}
        named = {
            authority_id: known.get(authority_id) or AuthorityStatus(authority_id, self._freshness)
            for authority_id in authority_ids
        }
        self.issuers = issuers
        self._follower.follow(named)
        self._statuses.replace(named)

    def issuer_of(self, cert_id: OcspCertId) -> Issuer | None:
        """Who signed the certificate that a CertID means, if it is an authority here."""
        return next((one for one in self.issuers if one.hashes.matches(cert_id)), None)


def _issuers(authority: ca_pb2.Authority) -> list[Issuer]:
    """The generations that answer for what they signed: they have one name, and only the key's
    hash in a CertID says which of them is meant."""
    return [
        Issuer(
            authority_id=AuthorityId.parse(authority.authority_id),
            generation=one.number,
            certificate=one.certificate,
            hashes=IssuerHashes.of(one.certificate),
            active=authority.active,
            response_lifetime=timedelta(seconds=authority.ocsp_response_lifetime),
        )
        for one in authority.generations
        if one.state in _ANSWER
    ]
