"""Which cross certificates two officers have ended, as the journal has it.

A row says so too, and a hand in the database may make it say something else. The journal can't be
changed as rows can: what it has as ended is on the bridge's list and in no pool.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Final

from openjpki.domain.authority_revocation import CrossRevocationCause
from openjpki.domain.policy import RevocationReason
from openjpki.domain.retention import RetentionClass
from openjpki.domain.serial import serial_to_bytes
from openjpki.errors import OpenJpkiError
from openjpki.services.bridge.journal import (
    CROSS_ISSUED,
    CROSS_REVOCATION_TOLD,
    CROSS_REVOKED,
    STREAM,
)
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.stored_generations import DIFFERS
from openjpki.storage.bridge.kinds import Direction
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.unreadable import NOT_READ, Unreadable
from openjpki.x509.foreign.reading import read_certificate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from openjpki.storage.kernel.journal import Entry
    from openjpki.storage.kernel.transaction import Reading
    from openjpki.storage.kernel.unreadable import LeftOut

BOOK: Final = RetentionClass.AUTHORITY_KEYS
_MADE: Final = {CROSS_ISSUED.name, CROSS_REVOKED.name}
_ACTS: Final = _MADE | {CROSS_REVOCATION_TOLD.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class JournaledEnd:
    """The end of one cross certificate."""

    cross_certification_id: str
    partner_id: str
    direction: Direction | None
    """None where the entry names none that there is."""
    serial: bytes
    """Of the certificate, as it is stored."""
    cause: CrossRevocationCause | None
    """None of another release's."""
    at: datetime
    """When the second officer approved it; whole seconds."""
    certificate_sha256: bytes | None = None
    """None where the entry of its issuance is gone."""
    told: bool = False
    """Whether the prefectural authority that issued it was."""

    @property
    def reason(self) -> RevocationReason:
        """As the bridge's list has it."""
        return RevocationReason.UNSPECIFIED if self.cause is None else self.cause.reason

    def is_of(self, certificate: bytes) -> bool:
        """Whether these octets are the certificate that was issued; by its serial number where the
        entry of that is gone."""
        if self.certificate_sha256 is not None:
            return hashlib.sha256(certificate).digest() == self.certificate_sha256
        try:
            return read_certificate(certificate).serial == int.from_bytes(self.serial, "big")
        except OpenJpkiError:
            return False


@dataclass(slots=True)
class JournaledEnds:
    """Reads what was entered since it was asked last: the book has an entry of every list, too."""

    left_out: LeftOut = tell_left_out
    """Told of an entry that can't be read."""
    _read_to: int = 0
    _issued: dict[tuple[str, bytes], bytes] = field(default_factory=dict)
    _ended: dict[str, dict[bytes, JournaledEnd]] = field(default_factory=dict)
    """By serial number too: no later end takes the place of one."""
    _lock: Lock = field(default_factory=Lock)

    def known(self, tx: Reading) -> Mapping[str, Sequence[JournaledEnd]]:
        """Every end, by the cross-certification's id: one, unless more than one certificate of it
        was made and ended. ``tx``: one that only reads, as what it sees is remembered."""
        journal = SqlJournal()
        with self._lock:
            last = journal.last_number(tx, STREAM, BOOK)
            entries = journal.read(
                tx, STREAM, BOOK, after=self._read_to, acts=_ACTS, left_out=self.left_out
            )
            for one in entries:
                self._take(one)
            self._read_to = max(self._read_to, last)
            return {which: tuple(ends.values()) for which, ends in self._ended.items()}

    def _take(self, one: Entry) -> None:
        try:
            self._read(one)
        except NOT_READ as error:
            self.left_out(Unreadable.of("journal", f"{STREAM}/{BOOK.value}/{one.number}", error))

    def _read(self, one: Entry) -> None:
        if one.act == CROSS_REVOCATION_TOLD.name:
            ends = self._ended.get(one.subject, {})
            for serial in list(ends)[-1:]:
                ends[serial] = replace(ends[serial], told=True)
            return
        which = one.subject, serial_to_bytes(int(str(one.details["serial"]), 16))
        if one.act == CROSS_ISSUED.name:
            self._issued[which] = bytes.fromhex(str(one.details["certificate_sha256"]))
        else:
            end = _end_of(one, which[1], self._issued.get(which))
            self._ended.setdefault(one.subject, {}).setdefault(end.serial, end)


def end_of(ends: Sequence[JournaledEnd], certificate: bytes) -> JournaledEnd:
    """Which of a cross-certification's ends a row with this certificate is about; the last where
    it is none's."""
    return next((one for one in ends if one.is_of(certificate)), ends[-1])


def was_made(tx: Reading, cross_certification_id: str) -> bool:
    """Whether the journal has a certificate of a cross-certification, issued or ended."""
    return SqlJournal().has(tx, STREAM, BOOK, acts=_MADE, subject=cross_certification_id)


def tell_row_differs(cross_certification_id: str) -> None:
    """That a row does not say what the journal has of its end."""
    tell_left_out(Unreadable("cross_revocations", cross_certification_id, DIFFERS))


def _end_of(one: Entry, serial: bytes, issued: bytes | None) -> JournaledEnd:
    method, cause = one.details["method"], one.details["cause"]
    return JournaledEnd(
        cross_certification_id=one.subject,
        partner_id=str(one.details["partner_id"]),
        direction=next((each for each in Direction if each.value == method), None),
        serial=serial,
        cause=next((each for each in CrossRevocationCause if each.name == cause), None),
        at=one.at.replace(microsecond=0),
        certificate_sha256=issued,
    )
