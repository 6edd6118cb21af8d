"""What can be told, asked of many rows at once: never more than of each of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from openjpki.domain.status_event import (
    are_certificates,
    are_revocations,
    require_certificate,
    require_revocation,
)

_EDGES = [-1, 0, 1, 6, 7, 8, 9, 10, 11, 65_535, 65_536, (1 << 32) - 1, 1 << 32]
_NUMBERS = st.one_of(st.sampled_from(_EDGES), st.integers(0, 10))
_OF_FULL_LENGTH = st.one_of(
    st.sampled_from(
        [bytes(20), bytes(19) + b"\x01", b"\x7f" + b"\xff" * 19, b"\x80" + bytes(19), b"\xff" * 20]
    ),
    st.binary(min_size=20, max_size=20),
)
_SERIALS = st.one_of(_OF_FULL_LENGTH, st.binary(max_size=21))


def _certificate_can_be(serial: bytes, generation: int, not_after: int) -> bool:
    try:
        require_certificate(serial, generation, not_after)
    except ValueError:
        return False
    return True


def _revocation_can_be(reason_code: int, at: int) -> bool:
    try:
        require_revocation(reason_code, at)
    except ValueError:
        return False
    return True


def _are_certificates(rows: list[tuple[bytes, int, int]]) -> bool:
    return are_certificates(
        [serial for serial, _, _ in rows],
        [generation for _, generation, _ in rows],
        [not_after for _, _, not_after in rows],
    )


@given(st.lists(st.tuples(_SERIALS, _NUMBERS, _NUMBERS), min_size=1, max_size=4))
def test_no_certificate_is_let_through_that_cannot_be(rows: list[tuple[bytes, int, int]]) -> None:
    if _are_certificates(rows):
        assert all(_certificate_can_be(*row) for row in rows)


@given(st.lists(st.tuples(_OF_FULL_LENGTH, _NUMBERS, _NUMBERS), min_size=1, max_size=4))
def test_of_serials_as_they_are_drawn_both_say_the_same(rows: list[tuple[bytes, int, int]]) -> None:
    each = all(_certificate_can_be(*row) for row in rows)
    assert _are_certificates(rows) == each


@given(st.lists(st.tuples(_NUMBERS, _NUMBERS), min_size=1, max_size=4))
def test_of_revocations_both_say_the_same(rows: list[tuple[int, int]]) -> None:
    each = all(_revocation_can_be(*row) for row in rows)
    assert are_revocations([code for code, _ in rows], [at for _, at in rows]) == each


def test_of_no_rows_nothing_is_refused() -> None:
    assert are_certificates((), (), ())
    assert are_revocations((), ())
