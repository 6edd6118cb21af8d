"""Which authorities there are: asked of ca again and again, so that a new one needs no restart."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event, Semaphore, Thread
from time import monotonic
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError
from openjpki.services.ocsp.status.feed_follower import FeedFollower
from openjpki.services.ocsp.status.statuses import AuthorityStatus
from openjpki.telemetry.logging import get_logger
from openjpki.x509.ocsp import IssuerHashes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openjpki.domain.clock import Clock
    from openjpki.services.ocsp.ca_connection import CaConnection
    from openjpki.services.ocsp.responders.responder import Responders
    from openjpki.services.ocsp.responders.responder_keys import ResponderMaker
    from openjpki.services.ocsp.status.statuses import Statuses

LOOK = 0.5
"""Seconds between looks at the followers."""
ASK = 2.0
"""Seconds between questions to ca which authorities there are."""
TRY_AGAIN = 5.0
"""Seconds, at least, from one attempt to get a responder's certificate to the next, whatever its
dates say."""

SNAPSHOTS_AT_ONCE = 4
"""Read from ca by this replica: each holds one of ca's connections to its database until it is
read, and those are what issuing needs too."""

_log = get_logger("directory")


@dataclass(frozen=True, slots=True)
class FollowedAuthority:
    """An authority, and what follows it."""

    certificate: bytes
    active: bool
    hashes: IssuerHashes
    response_lifetime: timedelta
    """From thisUpdate to nextUpdate, at most, as the authority's policy says."""
    follower: FeedFollower


@dataclass(slots=True, kw_only=True)
class Directory:
    """A thread that follows every authority that ca names, and keeps a responder for each."""

    ca: CaConnection
    clock: Clock
    freshness: float
    statuses: Statuses
    responders: Responders
    maker: ResponderMaker
    when_ready: Callable[[], None]
    """Called once: every snapshot is loaded, every active authority has its responder."""
    followed: Mapping[AuthorityId, FollowedAuthority] = field(default_factory=dict)
    """By authority; replaced as a whole."""
    _stop: Event = field(default_factory=Event)
    _thread: Thread | None = None
    _ready: bool = False
    _ask_at: float = 0.0
    _try_at: dict[AuthorityId, float] = field(default_factory=dict)
    _turns: Semaphore = field(default_factory=lambda: Semaphore(SNAPSHOTS_AT_ONCE))

    def start(self) -> None:
        """Begin."""
        self._thread = Thread(target=self._run, name="ocsp-directory", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, and every follower with it."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        for one in self.followed.values():
            one.follower.stop()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._once()
            except OpenJpkiError as error:
                _log.warning("authorities not read", reason=error.reason.name)
            except Exception as error:  # noqa: BLE001 - the thread must outlive a fault in one round
                _log.error("authorities not read", exc_info=error)
            self._stop.wait(LOOK)

    def _once(self) -> None:
        for one in self.followed.values():
            one.follower.give_up_if_silent()
            one.follower.status.watchers.end_stuck()
        if monotonic() >= self._ask_at:
            # A short time: meanwhile nobody looks at the followers.
            stub = self.ca.stubs.authorities
            answer = stub.ListAuthorities(ca_pb2.ListAuthoritiesRequest(), timeout=2.0)
            self._ask_at = monotonic() + ASK
            self._follow({AuthorityId.parse(one.authority_id): one for one in answer.authorities})
        for authority_id, one in self.followed.items():
            self._keep_responder(authority_id, one)
        if not self._ready and self._all_there():
            self._ready = True
            self.when_ready()

    def _follow(self, named: Mapping[AuthorityId, ca_pb2.Authority]) -> None:
        followed: dict[AuthorityId, FollowedAuthority] = {}
        for authority_id, authority in named.items():
            known = self.followed.get(authority_id)
            follower = known.follower if known else self._new_follower(authority_id)
            followed[authority_id] = FollowedAuthority(
                certificate=authority.certificate,
                active=authority.active,
                hashes=IssuerHashes.of(authority.certificate),
                response_lifetime=timedelta(seconds=authority.ocsp_response_lifetime),
                follower=follower,
            )
            if known is None:
                follower.start()
        gone = [one for number, one in self.followed.items() if number not in followed]
        self.followed = followed
        self.statuses.replace({number: one.follower.status for number, one in followed.items()})
        for one in gone:
            one.follower.stop()

    def _new_follower(self, authority_id: AuthorityId) -> FeedFollower:
        _log.info("following", authority=str(authority_id))
        status = AuthorityStatus(authority_id, self.freshness)
        return FeedFollower(status, self.ca, self.clock, self._turns)

    def _keep_responder(self, authority_id: AuthorityId, one: FollowedAuthority) -> None:
        present = self.responders.get(authority_id)
        if (
            present is not None
            and present.issuer == one.certificate
            and self.clock.now() < present.renew_at
        ):
            return
        if not one.active or monotonic() < self._try_at.get(authority_id, 0.0):
            return
        self._try_at[authority_id] = monotonic() + TRY_AGAIN
        try:
            made = self.maker.make(authority_id, one.certificate)
        except OpenJpkiError as error:
            # The one before signs on until its end.
            _log.warning(
                "no responder certificate", authority=str(authority_id), reason=error.reason.name
            )
            return
        self.responders.put(authority_id, made)
        _log.info("responder ready", authority=str(authority_id), until=made.not_after.isoformat())

    def _all_there(self) -> bool:
        return (
            all(
                one.follower.status.position is not None
                and (not one.active or self.responders.get(number) is not None)
                for number, one in self.followed.items()
            )
            and self.statuses.complete
        )
