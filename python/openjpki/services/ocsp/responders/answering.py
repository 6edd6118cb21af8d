"""From an OCSPRequest to what its response says (RFC 6960; docs/profile.md section 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.certificate_status import CertificateStatus, StatusAnswer
from openjpki.domain.staleness import of_what_stays, whole_second
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.registry.access import NOBODY, access_of, verifies
from openjpki.x509.ocsp import ErrorStatus, ResponseData, SingleResponse, parse_request

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from openjpki.domain.clock import Clock
    from openjpki.services.ocsp.named_authorities import Authorities, AuthorityGeneration
    from openjpki.services.ocsp.registry.access import Access, Requester
    from openjpki.services.ocsp.registry.entries import Registry
    from openjpki.services.ocsp.responders.responder import Responder, Responders
    from openjpki.services.ocsp.status.statuses import Knowledge, Statuses
    from openjpki.x509.ocsp import OcspCertId, OcspRequest

_LONGEST_SERIAL = 20
"""Octets."""
_NEVER_ISSUED = StatusAnswer(CertificateStatus.UNKNOWN, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsignedResponse:
    """What is to be signed, by whom, and until when caches may keep it."""

    data: ResponseData
    responder: Responder
    statuses: tuple[CertificateStatus, ...]
    via: str
    """How the requester is known."""
    this_update: datetime
    next_update: datetime
    cacheable: bool
    """No nonce, and nothing that issuing a certificate could change."""


class RefusalError(Exception):
    """Why there is no response, how the requester was known, and whose reason that is."""

    def __init__(
        self, status: ErrorStatus, via: str = NOBODY, reason: Reason | None = None
    ) -> None:
        super().__init__(status.name)
        self.status = status
        self.via = via
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """Answers from memory; touches no database and no key, so it never waits."""

    registry: Callable[[], Registry]
    authorities: Authorities
    statuses: Statuses
    responders: Responders
    clock: Clock
    response_lifetime: timedelta
    """From now to nextUpdate, where the authority's policy does not say less."""

    def read(self, der: bytes) -> OcspRequest:
        """The request. Raises :class:`RefusalError`."""
        try:
            return parse_request(der)
        except OpenJpkiError as error:
            raise RefusalError(ErrorStatus.MALFORMED_REQUEST, reason=error.reason) from None

    def verifies(self, request: OcspRequest, requester: Requester) -> bool:
        """Whether answering takes as long as verifying a signature does."""
        return verifies(request, requester, self.registry())

    def __call__(self, request: OcspRequest, requester: Requester) -> UnsignedResponse:
        """Safe for several threads. Raises :class:`RefusalError`.

        An issuer that is none of the authorities here, or not one the requester may ask about,
        is ``unauthorized``; so are CertIDs of several issuers in one request, which no single
        responder could sign for. A request is answered whole (RFC 6960 4.2.1): where one status may
        not be told, it is ``tryLater``.
        """
        now = self.clock.now()
        access = self._access(request, requester, now)
        if not self.statuses.complete:
            raise RefusalError(ErrorStatus.TRY_LATER, access.via)
        issuer = self._issuer(request, access.via)
        if issuer.authority_id not in access.authority_ids:
            raise RefusalError(ErrorStatus.UNAUTHORIZED, access.via)
        try:
            known = self.statuses.require(issuer.authority_id).known()
            responder = self.responders.require(issuer.authority_id, issuer.generation, now)
            lifetime = min(self.response_lifetime, issuer.response_lifetime)
            told = [_lookup(known, one, issuer.generation, lifetime) for one in request.cert_ids]
        except OpenJpkiError as error:
            raise RefusalError(ErrorStatus.TRY_LATER, access.via, error.reason) from None
        return _response(request, told, whole_second(known.true_as_of), responder, access.via, now)

    def _access(self, request: OcspRequest, requester: Requester, now: datetime) -> Access:
        try:
            return access_of(request, requester, self.registry(), now)
        except OpenJpkiError as error:
            unsigned = error.reason is Reason.REQUEST_NOT_SIGNED
            status = ErrorStatus.SIG_REQUIRED if unsigned else ErrorStatus.UNAUTHORIZED
            raise RefusalError(status, reason=error.reason) from None

    def _issuer(self, request: OcspRequest, via: str) -> AuthorityGeneration:
        first, *others = [self.authorities.issuer_of(cert_id) for cert_id in request.cert_ids]
        if first is None or any(other != first for other in others):
            raise RefusalError(ErrorStatus.UNAUTHORIZED, via)
        return first


def _lookup(
    known: Knowledge, cert_id: OcspCertId, generation: int, lifetime: timedelta
) -> tuple[StatusAnswer, datetime]:
    """Status of the certificate that this generation of the issuer's key signed, and nextUpdate.
    Raises ``FEED_NOT_READY``, ``CERTIFICATE_NOT_HEARD_OF``."""
    # The content of a DER INTEGER, so two's complement. A negative number was never issued, nor one
    # of more octets than a certificate's serial may have (RFC 5280 4.1.2.2).
    content = cert_id.serial
    serial = content.lstrip(b"\x00")
    if content[:1] >= b"\x80" or len(serial) > _LONGEST_SERIAL:
        return _NEVER_ISSUED, of_what_stays(known.clock, lifetime)
    return known.lookup_until(serial, generation, lifetime)


def _response(
    request: OcspRequest,
    told: list[tuple[StatusAnswer, datetime]],
    this_update: datetime,
    responder: Responder,
    via: str,
    now: datetime,
) -> UnsignedResponse:
    # An answer ends with the responder's certificate at the latest.
    ends = [min(next_update, responder.not_after) for _, next_update in told]
    responses = [
        _single_response(cert_id, found, this_update, end)
        for cert_id, (found, _), end in zip(request.cert_ids, told, ends, strict=True)
    ]
    statuses = tuple(found.status for found, _ in told)
    return UnsignedResponse(
        data=ResponseData(
            produced_at=int(now.timestamp()), responses=responses, nonce=request.nonce
        ),
        responder=responder,
        statuses=statuses,
        via=via,
        this_update=this_update,
        next_update=min(ends),
        cacheable=request.nonce is None and CertificateStatus.UNKNOWN not in statuses,
    )


def _single_response(
    cert_id: OcspCertId, found: StatusAnswer, this_update: datetime, next_update: datetime
) -> SingleResponse:
    times = {
        "this_update": int(this_update.timestamp()),
        "next_update": int(next_update.timestamp()),
    }
    match found.status:
        case CertificateStatus.GOOD:
            return SingleResponse.good(cert_id, **times)
        case CertificateStatus.REVOKED:
            # The reason unspecified is left out of the answer (RFC 5280 5.3.1).
            reason = found.reason or None
            return SingleResponse.revoked(cert_id, at=found.revoked_at, reason=reason, **times)
        case CertificateStatus.UNKNOWN:
            return SingleResponse.unknown(cert_id, **times)
