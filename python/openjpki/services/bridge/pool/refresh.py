"""Looking at the ca service: which governors there are, and their newest authority lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.pool.revocation_lists import take_list
from openjpki.storage.bridge import pool
from openjpki.telemetry.logging import get_logger
from openjpki.x509.crl.scope import Covers, issuing_distribution_point_der
from openjpki.x509.foreign import certificate as foreign_certificate

if TYPE_CHECKING:
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.bridge.pool import GovernorGeneration
    from openjpki.storage.kernel.transaction import Transaction

_log = get_logger("refresh")

_AT_MOST_EVERY = timedelta(seconds=1)
"""Between two looks that calls ask for: they must not become a flood at the ca service."""


def refresh_governors(bridge: BridgeContext) -> list[GovernorGeneration]:
    """Take over the generations that the ca service lists. Raises ``SERVICE_UNAVAILABLE``."""
    found = sorted(bridge.ca.governors(), key=lambda one: (one.authority_id, one.generation))

    def keep(tx: Transaction) -> None:
        pool.changing(tx)
        pool.replace_governors(tx, found)

    with bridge.database.reading() as tx:
        known = pool.governors(tx)
    if known != found:
        bridge.writer.run(keep)
    return found


def refresh_lists(bridge: BridgeContext, governors: list[GovernorGeneration]) -> bool:
    """Take over the newest authority list of each that may be an anchor; whether there was a good
    one of each.

    A list that does not check out is refused and logged; the others are taken all the same.
    Raises ``SERVICE_UNAVAILABLE``.
    """
    complete = True
    for governor in governors:
        if not governor.is_anchor:
            continue
        der = bridge.ca.authority_list(governor.authority_id, governor.generation)
        if der is None:
            complete = False
            continue
        try:
            name = foreign_certificate.load(governor.certificate, field="authority").subject
            scope = issuing_distribution_point_der(name, Covers.AUTHORITIES)
            take_list(bridge, der, governor.certificate, scope_der=scope, known_may_return=True)
        except OpenJpkiError as error:
            if error.reason is Reason.SERVICE_UNAVAILABLE:
                raise
            complete = False
            _log.error(
                "an authority list was refused",
                authority=str(governor.authority_id),
                generation=governor.generation,
                reason=error.reason.name,
                rule=error.message,
            )
    return complete


@dataclass(slots=True)
class Refresher:
    """Looks when asked, one look at a time."""

    bridge: BridgeContext
    complete: bool = False
    """Whether the last look found a good list of every governor."""
    _lock: Lock = field(default_factory=Lock)
    _looked_at: datetime | None = None

    def look(self) -> None:
        """Now. Raises ``SERVICE_UNAVAILABLE``."""
        with self._lock:
            self._look()

    def look_for_a_call(self) -> None:
        """Now, unless somebody did a moment ago. A ca service that is away is no failure here:
        what is known decides. Nor is another instance that works for the service bridge, and looks
        at least once a minute."""
        if not self.bridge.is_owner:
            return
        with self._lock:
            now = self.bridge.clock.now()
            if self._looked_at is not None and now - self._looked_at < _AT_MOST_EVERY:
                return
            try:
                self._look()
            except OpenJpkiError as error:
                _log.warning("the ca service was not reached", reason=error.reason.name)

    def _look(self) -> None:
        self._looked_at = self.bridge.clock.now()
        self.complete = refresh_lists(self.bridge, refresh_governors(self.bridge))
