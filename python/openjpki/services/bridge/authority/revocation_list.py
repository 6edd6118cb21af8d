"""The service bridge's own authority revocation lists (docs/profile.md section 7)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.generation import MAY_SIGN_LISTS
from openjpki.domain.serial import serial_to_bytes
from openjpki.domain.stated_time import moment
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.authority.ended_here import ended_here
from openjpki.services.bridge.authority.own_authority import own_key, own_of, require_own
from openjpki.services.bridge.context import enter_in_journal
from openjpki.services.bridge.journal import LIST_PUBLISHED, LIST_UNREADABLE, STREAM
from openjpki.services.common.apart import Apart
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.previous_crl import (
    NUMBERS_SKIPPED,
    check_previous,
    number_beyond,
    published_numbers,
)
from openjpki.storage.bridge import authority_lists, pool, revocations, service_bridge
from openjpki.storage.bridge.authority_lists import OwnList
from openjpki.storage.kernel.unreadable import Unreadable, not_readable
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import CRL_NEWEST_AGE, CRL_NEXT_UPDATE, CRL_OLDEST_AGE
from openjpki.x509.crl.encoding import CrlProfile, Revocation, RevocationColumns, make_crl
from openjpki.x509.crl.scope import Covers, issuing_distribution_point_der
from openjpki.x509.foreign.reading import read_certificate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from openjpki.services.bridge.authority.own_authority import OwnGeneration
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.bridge.revocations import RevokedCross
    from openjpki.storage.bridge.service_bridge import BridgeGeneration
    from openjpki.storage.kernel.transaction import Transaction

_log = get_logger("lists")


@dataclass(frozen=True, slots=True)
class OwnListPublisher:
    """Makes the list of each generation that signs lists: in time, and at every revocation."""

    bridge: BridgeContext
    interval: timedelta
    """From one list to the next."""
    validity: timedelta
    """From thisUpdate to nextUpdate."""

    def publish_due(self) -> bool:
        """Make each list whose time has come or that lacks a revocation; whether one was made. One
        that can't be made keeps no other generation's waiting.

        Raises ``SERVICE_UNAVAILABLE`` before the authority exists, ``KEY_*``, ``CRL_REFUSED``.
        """
        made, apart = False, Apart(_log, "no list made")
        for stored in self._signing():
            with apart.of(authority=STREAM, generation=str(stored.generation)):
                made = self._publish_due(own_of(stored)) or made
        apart.end()
        return made

    def publish_after_restore(self) -> int:
        """Make every list now, for a database brought back from a backup; the highest number.

        They leave out so many numbers that none of the lists made since the backup can have theirs.
        One that can't be made keeps no other generation's waiting. Raises as :meth:`publish_due`,
        ``CONFLICTING_CHANGE`` while the service runs.
        """
        at = self.bridge.clock.now().replace(microsecond=0)
        numbers, apart = [], Apart(None)
        for stored in self._signing():
            with apart.of(authority=STREAM, generation=str(stored.generation)):
                own = own_of(stored)
                before, entries = self._known(own, at)
                number = self._publish(own, before, entries, at, skip=NUMBERS_SKIPPED)
                numbers.append(_require_made(number))
        apart.end()
        return max(numbers)

    def replace_unreadable(self, published: Sequence[bytes], *, actor: str) -> dict[int, int]:
        """Make a next list of each generation whose newest one can't be read, or is not the one
        that was published; their numbers, by generation. The others are left alone.

        ``published``: lists that verifiers have, DER; ``actor``: who decided it, for the journal.
        No number is lower than one that was used, and everything that ended is on the list, also
        what was over. One that can't be made keeps no other waiting. Raises ``CRL_REFUSED`` for one
        published that names what is not known as revoked.
        """
        made, apart = {}, Apart(None)
        for stored in self._signing():
            with apart.of(authority=STREAM, generation=str(stored.generation)):
                own, at = own_of(stored), self.bridge.clock.now().replace(microsecond=0)
                if not self._is_readable(own, at):
                    made[stored.generation] = self._make_beyond(own, published, actor, at)
        apart.end()
        return made

    def _make_beyond(
        self, own: OwnGeneration, published: Sequence[bytes], actor: str, at: datetime
    ) -> int:
        """The next list behind one that can't be read; its number."""
        generation = own.stored.generation
        with self.bridge.database.reading() as tx:
            entries = ended_here(self.bridge, tx, own.stored, None)
            known = [
                *authority_lists.numbers(tx, generation),
                *published_numbers(tx, STREAM, (LIST_PUBLISHED,), generation),
            ]
        beyond = number_beyond(
            known,
            published,
            own.stored.certificate,
            issuing_distribution_point_der(own.name, Covers.AUTHORITIES),
            is_revoked={serial_to_bytes(_serial_of(one)) for one in entries}.__contains__,
        )
        self.bridge.writer.run(
            lambda tx: _note_unreadable(self.bridge, tx, generation, beyond, actor, at)
        )
        self.bridge.checkpoint("unreadable list noted")
        number = self._publish(own, None, entries, at, skip=beyond + NUMBERS_SKIPPED)
        return _require_made(number)

    def _is_readable(self, own: OwnGeneration, at: datetime) -> bool:
        try:
            before, _ = self._known(own, at)
            if before is not None:
                scope = issuing_distribution_point_der(own.name, Covers.AUTHORITIES)
                check_previous(before.der, before.sha256, own.stored.certificate, scope)
        except OpenJpkiError as error:
            if error.reason not in {Reason.STORED_UNREADABLE, Reason.CRL_REFUSED}:
                raise
            return False
        return True

    def _signing(self) -> list[BridgeGeneration]:
        """Generations that sign lists; one issues, or it is ``SERVICE_UNAVAILABLE``."""
        with self.bridge.database.reading() as tx:
            require_own(tx)
            known = service_bridge.all_of(tx, left_out=tell_left_out)
        return [one for one in known if one.state in MAY_SIGN_LISTS]

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
            revoked = ended_here(self.bridge, tx, own.stored, before)
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
                    serial=_serial_of(one),
                    revoked_at=one.revoked_at,
                    reason=one.reason,
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


