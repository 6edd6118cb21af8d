"""A snapshot's rows made into columns: by the page, and row by row where one of it is bad."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from openjpki.domain.certificate_status import CertificateStatus
from openjpki.domain.status_event import require_certificate, require_revocation
from openjpki.storage.ca.tables import certificates as _certificates
from openjpki.storage.ca.tables import revocations as _revocations
from openjpki.storage.kernel.unreadable import NOT_READ, Unreadable, not_readable, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Table

    from openjpki.storage.kernel.unreadable import LeftOut

_GOOD, _REVOKED = int(CertificateStatus.GOOD), int(CertificateStatus.REVOKED)

StoredCertificate = Any
"""A row: of its revocation the serial, of the certificate serial, generation and end of validity,
and again of the revocation reason and moment, all three None where there is none."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows of a snapshot, column by column; all columns have one length."""

    serials: Sequence[bytes] = ()
    generations: Sequence[int] = ()
    not_after: Sequence[int] = ()
    """Seconds since 1970 UTC."""
    statuses: bytes = b""
    reasons: bytes = b""
    revoked_at: Sequence[int] = ()
    """Seconds since 1970 UTC; 0 where good."""


@dataclass(frozen=True, slots=True)
class Page:
    """What was made of some rows."""

    columns: Columns
    revoked: int
    """How many of them have a revocation, of those that were left out too."""


def of_columns(columns: Columns) -> Page:
    """Of whose rows none was left out."""
    return Page(columns, columns.statuses.count(_REVOKED))


@dataclass(frozen=True, slots=True)
class RowByRow:
    """Makes columns of rows that are held against the rules one by one."""

    seconds: Callable[[Any], int]
    """Since 1970 UTC, of what there is for a moment; raises one of ``NOT_READ``."""
    left_out: LeftOut | None
    """Told of each certificate that can't be read, which is left out, and of each such revocation,
    which is there for no stated reason and since ever."""

    def page(self, rows: Iterable[StoredCertificate]) -> Page:
        """Raises ``STORED_UNREADABLE`` where nobody is to be told."""
        made, ended = _Growing(), 0
        for revoked, serial, generation, not_after, reason, moment in rows:
            ended += revoked is not None
            try:
                octets, number, end = bytes(serial), int(generation), self.seconds(not_after)
                require_certificate(octets, number, end)
            except NOT_READ as error:
                self._tell(_certificates, serial, error)
                continue
            code = since = 0
            if revoked is not None:
                try:
                    code, since = int(reason), self.seconds(moment)
                    require_revocation(code, since)
                except NOT_READ as error:
                    code = since = 0
                    self._tell(_revocations, serial, error)
            made.serials.append(octets)
            made.generations.append(number)
            made.not_after.append(end)
            made.statuses.append(_GOOD if revoked is None else _REVOKED)
            made.reasons.append(code)
            made.revoked_at.append(since)
        return Page(made.columns(), ended)

    def _tell(self, table: Table, serial: object, error: Exception) -> None:
        unreadable = Unreadable.of(table.name, shown(serial), error)
        if self.left_out is None:
            raise not_readable(unreadable) from error
        self.left_out(unreadable)


@dataclass(frozen=True, slots=True)
class _Growing:
    """Columns to which a row after the other is added."""

    serials: list[bytes] = field(default_factory=list)
    generations: list[int] = field(default_factory=list)
    not_after: list[int] = field(default_factory=list)
    statuses: bytearray = field(default_factory=bytearray)
    reasons: bytearray = field(default_factory=bytearray)
    revoked_at: list[int] = field(default_factory=list)

    def columns(self) -> Columns:
        return Columns(
            self.serials,
            self.generations,
            self.not_after,
            bytes(self.statuses),
            bytes(self.reasons),
            self.revoked_at,
        )
