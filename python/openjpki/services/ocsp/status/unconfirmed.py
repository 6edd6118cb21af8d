"""What is told of an authority while a snapshot is waited for, as the one before differs from ca.

Neither position nor moment rises by it, so no answer claims to be newer; but who is revoked is not
called good until the snapshot is there, however long ca can't give one. A revoked certificate never
becomes good by it, nor by the snapshot where that is of an earlier position. By one of a later
position it does, as the feed has told otherwise by then; these are counted, as a database that was
brought back looks the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from openjpki.domain.certificate_status import KEPT_AFTER_END, CertificateStatus
from openjpki.domain.serial import SERIAL_OCTETS
from openjpki.errors import OpenJpkiError
from openjpki.services.common.background import NotDoneError
from openjpki.services.ocsp.status.events import SnapshotNeededError
from openjpki.services.ocsp.status.rows import Rows, apply_rows
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from openjpki.services.ocsp.status.conversions import FeedNews
    from openjpki.services.ocsp.status.snapshot import Snapshot
    from openjpki.services.ocsp.status.statuses import AuthorityStatus
    from openjpki.signer_core import StatusIndex

_log = get_logger("feed")

MOST_NOTED = 100_000
"""Of one authority, some 40 MB; as many beyond it while a snapshot is read. Revocations beyond it
show, and are kept as those from before are: should they be none, until the process ends."""


class Noted(NamedTuple):
    """A revocation that was told, and its position. A tuple: there may be very many."""

    sequence: int
    generation: int
    not_after: int
    reason: int
    revoked_at: int


@dataclass(slots=True)
class Carried:
    """Who is revoked in a snapshot's index as that was told after its position, until the feed
    tells it again."""

    noted: dict[bytes, Noted] = field(default_factory=dict)
    """At most :data:`MOST_NOTED`."""
    up_to: int = 0
    """The last position at which one of them was told."""

    @classmethod
    def of(cls, noted: dict[bytes, Noted]) -> Carried:
        """Until the feed has come as far as all of them."""
        return cls(noted, max((one.sequence for one in noted.values()), default=0))


class GivenWay(NamedTuple):
    """What became of those that were told to be revoked."""

    carried: Carried
    """They were told after the snapshot's position."""
    kept: int
    """Good in it, and revoked all the same: they were not noted, or are too many to be awaited."""
    taken_back: int
    """Good in it, or not there though not ended long ago, and so from now on."""


