"""The data plane of the signing core, told what answers over HTTP are made of.

It answers without Python: whatever changes here is handed over as a whole when it changes, and what
it counts is fetched when somebody asks for the metrics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.config.clock import SystemClock
from openjpki.domain.agreements import Way
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.micros import micros, micros_of
from openjpki.signer_core import OcspPlane, OcspQuotas, OcspReservation
from openjpki.telemetry.metrics import (
    OCSP_CONNECTIONS_ENDED,
    OCSP_DURATION,
    OCSP_FULL,
    OCSP_HTTP_REFUSED,
    OCSP_LISTS,
    OCSP_RESPONSES,
    OCSP_WAITING,
    REGISTRY,
    SECONDS,
    SIGNATURES,
    SIGNING_DURATION,
    SIGNING_UNDER_WAY,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import timedelta

    from openjpki.domain.agreements import Held
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.clock import Clock
    from openjpki.services.ocsp.named_authorities import AuthorityGeneration
    from openjpki.services.ocsp.registry.entries import Registered, Registry
    from openjpki.services.ocsp.responders.responder import Responder
    from openjpki.services.ocsp.status.statuses import Statuses
    from openjpki.signer_core import VerifierEntry


class Plane:
    """What one replica answers with."""

    def __init__(self, clock: Clock, response_lifetime: timedelta) -> None:
        """``response_lifetime``: from now to nextUpdate, where the authority's policy does not say
        less."""
        # The system's clock is its own; any other is asked each time.
        given = None if isinstance(clock, SystemClock) else lambda: micros(clock.now())
        self.core = OcspPlane(clock=given, bounds=list(SECONDS))
        self.quotas = OcspQuotas(self.core)
        self._clock = clock
        self._lifetime = response_lifetime

    def watch(self) -> None:
        """Have what it counts in the metrics from now on."""
        # Alerts ask whether these grow: a series that began with the first fault would hide it.
        for why in ("made_room", "silent", "refused"):
            OCSP_CONNECTIONS_ENDED.labels(why)
        for bound in (
            "bodies",
            "verified",
            "under_way",
            "signing",
            "signing_time",
            "lists",
            "lists_room",
        ):
            OCSP_FULL.labels(bound)
        REGISTRY.before(self._counted)
        OCSP_WAITING.set_function(lambda: self.core.waiting)

    def leave(self) -> None:
        """Have it there no more."""
        REGISTRY.no_longer_before(self._counted)
        OCSP_WAITING.set_function(lambda: 0)

    def registry(self, registry: Registry, changed: Collection[str] | None = None) -> None:
        """Who may ask, and what was agreed with them. ``changed``: who alone differs from before;
        None: all. From one thread at a time."""
        known = registry.by_id
        if changed is None:
            self.core.set_registry([_entry(one) for one in known.values()])
            return
        entries = [_entry(known[name]) for name in changed if name in known]
        self.core.change_registry(entries, [name for name in changed if name not in known])

    def registry_held(self, longest: float) -> None:
        """For how many seconds from now that counts; nobody may ask when nothing newer came."""
        self.core.hold_registry(longest)

    def issuers(self, generations: Iterable[AuthorityGeneration], statuses: Statuses) -> None:
        """Who signed what is asked about, and what is known of it."""
        self.core.set_authorities([(str(one.authority_id), one.told) for one in statuses.all()])
        self.core.set_issuers(
            [
                (
                    str(one.authority_id),
                    one.generation,
                    micros_of(min(self._lifetime, one.response_lifetime)),
                    [(oid, *digests) for oid, digests in one.hashes.by_algorithm.items()],
                    statuses.require(one.authority_id).told,
                )
                for one in generations
            ]
        )

    def responder(
        self, authority_id: AuthorityId, generation: int, responder: Responder | None
    ) -> None:
        """Who signs the answers about what this generation of a key signed; None: nobody."""
        if responder is None:
            self.core.drop_responder(str(authority_id), generation)
            return
        self.core.set_responder(
            str(authority_id),
            generation,
            responder=responder.encoder.core,
            key=responder.key.core,
            label=responder.key.label,
            not_before=micros(responder.not_before),
            not_after=micros(responder.not_after),
        )

    def denied(self, credentials: Iterable[str], max_age: float) -> None:
        """Whose certificates are refused, for as long as that is not too old."""
        self.core.deny(set(credentials), max_age)

    def reserve_list(self, verifier_id: str, authority_id: AuthorityId) -> OcspReservation:
        """Take a revocation list that is to be sent from the quota: the core does so for what it
        tells itself. Raises ``AGREEMENT_QUOTA_EXCEEDED``: it is not to be sent."""
        of = (verifier_id, str(authority_id), Way.LISTS.value)
        reserved = self.quotas.reserve(*of, micros(self._clock.now()))
        if isinstance(reserved, OcspReservation):
            return reserved
        refused = OpenJpkiError(
            Reason.AGREEMENT_QUOTA_EXCEEDED, "as much was told as the agreement's quota lets"
        )
        refused.again = reserved
        raise refused

    def _counted(self) -> None:
        (responses, signatures, answered, signed, under_way, ended, http, full, lists) = (
            self.core.take_counts()
        )
        for status, via, count in responses:
            OCSP_RESPONSES.labels(status, via).inc(count)
        for key, outcome, count in signatures:
            SIGNATURES.labels(key, outcome).inc(count)
        for via, times in answered:
            OCSP_DURATION.labels(via).add(*times)
        if signed is not None:
            SIGNING_DURATION.add(*signed)
        SIGNING_UNDER_WAY.inc(under_way)
        for why, count in ended:
            OCSP_CONNECTIONS_ENDED.labels(why).inc(count)
        for code, count in http:
            OCSP_HTTP_REFUSED.labels(str(code)).inc(count)
        for bound, count in full:
            OCSP_FULL.labels(bound).inc(count)
        for code, count in lists:
            OCSP_LISTS.labels(str(code)).inc(count)


def _entry(one: Registered) -> VerifierEntry:
    agreed = one.agreed
    # Named, and nothing in force: who asks is told that, and not that the entry lacks it.
    nothing = one.record.authority_ids - {each.authority_id for each in agreed}
    return (
        one.record.verifier_id,
        [*map(_agreed, agreed), *((str(each), [], 0, 0) for each in sorted(nothing))],
        list(one.record.request_signers),
        [(each.network_address, each.prefixlen) for each in one.networks],
    )


def _agreed(one: Held) -> tuple[str, list[str], int, int]:
    ways = [way.value for way in one.ways]
    return str(one.authority_id), ways, micros(one.begins), micros(one.ends)
