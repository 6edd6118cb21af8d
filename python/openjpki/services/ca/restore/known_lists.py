"""Revocations that stand in lists, complete and delta, which were published after the backup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.policy import RevocationReason
from openjpki.domain.serial import serial_to_bytes
from openjpki.domain.stated_time import moment
from openjpki.errors import OpenJpkiError
from openjpki.x509.crl.check import MAX_CRL_BYTES, check_either
from openjpki.x509.foreign.reading import read_list

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from openjpki.services.ca.authorities.authority import Authority
    from openjpki.signer_core import PathRevocationList

_FIELD = "list"
_AT_ONCE = 10_000
"""Entries that are taken out of a list at a time: it may have millions."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of a published list."""

    serial: bytes
    reason: RevocationReason
    revoked_at: datetime


def issuer_of(der: bytes) -> bytes:
    """DN of a list's issuer, DER. Raises ``MALFORMED_DER``."""
    return _read(der).issuer_der


def entries_of(authority: Authority, der: bytes) -> Iterator[Listed]:
    """The entries of a list that one of the authority's own keys signed.

    Raises ``CRL_REFUSED``, ``MALFORMED_DER``.
    """
    _require_own(authority, der)
    read = _read(der)
    for begin in range(0, read.entries, _AT_ONCE):
        for serial, revoked_at, reason in read.listed(begin, begin + _AT_ONCE):
            # Our own lists name no other.
            yield Listed(serial_to_bytes(serial), RevocationReason(reason or 0), moment(revoked_at))


def _read(der: bytes) -> PathRevocationList:
    return read_list(der, max_bytes=MAX_CRL_BYTES, field=_FIELD)


def _require_own(authority: Authority, der: bytes) -> None:
    refusal: OpenJpkiError | None = None
    for generation in authority.generations:
        try:
            check_either(der, generation.certificate, field=_FIELD)
        except OpenJpkiError as error:
            refusal = error
        else:
            return
    if refusal is not None:
        raise refusal