@dataclass(slots=True)
class Unconfirmed:
    """It has the index of before: whoever comes late with news changes nothing in the next one."""

    status: AuthorityStatus
    index: StatusIndex
    noted: dict[bytes, Noted] = field(default_factory=dict)
    """Whom it made revoked. A snapshot that has them as good has forgotten nothing: the feed tells
    them again if it is so."""
    _beyond: dict[bytes, Noted] = field(default_factory=dict)
    """Whom it made revoked beyond those, since a snapshot is read: some of its pages were held
    against the index before that."""
    _is_missed: bool = False
    """Whether there were more of these than are kept."""
    _is_full: bool = False
    _is_over: bool = False
    _lock: Lock = field(default_factory=Lock)
    """Nothing is told between what the snapshot is given and its taking over."""

    def begin_reading(self) -> None:
        """A snapshot is read from now on: what the index has by now is held against each page."""
        with self._lock:
            self._beyond.clear()
            self._is_missed = False

    def take(self, news: FeedNews, most: int) -> None:
        """Have the index know of these; once it has more than ``most`` certificates, only of those
        that it knows already."""
        with self._lock:
            if self._is_over or not news.rows.serials:
                return
            rows, sequences = news.rows, news.sequences
            if len(self.index) > most:
                places = [one for one in range(len(rows.serials)) if self._knows(rows, one)]
                rows, sequences = rows.only(places), [sequences[one] for one in places]
            # Before the index has them: whoever reads a snapshot meanwhile takes none for
            # forgotten.
            noted = self._note(rows, sequences)
            try:
                apply_rows(self.index, rows)
            except OpenJpkiError as error:
                for serial in noted:
                    (self.noted if serial in self.noted else self._beyond).pop(serial)
                authority = str(self.status.authority_id)
                _log.warning("events left aside", authority=authority, rule=error.message)
                return
        self.status.told.changed(list(rows.serials))

    def give_way(self, to: Snapshot, take_over: Callable[[], None], now: datetime) -> GivenWay:
        """Have the snapshot take over. Who was told to be revoked after its position, or beyond
        what is noted, is revoked in it as well.

        Raises :class:`NotDoneError`, having changed nothing, where more were told than are kept:
        another snapshot is held against the index that has them.
        """
        with self._lock:
            if self._is_missed:
                authority = str(self.status.authority_id)
                _log.warning("a snapshot is read again", authority=authority)
                raise NotDoneError
            every = self.noted | self._beyond
            told_later = [one for one in every if every[one].sequence > to.sequence]
            later = {serial: every[serial] for serial in told_later[:MOST_NOTED]}
            # Nobody waits for the feed to tell the others again: else there were more each time.
            staying = {*self._beyond, *told_later} - later.keys()
            kept = {serial: every[serial] for serial in staying}
            # A snapshot leaves out what ended long ago.
            lasting = now.timestamp() - KEPT_AFTER_END.total_seconds()
            taken_back = [
                one
                for one in self.noted.keys() - later.keys() - kept.keys()
                if self.noted[one].not_after >= lasting
            ]
            gone = GivenWay(
                Carried.of(later), _good(to.index, kept), _not_revoked(to.index, taken_back)
            )
            apply_rows(to.index, _revoked(later | kept))
            take_over()
            self._is_over = True
        return gone

    def _knows(self, rows: Rows, place: int) -> bool:
        try:
            found, _, _ = self.index.lookup(rows.serials[place], rows.generations[place])
        except OverflowError:
            # No generation has such a number.
            return False
        return found != CertificateStatus.UNKNOWN

    def _note(self, rows: Rows, sequences: Sequence[int]) -> list[bytes]:
        """Whom it noted now."""
        noted: list[bytes] = []
        if any(len(serial) > SERIAL_OCTETS for serial in rows.serials):
            # None of these is taken: nothing is kept whose length nobody knows.
            return noted
        known, _, _ = self.index.lookup_batch(list(rows.serials))
        for place, serial in enumerate(rows.serials):
            is_new = rows.statuses[place] == CertificateStatus.REVOKED != known[place]
            if not is_new or serial in self.noted or serial in self._beyond:
                continue
            into = self.noted
            if len(into) >= MOST_NOTED:
                into = self._beyond
                if not self._is_full:
                    self._is_full = True
                    authority = str(self.status.authority_id)
                    _log.warning("unconfirmed revocations not noted", authority=authority)
                if len(into) >= MOST_NOTED:
                    self._is_missed = True
                    break
            into[serial] = Noted(
                sequences[place],
                rows.generations[place],
                rows.not_after[place],
                rows.reasons[place],
                rows.revoked_at[place],
            )
            noted.append(serial)
        return noted


def told_again(carried: Carried, news: FeedNews) -> None:
    """Take those out that the feed tells again, which has just been taken in.

    Raises :class:`SnapshotNeededError` for those that it does not: it is past where they had been
    told, so they were never so, and a snapshot says what they are.
    """
    if not news.sequences:
        return
    for serial, status in zip(news.rows.serials, news.rows.statuses, strict=True):
        if status == CertificateStatus.REVOKED:
            carried.noted.pop(serial, None)
    if carried.noted and news.sequences[-1] >= carried.up_to:
        raise SnapshotNeededError("revocations are not told again")


def _not_revoked(index: StatusIndex, serials: list[bytes]) -> int:
    statuses, _, _ = index.lookup_batch(serials)
    return len(serials) - statuses.count(CertificateStatus.REVOKED)


def _good(index: StatusIndex, serials: Iterable[bytes]) -> int:
    statuses, _, _ = index.lookup_batch(list(serials))
    return statuses.count(CertificateStatus.GOOD)


def _revoked(noted: Mapping[bytes, Noted]) -> Rows:
    each = noted.values()
    return Rows(
        serials=list(noted),
        generations=[one.generation for one in each],
        not_after=[one.not_after for one in each],
        statuses=bytes(CertificateStatus.REVOKED for _ in each),
        reasons=bytes(one.reason for one in each),
        revoked_at=[one.revoked_at for one in each],
    )
