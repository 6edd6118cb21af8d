"""One line of a batch: what it asks, and which lines ask nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openjpki.pki_path.batch.line import MAX_LINE, LineError, parse_line, parse_time

LEAST = {"target": "t.pem", "anchors": ["a.pem"]}


def parsed(**more: Any) -> Any:
    return parse_line(json.dumps({**LEAST, **more}).encode())


def test_what_is_not_said_is_the_least() -> None:
    line = parsed()
    assert line.line_id is None
    assert (line.target, line.anchors, line.pool) == ("t.pem", ("a.pem",), ())
    assert line.at is None
    assert line.policies == ()
    assert (line.explicit_policy, line.inhibit_mapping, line.inhibit_any) == (False,) * 3
    assert line.revocation


def test_everything_said() -> None:
    line = parsed(
        id="x",
        pool=["p", "q"],
        time="2025-06-01T12:00:00Z",
        policies=["1.2.3", "2.5.29.32.0"],
        explicit_policy=True,
        inhibit_mapping=True,
        inhibit_any=True,
        revocation="off",
        accept_renumbered=["0A" * 32],
    )
    assert line.line_id == "x"
    assert line.pool == ("p", "q")
    assert line.at == 1748779200
    assert line.policies == ("1.2.3", "2.5.29.32.0")
    assert line.explicit_policy
    assert line.inhibit_mapping
    assert line.inhibit_any
    assert not line.revocation
    assert line.accept_renumbered == (b"\x0a" * 32,)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b'{"target": "t"}',
        b'{"anchors": ["a"]}',
        b'{"target": "t", "anchors": ["a"]} x',
        b'{"target": "t", "target": "u", "anchors": ["a"]}',
        b'{"id": 1, "target": "t", "anchors": ["a"], "id": 1}',
        b'{"target": "\xff", "anchors": ["a"]}',
        b'{"target": "\\ud800", "anchors": ["a"]}',
        b'{"target": "a\\u0000b", "anchors": ["a"]}',
        b"[" * 100_000,
        json.dumps(LEAST).encode("utf-16"),
        json.dumps({**LEAST, "id": "x" * MAX_LINE}).encode(),
    ],
)
def test_what_is_no_question(octets: bytes) -> None:
    with pytest.raises(LineError) as refused:
        parse_line(octets)
    assert refused.value.rule
    assert refused.value.line_id is None


@pytest.mark.parametrize(
    "more",
    [
        {"revocaton": "off"},
        {"revocation": "maybe"},
        {"revocation": None},
        {"target": 5},
        {"target": ""},
        {"anchors": "a.pem"},
        {"anchors": [5]},
        {"pool": {"a": 1}},
        {"policies": "1.2.3"},
        {"policies": ["x"]},
        {"policies": ["1"]},
        {"policies": ["1.02"]},
        {"explicit_policy": 1},
        {"inhibit_any": "true"},
        {"accept_renumbered": "aa"},
        {"accept_renumbered": ["aa"]},
        {"accept_renumbered": ["g" * 64]},
        {"time": 5},
        {"time": "yesterday"},
        {"time": "2025-06-01"},
        {"time": "2025-06-01T12:00:00"},
        {"time": "2025-02-30T12:00:00Z"},
        {"time": "2025-06-01T12:00:60Z"},
        {"time": "2025-06-01T23:59:60Z"},
        {"time": "2025-06-30T23:59:61Z"},
        {"time": "2025-06-30T23:59:60+09:00"},
        {"time": "9999-12-31T23:59:60Z"},
        {"time": "2025-06-01T12:00:00+24:00"},
        {"time": "2025-06-01T12:00:00+09:60"},
        {"time": "9999-12-31T23:59:59-14:00"},
        {"time": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_what_is_misspelt_is_told_with_its_line(more: dict[str, Any]) -> None:
    with pytest.raises(LineError) as refused:
        parsed(id=7, **more)
    assert refused.value.line_id == 7


@pytest.mark.parametrize(
    "octets",
    [
        b'{"id": 7, "target": "t", "target": "u", "anchors": ["a"]}',
        b'{"id": 7, "target": {"id": 8, "id": 9}, "anchors": ["a"]}',
    ],
)
def test_a_field_twice_is_told_with_its_line(octets: bytes) -> None:
    with pytest.raises(LineError) as refused:
        parse_line(octets)
    assert refused.value.line_id == 7
    assert "twice" in refused.value.rule


@pytest.mark.parametrize("line_id", [{}, [], True])
def test_an_id_is_a_text_or_a_number(line_id: Any) -> None:
    with pytest.raises(LineError):
        parsed(id=line_id)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t09:00:00.999+09:00", 0),
        ("1969-12-31T23:59:59.5Z", -1),
        ("2050-01-01T00:00:00-00:00", 2524608000),
        # The examples of RFC 3339 5.8: a leap second in UTC, and as the Pacific coast wrote it.
        ("1990-12-31T23:59:60Z", 662688000),
        ("1990-12-31T15:59:60.25-08:00", 662688000),
    ],
)
def test_times(text: str, seconds: int) -> None:
    assert parse_time(text) == seconds
