"""What the service does by itself: getting ready, then keeping everything current."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.services.bridge.authority.own_authority import create_own, own_key, require_own
from openjpki.services.bridge.exchange.carry_out import finish_approved
from openjpki.services.common.forget_answers import forget_answers
from openjpki.services.common.rounds import Rounds, attempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.config.bridge import BridgePart
    from openjpki.services.bridge.authority.revocation_list import OwnListPublisher
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.pool.refresh import Refresher

_EVERY = 60.0
"""Seconds, at most, from something being due to its being done."""
_UNTIL_READY = 0.5
"""Seconds from one attempt to get ready to the next."""
_WAITS_FOR_LISTS = 20
"""So many times: authorities that start beside this service need a moment for their first lists.
One that never makes any must not keep the others' paths from being validated."""


class Jobs(Rounds):
    """Gets ready first, says so, and then does what is due: half-done exchanges, the own list, the
    governors' lists, old answers."""

    def __init__(
        self,
        bridge: BridgeContext,
        publisher: OwnListPublisher,
        refresher: Refresher,
        part: BridgePart,
        *,
        on_ready: Callable[[], None],
    ) -> None:
        super().__init__(
            "bridge",
            {
                "finish_exchanges": lambda: finish_approved(bridge),
                "publish_list": publisher.publish_due,
                "refresh_authorities": refresher.look,
                "forget_answers": lambda: forget_answers(
                    bridge.database, bridge.requests, bridge.clock, kept=part.answers_kept
                ),
            },
            every=min(_EVERY, part.refresh_interval, part.crl_interval / 2),
        )
        self._bridge = bridge
        self._publisher = publisher
        self._refresher = refresher
        self._part = part
        self._on_ready = on_ready

    def get_ready(self) -> bool:
        """Own authority, list, governors; then what an earlier process left, before it is said."""
        while not attempt("get_ready", self._prepare):
            if self.wait(_UNTIL_READY):
                return False
        attempt("finish_exchanges", lambda: finish_approved(self._bridge))
        for _ in range(_WAITS_FOR_LISTS):
            if self._refresher.complete or self.wait(_UNTIL_READY):
                break
            attempt("refresh_authorities", self._refresher.look)
        self._on_ready()
        return True

    def _prepare(self) -> None:
        """Raises what keeps the service from being ready."""
        if self._part.make_key:
            create_own(
                self._bridge,
                organization=self._part.organization,
                bits=self._part.key_bits,
                actor="bridge",
            )
        with self._bridge.database.reading() as tx:
            own = require_own(tx)
        own_key(self._bridge, own)
        self._publisher.publish_due()
        self._refresher.look()
