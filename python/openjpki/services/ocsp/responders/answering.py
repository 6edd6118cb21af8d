"""From an OCSPRequest to what its answer says (RFC 6960; docs/profile.md section 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.registry.access import NOBODY, access_of
from openjpki.services.ocsp.status import statuses
from openjpki.x509.ocsp import (
    ErrorStatus,
    OcspAnswer,
    OcspResponseContent,
    parse_request,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.clock import Clock
    from openjpki.services.ocsp.registry.access import Requester
    from openjpki.services.ocsp.registry.entries import Registry
    from openjpki.services.ocsp.responders.responder import Responder, Responders
    from openjpki.services.ocsp.status.directory import FollowedAuthority
    from openjpki.services.ocsp.status.statuses import AuthorityStatus, Position
    from openjpki.x509.ocsp import OcspCertId, OcspRequest

NAMES = {statuses.GOOD: "good", statuses.REVOKED: "revoked", statuses.UNKNOWN: "unknown"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to be signed, by whom, and until when caches may keep it."""

    content: OcspResponseContent
    responder: Responder
    statuses: tuple[str, ...]
    via: str
    this_update: datetime
    next_update: datetime
    cacheable: bool
    """No nonce, and nothing that issuing a certificate could change."""


class RefusalError(Exception):
    """Why there is no answer, and how the requester was known."""

    def __init__(self, status: ErrorStatus, via: str = NOBODY) -> None:
        super().__init__(status.name)
        self.status = status
        self.via = via


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """Answers from memory; touches no database and no key, so it never waits."""

    registry: Callable[[], Registry]
    followed: Callable[[], Mapping[AuthorityId, FollowedAuthority]]
    complete: Callable[[], bool]
    """Whether ca has said which authorities there are."""
    responders: Responders
    clock: Clock
    validity: timedelta
    """From thisUpdate to nextUpdate, where the authority's policy does not say less."""

    def __call__(self, der: bytes, requester: Requester) -> Answer:
        """Raises :class:`RefusalError`.

        An issuer that is none of the authorities here, or not one the requester may ask about,
        is ``unauthorized``; so are CertIDs of several authorities in one request, which no single
        responder could sign for.
        """
        try:
            request = parse_request(der)
        except OpenJpkiError:
            raise RefusalError(ErrorStatus.MALFORMED_REQUEST) from None
        now = self.clock.now()
        try:
            access = access_of(request, requester, self.registry(), now)
        except OpenJpkiError as error:
            if error.reason is Reason.REQUEST_NOT_SIGNED:
                raise RefusalError(ErrorStatus.SIG_REQUIRED) from None
            raise RefusalError(ErrorStatus.UNAUTHORIZED) from None
        if not self.complete():
            raise RefusalError(ErrorStatus.TRY_LATER, access.via)
        authority_id = self._authority_of(request, access.via)
        if authority_id not in access.authority_ids:
            raise RefusalError(ErrorStatus.UNAUTHORIZED, access.via)
        followed = self.followed()[authority_id]
        status = followed.follower.status
        try:
            position = status.current()
            responder = self.responders.require(authority_id, now)
        except OpenJpkiError:
            raise RefusalError(ErrorStatus.TRY_LATER, access.via) from None
        lifetime = min(self.validity, followed.response_lifetime)
        return self._answer(request, status, position, responder, access.via, now, lifetime)

    def _authority_of(self, request: OcspRequest, via: str) -> AuthorityId:
        followed = self.followed()
        found = {self._issuer(cert_id, followed) for cert_id in request.cert_ids}
        authority_id = found.pop()
        if found or authority_id is None:
            raise RefusalError(ErrorStatus.UNAUTHORIZED, via)
        return authority_id

    @staticmethod
    def _issuer(
        cert_id: OcspCertId, followed: Mapping[AuthorityId, FollowedAuthority]
    ) -> AuthorityId | None:
        for authority_id, one in followed.items():
            if one.hashes.matches(cert_id):
                return authority_id
        return None

    def _answer(
        self,
        request: OcspRequest,
        status: AuthorityStatus,
        position: Position,
        responder: Responder,
        via: str,
        now: datetime,
        lifetime: timedelta,
    ) -> Answer:
        # True as of the feed's last word, and no longer than the responder's certificate.
        this_update = min(position.heard_at, now).replace(microsecond=0)
        next_update = min(this_update + lifetime, responder.not_after)
        times = {
            "this_update": int(this_update.timestamp()),
            "next_update": int(next_update.timestamp()),
        }
        answers, names = [], []
        for cert_id in request.cert_ids:
            found, reason, at = _lookup(status, position, cert_id.serial)
            names.append(NAMES[found])
            if found == statuses.GOOD:
                answers.append(OcspAnswer.good(cert_id, **times))
            elif found == statuses.REVOKED:
                # RFC 5280 5.3.1: unspecified is said by leaving it out.
                answers.append(OcspAnswer.revoked(cert_id, at=at, reason=reason or None, **times))
            else:
                answers.append(OcspAnswer.unknown(cert_id, **times))
        return Answer(
            content=OcspResponseContent(
                produced_at=int(now.timestamp()), answers=answers, nonce=request.nonce
            ),
            responder=responder,
            statuses=tuple(names),
            via=via,
            this_update=this_update,
            next_update=next_update,
            cacheable=request.nonce is None and "unknown" not in names,
        )


def _lookup(status: AuthorityStatus, position: Position, content: bytes) -> tuple[int, int, int]:
    """``content``: of the DER INTEGER, so two's complement; a negative number was never issued."""
    if content[:1] >= b"\x80":
        return statuses.UNKNOWN, 0, 0
    return status.lookup(position, content.lstrip(b"\x00"))
