"""Keeping a responder for every generation: made when there is none, renewed before its end."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import RESPONDER_CERTIFICATE_EXPIRY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.clock import Clock
    from openjpki.services.ocsp.named_authorities import AuthorityGeneration
    from openjpki.services.ocsp.responders.responder import Responder, Responders

RETRY_SECONDS = 5.0
"""Seconds, at least, from one attempt to get a responder's certificate to the next, whatever its
dates say."""

MARGIN = timedelta(hours=1)
"""For getting a new certificate: while that takes no longer, the one before holds for the
authority's ``max_staleness`` at every moment."""

_log = get_logger("responders")


def renew_at(responder: Responder, renewal: timedelta, max_staleness: timedelta) -> datetime:
    """When a responder's certificate is to be renewed: ``renewal`` before its end, but early enough
    that its replica can answer through an absence of ca of ``max_staleness``, whenever that begins.
    Never before half of its life is over, or renewing would never end; the baseline has policies
    name lives that are long enough."""
    life = responder.not_after - responder.not_before
    return responder.not_after - min(max(renewal, max_staleness + MARGIN), life / 2)


class ResponderKeeper:
    """Makes responders as they become due."""

    def __init__(
        self,
        responders: Responders,
        make: Callable[[AuthorityGeneration], Responder],
        clock: Clock,
        renewal: timedelta,
        is_revoked: Callable[[AuthorityGeneration, bytes], bool],
    ) -> None:
        """``make``: of a generation of an authority's key. ``renewal``: how long before its end a
        certificate is renewed, at least. ``is_revoked``: whether the feed has told so of a
        certificate of a generation, by serial number."""
        self._responders = responders
        self._make = make
        self._clock = clock
        self._is_revoked = is_revoked
        self._renewal = renewal
        self._try_at: dict[tuple[AuthorityId, int], float] = {}
        self._measured: set[tuple[str, str]] = set()
        self._ended: set[tuple[str, str]] = set()

    def keep(self, generations: Iterable[AuthorityGeneration]) -> None:
        """One attempt for each that needs it. The last failure is raised at the end: the others
        were tried nevertheless."""
        failure: OpenJpkiError | None = None
        issuers = tuple(generations)
        for issuer in issuers:
            if not self._is_due(issuer):
                continue
            self._try_at[issuer.authority_id, issuer.generation] = monotonic() + RETRY_SECONDS
            try:
                made = self._make(issuer)
            except OpenJpkiError as error:
                # No new certificate now: the responder goes on with the one before until that ends.
                failure = error
                _log.warning(
                    "no responder certificate",
                    authority=str(issuer.authority_id),
                    generation=issuer.generation,
                    reason=error.reason.name,
                )
                continue
            self._responders.put(issuer.authority_id, issuer.generation, made)
            _log.info(
                "responder ready",
                authority=str(issuer.authority_id),
                generation=issuer.generation,
                until=made.not_after.isoformat(),
            )
            if made.not_after - made.not_before <= 2 * issuer.max_staleness:
                _log.warning(
                    "responder certificate too short to outlive ca",
                    authority=str(issuer.authority_id),
                    seconds=int((made.not_after - made.not_before).total_seconds()),
                )
        self._measure(issuers)
        if failure is not None:
            raise failure

    def _measure(self, issuers: Iterable[AuthorityGeneration]) -> None:
        # Only of those that answer now: nobody renews what an ended generation left.
        ends = {
            (str(one.authority_id), str(one.generation)): responder.not_after
            for one in issuers
            if (responder := self._responders.get(one.authority_id, one.generation)) is not None
        }
        for gone in self._measured - set(ends):
            RESPONDER_CERTIFICATE_EXPIRY.remove(*gone)
        for labels, end in ends.items():
            RESPONDER_CERTIFICATE_EXPIRY.labels(*labels).set(end.timestamp())
        self._measured = set(ends)
        ended = {one for one, end in ends.items() if end <= self._clock.now()}
        for authority, generation in sorted(ended - self._ended):
            # The signing core signs nothing with it from then on.
            _log.error(
                "responder certificate has ended, and nothing is answered",
                authority=authority,
                generation=int(generation),
            )
        self._ended = ended

    def _is_due(self, issuer: AuthorityGeneration) -> bool:
        present = self._responders.get(issuer.authority_id, issuer.generation)
        if present is not None and self._is_revoked(issuer, present.serial):
            # No verifier asks whether a responder's certificate still holds: we do.
            self._responders.drop(issuer.authority_id, issuer.generation)
            _log.warning(
                "responder certificate revoked",
                authority=str(issuer.authority_id),
                generation=issuer.generation,
            )
            present = None
        if (
            present is not None
            and present.issuer == issuer.certificate
            # One of the future was made by a clock that was wrong: no verifier takes it now.
            and present.not_before
            <= self._clock.now()
            < renew_at(present, self._renewal, issuer.max_staleness)
        ):
            return False
        key = issuer.authority_id, issuer.generation
        return issuer.active and monotonic() >= self._try_at.get(key, 0.0)
