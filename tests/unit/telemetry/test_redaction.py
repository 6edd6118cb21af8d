"""What never reaches a log."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.api.types.v1 import person_pb2
from openjpki.telemetry.redaction import MAX_TEXT, PRIVATE_KEYS, WITHHELD, clean, redact

NAME = "山田　花子"


@pytest.mark.parametrize("key", sorted(PRIVATE_KEYS))
def test_private_keys_are_withheld_whatever_they_hold(key: str) -> None:
    values: list[Any] = [NAME, b"x", 5, None, {"a": NAME}, [NAME], object()]
    for value in values:
        assert redact(None, "info", {key: value}) == {key: WITHHELD}
        assert redact(None, "info", {key.upper(): value}) == {key.upper(): WITHHELD}
        assert redact(None, "info", {"facts": {"deep": {key: value}}}) == {
            "facts": {"deep": {key: WITHHELD}}
        }


def test_every_field_with_personal_data_in_the_contracts_is_private() -> None:
    for kind in (person_pb2.FourAttributes, person_pb2.Substitutions):
        assert {field.name for field in kind.DESCRIPTOR.fields} <= PRIVATE_KEYS


def test_octets_messages_and_objects_are_withheld_under_any_key() -> None:
    message = person_pb2.FourAttributes(name=NAME)

    class Row:
        def __repr__(self) -> str:
            return NAME

        __str__ = __repr__

    class Text(str):
        __slots__ = ()

        def __str__(self) -> str:
            return NAME

    values: list[Any] = [
        NAME.encode(),
        bytearray(b"x"),
        memoryview(b"x"),
        message,
        Row(),
        {1, b"x"},
    ]
    for value in values:
        for wrapped in (value, [value], {"a": value}, (value,)):
            shown = str(clean("fact", wrapped))
            assert "withheld" in shown
            assert NAME not in shown
            assert "b'" not in shown


def test_plain_facts_stay() -> None:
    facts: dict[str, Any] = {
        "event": "call refused",
        "code": "NOT_FOUND",
        "seconds": 0.5,
        "count": 3,
        "ok": True,
        "none": None,
        "frames": ["a.py:1 f", "b.py:2 g"],
    }
    assert redact(None, "info", dict(facts)) == facts


def test_long_text_is_cut() -> None:
    cut = clean("event", "x" * (MAX_TEXT * 2))
    assert isinstance(cut, str)
    assert len(cut) == MAX_TEXT + 1


@given(st.dictionaries(st.text(max_size=8), st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)))  # fmt: skip
def test_nothing_makes_it_fail(event: dict[str, Any]) -> None:
    cleaned = redact(None, "info", event)
    assert set(cleaned) == set(event)
    assert "bytes withheld" in str(cleaned) or "b'" not in repr(
        [value for value in cleaned.values() if isinstance(value, bytes)]
    )
