"""The list that a new one replaces, checked before; and what follows one that can't be."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from openjpki.domain.serial import serial_to_bytes
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.left_out import not_read, tell_left_out
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.unreadable import NOT_READ, of_kind
from openjpki.x509.crl.check import MAX_CRL_BYTES, check_crl, check_either
from openjpki.x509.foreign.reading import read_list

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from openjpki.storage.kernel.acts import Act
    from openjpki.storage.kernel.transaction import Reading
    from openjpki.x509.crl.check import CrlFacts

NUMBERS_SKIPPED: Final = 1_000_000
"""Where it is not sure which numbers were used: a list a minute for almost two years."""
_AT_ONCE = 10_000
"""Entries that are taken out of a list at a time: it may have millions."""


def check_previous(der: bytes | None, sha256: bytes, issuer: bytes, scope_der: bytes) -> CrlFacts:
    """The list kept as published, checked as any verifier would before a number is built on it.

    ``sha256``: what was noted of it when it was published; ``issuer``: X.509 DER. Raises
    ``CRL_REFUSED``.
    """
    if der is None or hashlib.sha256(der).digest() != sha256:
        raise OpenJpkiError(
            Reason.CRL_REFUSED, "the list to be replaced is not the one that was published"
        )
    return check_crl(der, issuer, scope_der=scope_der)


def published_numbers(
    tx: Reading, stream: str, acts: Iterable[Act], generation: int, *, subject: str | None = None
) -> Iterator[int]:
    """The numbers that a generation's lists were published with, as the journal has them in
    ``acts``; of one ``subject`` where it is given. An entry that can't be read, or lacks what such
    a one says, is told of and ends none of the others."""
    names = {one.name for one in acts}
    for entry in SqlJournal().read_all(tx, stream, acts=names, left_out=tell_left_out):
        try:
            number = of_kind(int, entry.details["crl_number"])
            of_generation = entry.details["generation"] == generation
        except NOT_READ as error:
            tell_left_out(not_read(entry, error))
            continue
        if of_generation and subject in {None, entry.subject}:
            yield number


def number_beyond(
    known: Iterable[int],
    published: Iterable[bytes],
    issuer: bytes,
    scope_der: bytes,
    *,
    is_revoked: Callable[[bytes], bool],
) -> int:
    """What the numbers of lists go on from where the newest one kept can't be read.

    None that was used is lower: the highest of all ``known`` in rows and in the journal, and of
    lists ``published`` (DER) that the issuer's key signed for the scope; those of others are for
    others. Whoever stands on one of these must be known as revoked, by serial number, since the
    next list is made of what is known. Raises ``CRL_REFUSED`` where that is not so, and
    ``MALFORMED_DER``; both say which of those published.
    """
    highest = max(known, default=0)
    for position, der in enumerate(published, 1):
        try:
            highest = max(highest, _number_of(der, issuer, scope_der, is_revoked))
        except OpenJpkiError as error:
            error.metadata["list"] = str(position)
            raise
    return highest


def _number_of(
    der: bytes, issuer: bytes, scope_der: bytes, is_revoked: Callable[[bytes], bool]
) -> int:
    """Of a list; 0 of another's."""
    try:
        number = check_either(der, issuer, scope_der=scope_der).number
    except OpenJpkiError as error:
        if error.reason is not Reason.CRL_REFUSED:
            raise
        return 0
    read = read_list(der, max_bytes=MAX_CRL_BYTES, field="list")
    for begin in range(0, read.entries, _AT_ONCE):
        for serial, _, _ in read.listed(begin, begin + _AT_ONCE):
            if not is_revoked(serial_to_bytes(serial)):
                raise OpenJpkiError(
                    Reason.CRL_REFUSED, "names a certificate that is not known as revoked here"
                )
    return number
