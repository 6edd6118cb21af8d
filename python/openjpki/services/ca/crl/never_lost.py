"""What a list has to hold whatever is made of rows: what the list before it has, and what the
journal has since.

A list is made of rows, each of which names the list that it is on. A hand in the database that
names another one takes it off this one, and no verifier would hear of the revocation any more. The
list before is signed, and the journal can't be changed as rows can; so with both, one list after
the other, none is lost. It costs what the list before is long, and what was entered since.
"""

from __future__ import annotations

import array
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openjpki.domain.retention import RetentionClass
from openjpki.domain.serial import serial_to_bytes
from openjpki.errors import OpenJpkiError
from openjpki.services.ca.journal import (
    AUTHORITY_LIST_PUBLISHED,
    CERTIFICATE_REVOKED,
    REVOCATION_REGAINED,
    USERS_LIST_PUBLISHED,
)
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.stored_generations import DIFFERS
from openjpki.storage.ca import certificates
from openjpki.storage.ca.kinds import AUTHORITY_PARTITION
from openjpki.storage.ca.lists import RevokedColumns
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.unreadable import Unreadable
from openjpki.x509.crl.check import MAX_CRL_BYTES
from openjpki.x509.foreign.reading import read_certificate, read_list

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.generation import Generation
    from openjpki.services.ca.authorities.authority import Authority
    from openjpki.signer_core import PathCertificate
    from openjpki.storage.ca.lists import ListFacts
    from openjpki.storage.kernel.transaction import Reading

REVOKED_ACTS: Final = frozenset(
    act.name for kinds in (CERTIFICATE_REVOKED, REVOCATION_REGAINED) for act in kinds.values()
)
_AT_ONCE = 10_000
"""Entries that are taken out of a list at a time: it may have millions."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """One entry of a list, as others than its row have it."""

    serial: bytes
    reason: int
    revoked_at: int
    """Seconds since 1970 UTC."""
    was_listed: bool
    """On the list before."""


def entered_since(
    tx: Reading, authority_id: AuthorityId, partition: str, before: ListFacts | None
) -> list[Revoked]:
    """What the journal has as revoked in a partition, of any generation, since the list before;
    without one, ever. Entries that can't be read are told of."""
    of_users = partition != AUTHORITY_PARTITION
    book = RetentionClass.USER_CERTIFICATES if of_users else RetentionClass.AUTHORITY_KEYS
    published = USERS_LIST_PUBLISHED if of_users else AUTHORITY_LIST_PUBLISHED
    journal, stream = SqlJournal(), str(authority_id)
    after = 0
    if before is not None:
        after = journal.newest_saying(
            tx, stream, book, act=published.name, subject=partition, says=before.sha256.hex()
        )
    entries = journal.read(tx, stream, book, after=after, acts=REVOKED_ACTS, left_out=tell_left_out)
    return [
        Revoked(
            serial=bytes.fromhex(one.subject),
            reason=int(str(one.details["reason_code"])),
            revoked_at=int(one.at.timestamp()),
            was_listed=False,
        )
        for one in entries
        if one.details["partition"] == partition
    ]


def with_what_rows_lack(
    tx: Reading,
    authority: Authority,
    generation: Generation,
    rows: RevokedColumns,
    *,
    before: bytes | None,
    since: Sequence[Revoked],
    expired_before: datetime | None,
) -> RevokedColumns:
    """``rows``, and what they lack of the list ``before`` (DER, checked) and of what was entered
    ``since``. An entry leaves when its certificate, which this generation's key has signed, shows
    that it expired before ``expired_before``; of the journal's also when another generation's key
    has. What rows lack is told of."""
    if before is None and not since:
        return rows
    here = set(_serials_of(rows))
    lacking = {one.serial: one for one in since if one.serial not in here}
    lacking |= {one.serial: one for one in _listed(before, here)}
    signer = read_certificate(generation.certificate, field="issuer_certificate")
    others = [
        read_certificate(each.certificate, field="issuer_certificate")
        for each in authority.generations
        if each.number != generation.number and each.certificate
    ]
    lost = []
    for one in lacking.values():
        certificate = _certificate(tx, authority.authority_id, one.serial)
        if certificate is not None:
            ours = certificate.signature_fault(signer) is None
            if ours and expired_before and certificate.not_after < expired_before.timestamp():
                continue
            if not ours and not one.was_listed and _is_of(certificate, others):
                continue
        key = f"{authority.authority_id}/{one.serial.hex()}"
        tell_left_out(Unreadable("revocations", key, DIFFERS))
        lost.append(one)
    return _with(rows, lost) if lost else rows


def _listed(der: bytes | None, here: Collection[bytes]) -> Iterator[Revoked]:
    """What a list has that is not ``here``."""
    if der is None:
        return
    read = read_list(der, max_bytes=MAX_CRL_BYTES, field="list")
    for begin in range(0, read.entries, _AT_ONCE):
        for serial, revoked_at, reason in read.listed(begin, begin + _AT_ONCE):
            octets = serial_to_bytes(serial)
            if octets not in here:
                yield Revoked(octets, reason or 0, revoked_at, was_listed=True)


def _certificate(tx: Reading, authority_id: AuthorityId, serial: bytes) -> PathCertificate | None:
    """None where it is not here as it was issued: then nobody knows more than that it is
    revoked."""
    try:
        found = certificates.get(tx, authority_id, serial)
        read = None if found is None else read_certificate(found.certificate)
    except OpenJpkiError:
        return None
    return read if read is not None and serial_to_bytes(read.serial) == serial else None


def _is_of(certificate: PathCertificate, signers: Iterable[PathCertificate]) -> bool:
    return any(certificate.signature_fault(one) is None for one in signers)


def _serials_of(rows: RevokedColumns) -> Iterator[bytes]:
    at = 0
    for length in rows.serial_lengths:
        yield rows.serials[at : at + length]
        at += length


def _with(rows: RevokedColumns, lost: Iterable[Revoked]) -> RevokedColumns:
    moments = array.array("q", rows.revoked_at)
    if sys.byteorder == "big":
        moments.byteswap()
    entries = [
        *zip(_serials_of(rows), rows.reasons, moments, strict=True),
        *((one.serial, one.reason, one.revoked_at) for one in lost),
    ]
    entries.sort(key=lambda one: one[0])
    moments = array.array("q", [at for _, _, at in entries])
    if sys.byteorder == "big":
        moments.byteswap()
    return RevokedColumns(
        serials=b"".join(serial for serial, _, _ in entries),
        serial_lengths=bytes(len(serial) for serial, _, _ in entries),
        reasons=bytes(reason for _, reason, _ in entries),
        revoked_at=moments.tobytes(),
    )
