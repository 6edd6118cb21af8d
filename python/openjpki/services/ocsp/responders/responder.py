"""One authority's delegated responder: its key, its certificate, and signing with them."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.telemetry.metrics import SIGNATURES, SIGNING_DURATION, SIGNING_UNDER_WAY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.keys.port import SigningKey
    from openjpki.x509.ocsp import OcspResponder, ResponseData


@dataclass(frozen=True, slots=True)
class Responder:
    """Answers in one authority's name (RFC 6960 4.2.2.2). Safe to use from many threads."""

    key: SigningKey
    encoder: OcspResponder
    issuer: bytes
    """The authority's certificate that issued the responder's, DER."""
    serial: bytes
    """Of the responder's certificate; big-endian, minimal."""
    not_before: datetime
    not_after: datetime

    def sign(self, responses: Sequence[ResponseData]) -> list[bytes]:
        """``OCSPResponse`` DER of each, in order; signatures verified before any leaves.

        Raises ``KEY_DEVICE_UNAVAILABLE``, ``INTERNAL``, ``INVALID_FIELD``.
        """
        started, outcome = perf_counter(), "error"
        SIGNING_UNDER_WAY.inc()
        try:
            signed = self.encoder.sign(responses, self.key.core)
            outcome = "ok"
        finally:
            SIGNING_UNDER_WAY.dec()
            SIGNATURES.labels(self.key.label, outcome).inc(len(responses))
            SIGNING_DURATION.observe(perf_counter() - started)
        return signed


class Responders:
    """The responders that may sign now, by authority and generation of its key."""

    def __init__(self) -> None:
        self._by_issuer: dict[tuple[AuthorityId, int], Responder] = {}

    def get(self, authority_id: AuthorityId, generation: int) -> Responder | None:
        """The issuer's responder, if it has one yet."""
        return self._by_issuer.get((authority_id, generation))

    def put(self, authority_id: AuthorityId, generation: int, responder: Responder) -> None:
        """Sign with this one from now on; signatures being made with the one before go on."""
        self._by_issuer[authority_id, generation] = responder

    def drop(self, authority_id: AuthorityId, generation: int) -> None:
        """Sign with none from now on."""
        self._by_issuer.pop((authority_id, generation), None)

    def require(self, authority_id: AuthorityId, generation: int, at: datetime) -> Responder:
        """One whose certificate holds now. Raises ``KEY_DEVICE_UNAVAILABLE``."""
        found = self.get(authority_id, generation)
        if found is None or not found.not_before <= at < found.not_after:
            raise OpenJpkiError(
                Reason.KEY_DEVICE_UNAVAILABLE, "the responder has no valid certificate at present"
            )
        return found
