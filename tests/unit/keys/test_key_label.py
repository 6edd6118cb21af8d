"""The grammar of labels."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.label import KeyLabel

ACCEPTED = re.compile(r"[a-z][a-z-]{0,15}/[a-z0-9][a-z0-9-]{0,31}/[1-9][0-9]{0,5}")


@given(
    kind=st.from_regex(r"[a-z][a-z-]{0,15}", fullmatch=True),
    owner=st.from_regex(r"[a-z0-9][a-z0-9-]{0,31}", fullmatch=True),
    generation=st.integers(1, 999_999),
)
def test_every_label_reads_back(kind: str, owner: str, generation: int) -> None:
    label = KeyLabel(kind, owner, generation)
    assert KeyLabel.parse(str(label)) == label


@given(st.text())
def test_what_is_accepted_is_written_the_same_way(text: str) -> None:
    with suppress(OpenJpkiError):
        assert str(KeyLabel.parse(text)) == text


@given(st.text().filter(lambda text: not ACCEPTED.fullmatch(text)))
def test_everything_else_is_an_invalid_field(text: str) -> None:
    with pytest.raises(OpenJpkiError) as caught:
        KeyLabel.parse(text)
    assert (caught.value.reason, caught.value.field) == (Reason.INVALID_FIELD, "label")


@pytest.mark.parametrize("generation", [0, -1, 1_000_000])
def test_generations_have_bounds(generation: int) -> None:
    with pytest.raises(OpenJpkiError):
        KeyLabel("authority", "signing-13", generation)
