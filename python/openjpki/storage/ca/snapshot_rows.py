"""A snapshot's rows as the database hands them out: PostgreSQL packs each into one value.

A value costs the driver, the program and PostgreSQL itself about as much as the next one, whatever
is in it; and what is packed is taken apart in Rust. What may be bad in a page is found there too,
and the page then gone through row by row, as SQLite's are.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, func, literal_column, select

from openjpki.signer_core import unpack_statuses
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.ca.snapshot_columns import Columns, RowByRow, of_columns
from openjpki.storage.ca.tables import certificates as _certificates
from openjpki.storage.ca.tables import revocations as _revocations
from openjpki.storage.kernel.columns import Bytes
from openjpki.storage.kernel.unreadable import plain_pages_of
from openjpki.storage.kernel.written import Written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.ca.snapshot_columns import Page, StoredCertificate
    from openjpki.storage.kernel.transaction import Reading
    from openjpki.storage.kernel.unreadable import LeftOut

_CERTIFICATE = struct.Struct(">Bqq")
_REVOCATION = struct.Struct(">hq")
_GOOD, _REVOKED = 1, 2
_FROM_1970_TO_2000 = 946_684_800
_MICROSECONDS = 1_000_000
# What can't be stands for what isn't there, which would leave nothing of its row.
_NO_GENERATION: ColumnElement[int] = literal_column("0")
_NO_REASON: ColumnElement[int] = literal_column("'-1'::smallint")
_NO_MOMENT: ColumnElement[Any] = literal_column("'-infinity'::timestamptz")


def _of_all(*wanted: ColumnElement[Any]) -> Select[Any]:
    joined = _certificates.outerjoin(
        _revocations,
        and_(
            _revocations.c.authority_id == _certificates.c.authority_id,
            _revocations.c.serial == _certificates.c.serial,
        ),
    )
    return (
        select(*wanted)
        .select_from(joined)
        .where(
            _certificates.c.authority_id == bindparam("of_authority"),
            _certificates.c.kind != CertificateKind.AUTHORITY.value,
            _certificates.c.not_after >= bindparam("ended_before"),
        )
    )


def _packed() -> ColumnElement[Any]:
    """As :func:`openjpki.signer_core.unpack_statuses` has it."""

    def status(octet: int) -> ColumnElement[Any]:
        return literal_column(f"'\\x{octet:02x}'::bytea", Bytes)

    generation = func.int8send(func.coalesce(_certificates.c.generation, _NO_GENERATION))
    certificate = generation.op("||")(func.timestamptz_send(_certificates.c.not_after))
    reason = func.int2send(func.coalesce(_revocations.c.reason_code, _NO_REASON))
    since = func.coalesce(_revocations.c.revoked_at, _NO_MOMENT)
    revocation = reason.op("||")(func.timestamptz_send(since))
    return case(
        (
            _revocations.c.serial.is_(None),
            status(_GOOD).op("||")(certificate).op("||")(_certificates.c.serial),
        ),
        else_=status(_REVOKED)
        .op("||")(certificate)
        .op("||")(revocation)
        .op("||")(_certificates.c.serial),
    )


_PACKED = Written(_of_all(_packed().label("packed")))
_PLAIN = _of_all(
    _revocations.c.serial.label("revoked"),
    _certificates.c.serial,
    _certificates.c.generation,
    _certificates.c.not_after,
    _revocations.c.reason_code,
    _revocations.c.revoked_at,
)


def pages(
    tx: Reading,
    authority_id: AuthorityId,
    rows_each: int,
    *,
    ended_before: datetime,
    left_out: LeftOut | None,
) -> Iterator[Page]:
    """As :func:`openjpki.storage.ca.feed.snapshot`, which knows what must be among them."""
    values = {"of_authority": authority_id, "ended_before": ended_before}
    if tx.connection.dialect.name == "postgresql":
        for packed in _PACKED.octets(tx, values, at_once=rows_each):
            yield page_of_packed(packed, left_out)
    else:
        plain = plain_pages_of(tx, _PLAIN, values, at_once=rows_each)
        moment = plain.made_by("not_after")
        one_by_one = RowByRow(lambda stored: int(moment(stored).timestamp()), left_out)
        yield from map(one_by_one.page, plain)


def page_of_packed(packed: list[bytes | None], left_out: LeftOut | None) -> Page:
    """Of rows as PostgreSQL packs them. Raises as :class:`RowByRow` does."""
    unpacked = unpack_statuses(packed)
    if unpacked is None:
        return RowByRow(_seconds_of_packed, left_out).page(map(_taken_apart, packed))
    return of_columns(Columns(*unpacked))


def _taken_apart(row: bytes | None) -> StoredCertificate:
    """Of a row that may be bad; one without serial has nothing."""
    if row is None:
        return (None,) * 6
    status, generation, end = _CERTIFICATE.unpack_from(row)
    serial = row[_CERTIFICATE.size :]
    if status == _GOOD:
        return None, serial, generation, end, None, None
    reason, since = _REVOCATION.unpack_from(serial)
    serial = serial[_REVOCATION.size :]
    return serial, serial, generation, end, reason, since


def _seconds_of_packed(microseconds: int) -> int:
    """PostgreSQL counts from 2000; its infinities are before and behind whatever can be."""
    return microseconds // _MICROSECONDS + _FROM_1970_TO_2000