def _require_made(number: int | None) -> int:
    if number is None:
        raise OpenJpkiError(Reason.CONFLICTING_CHANGE, "another process made the list")
    return number


def _serial_of(one: RevokedCross) -> int:
    """As it is stored, or as the certificate has it. Raises ``STORED_UNREADABLE``."""
    if one.serial is not None:
        return int.from_bytes(one.serial, "big")
    try:
        return read_certificate(one.certificate).serial
    except OpenJpkiError as error:
        which = Unreadable.of("cross_certifications", one.cross_certification_id, error)
        raise not_readable(which) from error


def _is_over(one: RevokedCross, before: OwnList | None, at: datetime) -> bool:
    """Whether the entry stood on a list that was made after the certificate's end
    (RFC 5280, 3.3), and that is no list of the future."""
    if before is None or not one.listed:
        return False
    try:
        ends = moment(read_certificate(one.certificate).not_after)
    except OpenJpkiError as error:
        # Nobody knows when it ends, so it is on every list.
        tell_left_out(Unreadable.of("cross_certifications", one.cross_certification_id, error))
        return False
    return ends < min(before.this_update, at)


def _note_unreadable(
    bridge: BridgeContext, tx: Transaction, generation: int, beyond: int, actor: str, at: datetime
) -> None:
    dropped = authority_lists.drop_unnumbered(tx, generation)
    enter_in_journal(
        bridge,
        tx,
        act=LIST_UNREADABLE,
        actor=actor,
        subject="authority",
        details={"generation": generation, "crl_number": beyond, "count": dropped},
        at=at,
    )


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
