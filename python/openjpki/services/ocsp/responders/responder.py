"""One authority's delegated responder: its key and its certificate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.keys.port import SigningKey
    from openjpki.x509.ocsp import OcspResponder


@dataclass(frozen=True, slots=True)
class Responder:
    """Answers in one authority's name (RFC 6960 4.2.2.2)."""

    key: SigningKey
    encoder: OcspResponder
    issuer: bytes
    """The authority's certificate that issued the responder's, DER."""
    serial: bytes
    """Of the responder's certificate; big-endian, minimal."""
    not_before: datetime
    not_after: datetime


class Responders:
    """The responders that may sign now, by authority and generation of its key."""

    def __init__(
        self, told: Callable[[AuthorityId, int, Responder | None], None] | None = None
    ) -> None:
        """``told``: of each change; None: there is none any more."""
        self._told = told
        self._by_issuer: dict[tuple[AuthorityId, int], Responder] = {}

    def get(self, authority_id: AuthorityId, generation: int) -> Responder | None:
        """The issuer's responder, if it has one yet."""
        return self._by_issuer.get((authority_id, generation))

    def put(self, authority_id: AuthorityId, generation: int, responder: Responder) -> None:
        """Sign with this one from now on; signatures being made with the one before go on."""
        # First: should it fail, it is tried again as if nothing had been done.
        if self._told is not None:
            self._told(authority_id, generation, responder)
        self._by_issuer[authority_id, generation] = responder

    def drop(self, authority_id: AuthorityId, generation: int) -> None:
        """Sign with none from now on."""
        if self._told is not None:
            self._told(authority_id, generation, None)
        self._by_issuer.pop((authority_id, generation), None)
