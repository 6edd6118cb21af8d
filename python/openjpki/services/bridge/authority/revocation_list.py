"""The service bridge's own authority revocation list, made in time (docs/profile.md section 7)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.authority.own_authority import own_key, require_own
from openjpki.services.bridge.context import enter_in_journal
from openjpki.services.bridge.journal import LIST_PUBLISHED, STREAM
from openjpki.services.common.previous_crl import check_previous
from openjpki.storage.bridge import authority_lists, pool
from openjpki.storage.bridge.authority_lists import OwnList
from openjpki.telemetry.metrics import CRL_NEXT_UPDATE, CRL_OLDEST_AGE
from openjpki.x509.crl.encoding import CrlProfile, RevocationColumns, make_crl
from openjpki.x509.crl.scope import Covers, issuing_distribution_point_der

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from openjpki.services.bridge.authority.own_authority import OwnGeneration
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.kernel.transaction import Transaction

NUMBERS_SKIPPED = 1_000_000
"""A list a minute for almost two years."""


@dataclass(frozen=True, slots=True)
class OwnListPublisher:
    """Makes the list. It has no entries as long as no cross certificate can be revoked here."""

    bridge: BridgeContext
    interval: timedelta
    """From one list to the next."""
    validity: timedelta
    """From thisUpdate to nextUpdate."""

    def publish_due(self) -> bool:
        """Make the list if its time has come; whether one was made.

        Raises ``SERVICE_UNAVAILABLE`` before the authority exists, ``KEY_*``, ``CRL_REFUSED``.
        """
        at = self.bridge.clock.now().replace(microsecond=0)
        with self.bridge.database.reading() as tx:
            own = require_own(tx)
            before = authority_lists.newest(tx)
        if before is not None and before.this_update + self.interval > at:
            _measure(before, at)
            return False
        return self._publish(own, before, at) is not None

    def publish_after_restore(self) -> int:
        """Make the list now, for a database brought back from a backup; its number.

        It leaves out so many numbers that none of the lists made since the backup can have it.
        Raises as :meth:`publish_due`, ``CONFLICTING_CHANGE`` while the service runs.
        """
        at = self.bridge.clock.now().replace(microsecond=0)
        with self.bridge.database.reading() as tx:
            own = require_own(tx)
            before = authority_lists.newest(tx)
        number = self._publish(own, before, at, skip=NUMBERS_SKIPPED)
        if number is None:
            raise OpenJpkiError(Reason.CONFLICTING_CHANGE, "another process made the list")
        return number

    def _publish(
        self, own: OwnGeneration, before: OwnList | None, at: datetime, *, skip: int = 0
    ) -> int | None:
        """The list's number; None if another replica made one at this moment."""
        made = self._make(own, before, at, skip)
        kept = self.bridge.database.run(lambda tx: _keep(self.bridge, tx, made, at))
        _measure(made, at)
        return made.number if kept else None

    def _make(self, own: OwnGeneration, before: OwnList | None, at: datetime, skip: int) -> OwnList:
        scope = issuing_distribution_point_der(own.name, Covers.AUTHORITIES)
        der, facts = make_crl(
            CrlProfile(
                number=skip + (before.number + 1 if before else 1),
                # A clock set back must not give a list older than the one it replaces.
                this_update=max(at, before.this_update) if before else at,
                next_update=at + self.validity,
                scope_der=scope,
            ),
            RevocationColumns.of([]),
            own.stored.certificate,
            own_key(self.bridge, own).core,
            replaces=None
            if before is None
            else check_previous(before.der, before.sha256, own.stored.certificate, scope),
        )
        return OwnList(
            number=facts.number,
            this_update=facts.this_update,
            next_update=facts.next_update,
            entries=facts.entries,
            sha256=hashlib.sha256(der).digest(),
            der=der,
        )


def _keep(bridge: BridgeContext, tx: Transaction, made: OwnList, at: datetime) -> bool:
    pool.changing(tx)
    if not authority_lists.add(tx, made):
        return False
    enter_in_journal(
        bridge,
        tx,
        act=LIST_PUBLISHED,
        actor="bridge",
        subject="authority",
        details={
            "crl_number": made.number,
            "entries": made.entries,
            "crl_sha256": made.sha256.hex(),
        },
        at=at,
    )
    return True


def _measure(newest: OwnList, at: datetime) -> None:
    CRL_OLDEST_AGE.labels(STREAM).set((at - newest.this_update).total_seconds())
    CRL_NEXT_UPDATE.labels(STREAM).set(newest.next_update.timestamp())
