"""What the journal has as revoked, for a list to be held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openjpki.domain.retention import RetentionClass
from openjpki.services.ca.crl.entries import Revoked
from openjpki.services.ca.journal import (
    AUTHORITY_LIST_PUBLISHED,
    CERTIFICATE_REVOKED,
    REVOCATION_REGAINED,
    USERS_LIST_PUBLISHED,
)
from openjpki.services.common.left_out import not_read, tell_left_out
from openjpki.storage.ca.kinds import AUTHORITY_PARTITION
from openjpki.storage.ca.lists import CRL_REASONS, SERIAL_LENGTHS
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.unreadable import NOT_READ, of_kind

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.ca.lists import ListFacts
    from openjpki.storage.kernel.journal import Entry
    from openjpki.storage.kernel.transaction import Reading
    from openjpki.storage.kernel.unreadable import Unreadable

REVOKED_ACTS: Final = frozenset(
    act.name for kinds in (CERTIFICATE_REVOKED, REVOCATION_REGAINED) for act in kinds.values()
)
_AT_ONCE = 1000
_UNSPECIFIED = 0


def last_entered(tx: Reading, authority_id: AuthorityId, partition: str) -> int:
    """The number of the newest entry in the book that a partition's revocations are in."""
    return SqlJournal().last_number(tx, str(authority_id), _book_of(partition))


def entered_before(
    tx: Reading, authority_id: AuthorityId, partition: str, made: ListFacts | None
) -> int:
    """The number of the newest entry that was there when what a list holds was read; 0 where that
    is not known. Of one that an earlier release made: when it was published."""
    if made is None:
        return 0
    act = AUTHORITY_LIST_PUBLISHED if partition == AUTHORITY_PARTITION else USERS_LIST_PUBLISHED
    entry = SqlJournal().newest_saying(
        tx,
        str(authority_id),
        act.retention,
        act=act.name,
        subject=partition,
        says=made.sha256.hex(),
        left_out=tell_left_out,
    )
    if entry is None:
        return 0
    if "journaled" not in entry.details:
        return entry.number
    known = entry.details["journaled"]
    return known if isinstance(known, int) and 0 <= known < entry.number else 0


def entered_since(
    tx: Reading, authority_id: AuthorityId, partition: str, after: int
) -> list[Revoked]:
    """What the journal has as revoked in a partition, of any generation, in entries with a number
    above ``after``. Those that can't be read are told of; of one whose reason can't be, no reason
    is stated."""
    entries = SqlJournal().read(
        tx,
        str(authority_id),
        _book_of(partition),
        after=after,
        acts=REVOKED_ACTS,
        left_out=tell_left_out,
        at_once=_AT_ONCE,
    )
    found = []
    for entry in entries:
        try:
            if of_kind(str, entry.details["partition"]) != partition:
                continue
            serial, revoked_at = serial_of(entry), int(entry.at.timestamp())
        except NOT_READ as error:
            tell_left_out(not_read(entry, error))
            continue
        found.append(Revoked(serial, _stated_reason(entry), revoked_at))
    return found


def journaled_among(
    tx: Reading, authority_id: AuthorityId, partition: str, serials: AbstractSet[bytes]
) -> AbstractSet[bytes]:
    """Which of these the book of a partition has as revoked. All, where an entry can't be read: it
    may be the one.

    By no index: it goes through all revocations of the authority, once for all that are asked for.
    """
    if not serials:
        return serials
    unreadable: list[Unreadable] = []
    found = set()
    for entry in SqlJournal().read(
        tx,
        str(authority_id),
        _book_of(partition),
        acts=REVOKED_ACTS,
        left_out=unreadable.append,
        at_once=_AT_ONCE,
    ):
        try:
            serial = serial_of(entry)
        except NOT_READ as error:
            unreadable.append(not_read(entry, error))
            continue
        if serial in serials:
            found.add(serial)
    for one in unreadable:
        tell_left_out(one)
    return serials if unreadable else found


def serial_of(entry: Entry) -> bytes:
    """Of the certificate that was revoked. Raises one of :data:`NOT_READ`."""
    serial = bytes.fromhex(entry.subject)
    SERIAL_LENGTHS[len(serial)]
    return serial


def reason_of(entry: Entry) -> int:
    """CRLReason. Raises one of :data:`NOT_READ`."""
    return CRL_REASONS[of_kind(int, entry.details["reason_code"])]


def _stated_reason(entry: Entry) -> int:
    try:
        return reason_of(entry)
    except NOT_READ as error:
        tell_left_out(not_read(entry, error))
        return _UNSPECIFIED


def _book_of(partition: str) -> RetentionClass:
    return (
        RetentionClass.AUTHORITY_KEYS
        if partition == AUTHORITY_PARTITION
        else RetentionClass.USER_CERTIFICATES
    )
