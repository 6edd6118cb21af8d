"""So many lines a second, and as many again in the next."""

from __future__ import annotations

from openjpki.telemetry.lines import Lines


def test_so_many_lines_in_a_second() -> None:
    now = [10.0]
    lines = Lines(3, lambda: now[0])
    assert [lines.take() for _ in range(5)] == [True, True, True, False, False]
    now[0] = 10.9
    assert not lines.take()
    now[0] = 11.0
    assert [lines.take() for _ in range(4)] == [True, True, True, False]
    # Whatever the clock does, a second that was not seen before has its lines.
    now[0] = 99.0
    assert lines.take()
