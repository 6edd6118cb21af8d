"""The service bridge's own authority revocation lists (docs/profile.md section 7)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.domain.generation import MAY_SIGN_LISTS
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.authority.own_authority import own_key, own_of, require_own
from openjpki.services.bridge.context import enter_in_journal
from openjpki.services.bridge.journal import LIST_PUBLISHED, STREAM
from openjpki.services.common.previous_crl import check_previous
from openjpki.storage.bridge import authority_lists, pool, revocations, service_bridge
from openjpki.storage.bridge.authority_lists import OwnList
from openjpki.telemetry.metrics import CRL_NEWEST_AGE, CRL_NEXT_UPDATE, CRL_OLDEST_AGE
from openjpki.x509.crl.encoding import CrlProfile, Revocation, RevocationColumns, make_crl
from openjpki.x509.crl.scope import Covers, issuing_distribution_point_der

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from openjpki.services.bridge.authority.own_authority import OwnGeneration
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.bridge.revocations import RevokedCross
    from openjpki.storage.kernel.transaction import Transaction

NUMBERS_SKIPPED = 1_000_000
"""A list a minute for almost two years."""


@dataclass(frozen=True, slots=True)
class OwnListPublisher:
    """Makes the list of each generation that signs lists: in time, and at every revocation."""

    bridge: BridgeContext
    interval: timedelta
    """From one list to the next."""
    validity: timedelta
    """From thisUpdate to nextUpdate."""

    def publish_due(self) -> bool:
        """Make each list whose time has come or that lacks a revocation; whether one was made.

        Raises ``SERVICE_UNAVAILABLE`` before the authority exists, ``KEY_*``, ``CRL_REFUSED``.
        """
        made = [self._publish_due(own) for own in self._signing()]
        return any(made)

    def publish_after_restore(self) -> int:
        """Make every list now, for a database brought back from a backup; the highest number.

        They leave out so many numbers that none of the lists made since the backup can have theirs.
        Raises as :meth:`publish_due`, ``CONFLICTING_CHANGE`` while the service runs.
        """
        at = self.bridge.clock.now().replace(microsecond=0)
        numbers = []
        for own in self._signing():
            before, entries = self._known(own, at)
            number = self._publish(own, before, entries, at, skip=NUMBERS_SKIPPED)
            if number is None:
                raise OpenJpkiError(Reason.CONFLICTING_CHANGE, "another process made the list")
            numbers.append(number)
        return max(numbers)

    def _signing(self) -> list[OwnGeneration]:
        """Generations that sign lists; one issues, or it is ``SERVICE_UNAVAILABLE``."""
        with self.bridge.database.reading() as tx:
            require_own(tx)
            return [own_of(one) for one in service_bridge.all_of(tx) if one.state in MAY_SIGN_LISTS]

    def _publish_due(self, own: OwnGeneration) -> bool:
        at = self.bridge.clock.now().replace(microsecond=0)
        before, entries = self._known(own, at)
        lacking = any(not one.listed for one in entries)
        # One of the future was made by a clock that was wrong: its hour may never have come.
        if before is not None and not lacking:
            begins = before.this_update
            if begins <= at < begins + self.interval:
                _measure(before, at)
                return False
        return self._publish(own, before, entries, at) is not None

    def _known(self, own: OwnGeneration, at: datetime) -> tuple[OwnList | None, list[RevokedCross]]:
        """The list before, and what the next one has to hold."""
        with self.bridge.database.reading() as tx:
            before = authority_lists.newest(tx, own.stored.generation)
            revoked = revocations.of_own(tx, own.stored.generation)
        return before, [one for one in revoked if not _is_over(one, before, at)]

    def _publish(
        self,
        own: OwnGeneration,
        before: OwnList | None,
        entries: Sequence[RevokedCross],
        at: datetime,
        *,
        skip: int = 0,
    ) -> int | None:
        """The list's number; None if another replica made one at this moment."""
        made = self._make(own, before, entries, at, skip)
        self.bridge.checkpoint(f"list {made.number} signed")
        kept = self.bridge.writer.run(lambda tx: _keep(self.bridge, tx, made, entries, at))
        _measure(made, at)
        return made.number if kept else None

    def _make(
        self,
        own: OwnGeneration,
        before: OwnList | None,
        entries: Sequence[RevokedCross],
        at: datetime,
        skip: int,
    ) -> OwnList:
        scope = issuing_distribution_point_der(own.name, Covers.AUTHORITIES)
        der, facts = make_crl(
            CrlProfile(
                number=skip + (before.number + 1 if before else 1),
                # Which of two is newer, the number says, whatever the clock was when each was made.
                this_update=at,
                next_update=at + self.validity,
                scope_der=scope,
            ),
            RevocationColumns.of(
                Revocation(
                    serial=int.from_bytes(one.serial, "big"),
                    revoked_at=one.revoked_at,
                    reason=one.cause.reason,
                )
                for one in entries
            ),
            own.stored.certificate,
            own_key(self.bridge, own).core,
            replaces=None
            if before is None
            else check_previous(before.der, before.sha256, own.stored.certificate, scope),
        )
        return OwnList(
            generation=own.stored.generation,
            number=facts.number,
            this_update=facts.this_update,
            next_update=facts.next_update,
            entries=facts.entries,
            sha256=hashlib.sha256(der).digest(),
            der=der,
        )


def _is_over(one: RevokedCross, before: OwnList | None, at: datetime) -> bool:
    """Whether the entry stood on a list that was made after the certificate's end
    (RFC 5280, 3.3), and that is no list of the future."""
    if before is None:
        return False
    ends = x509.load_der_x509_certificate(one.certificate).not_valid_after_utc
    return one.listed and ends < min(before.this_update, at)


def _keep(
    bridge: BridgeContext,
    tx: Transaction,
    made: OwnList,
    entries: Sequence[RevokedCross],
    at: datetime,
) -> bool:
    pool.changing(tx)
    if not authority_lists.add(tx, made):
        return False
    revocations.mark_listed(tx, entries)
    enter_in_journal(
        bridge,
        tx,
        act=LIST_PUBLISHED,
        actor="bridge",
        subject="authority",
        details={
            "generation": made.generation,
            "crl_number": made.number,
            "entries": made.entries,
            "crl_sha256": made.sha256.hex(),
        },
        at=at,
    )
    return True


def _measure(newest: OwnList, at: datetime) -> None:
    age = (at - newest.this_update).total_seconds()
    CRL_OLDEST_AGE.labels(STREAM).set(age)
    CRL_NEWEST_AGE.labels(STREAM).set(age)
    CRL_NEXT_UPDATE.labels(STREAM).set(newest.next_update.timestamp())
