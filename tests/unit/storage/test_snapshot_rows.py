"""Rows as PostgreSQL packs them: those are told that can be, in the same columns whoever reads."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.domain.status_event import require_certificate, require_revocation
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca.snapshot_rows import page_of_packed

if TYPE_CHECKING:
    from openjpki.storage.kernel.unreadable import Unreadable

_TO_2000 = 946_684_800
_SECOND = 1_000_000
_INFINITIES = [-(1 << 63), (1 << 63) - 1]
_SERIALS = st.one_of(
    st.sampled_from(
        [bytes(20), bytes(19) + b"\x01", b"\x7f" + b"\xff" * 19, b"\x80" + bytes(19), b"\xff" * 20]
    ),
    st.binary(min_size=20, max_size=20).map(lambda octets: b"\x40" + octets[1:]),
    st.binary(max_size=31),
)
_GENERATIONS = st.one_of(st.just(1), st.sampled_from([-1, 0, 65_535, 65_536, 1 << 62]))
_EDGES = [-_TO_2000 * _SECOND, -1, 0, ((1 << 32) - _TO_2000) * _SECOND]
_MOMENTS = st.one_of(
    st.integers(0, 1 << 50),
    st.sampled_from([edge + more for edge in _EDGES for more in (-1, 0, 1)]),
    st.sampled_from(_INFINITIES),
)
_REASONS = st.one_of(st.just(1), st.sampled_from([-1, 0, 6, 7, 8, 9, 10, 11, 255, 256, 257]))
_REVOCATIONS = st.one_of(st.none(), st.tuples(_REASONS, _MOMENTS))
_ROWS = st.tuples(_SERIALS, _GENERATIONS, _MOMENTS, _REVOCATIONS)


def _packed(
    serial: bytes, generation: int, end: int, revocation: tuple[int, int] | None
) -> bytes | None:
    said = b"" if revocation is None else struct.pack(">hq", *revocation)
    status = 1 if revocation is None else 2
    return struct.pack(">Bqq", status, generation, end) + said + serial


def _seconds(microseconds: int) -> int:
    return microseconds // _SECOND + _TO_2000


def _can_be(rule: object, *values: object) -> bool:
    try:
        rule(*values)  # type: ignore[operator]
    except ValueError:
        return False
    return True


@given(st.lists(_ROWS, max_size=8))
def test_what_can_be_is_told_and_all_else_is_named(
    rows: list[tuple[bytes, int, int, tuple[int, int] | None]],
) -> None:
    told: list[Unreadable] = []
    page = page_of_packed([_packed(*row) for row in rows], told.append)
    expected, named = [], []
    for serial, generation, end, revocation in rows:
        if not _can_be(require_certificate, serial, generation, _seconds(end)):
            named.append(("certificates", serial.hex()))
            continue
        status, reason, at = 1, 0, 0
        if revocation is not None:
            status, reason, at = 2, revocation[0], _seconds(revocation[1])
            if not _can_be(require_revocation, reason, at):
                named.append(("revocations", serial.hex()))
                reason = at = 0
        expected.append((serial, generation, _seconds(end), status, reason, at))
    columns = page.columns
    assert expected == list(
        zip(
            columns.serials,
            columns.generations,
            columns.not_after,
            columns.statuses,
            columns.reasons,
            columns.revoked_at,
            strict=True,
        )
    )
    assert [(one.table, one.row) for one in told] == named
    assert page.revoked == sum(revocation is not None for *_, revocation in rows)


def test_a_row_without_anything_is_named_too() -> None:
    told: list[Unreadable] = []
    good = _packed(b"\x40" * 20, 1, 0, None)
    page = page_of_packed([good, None], told.append)
    assert list(page.columns.serials) == [b"\x40" * 20]
    assert [(one.table, one.row) for one in told] == [("certificates", "None")]


def test_where_nobody_is_told_a_bad_row_is_refused() -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        page_of_packed([_packed(b"\x40" * 20, 0, 0, None)], None)
    assert refusal.value.reason is Reason.STORED_UNREADABLE
