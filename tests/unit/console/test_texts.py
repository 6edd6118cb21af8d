"""The console's words: every one that a page asks for, in both languages, and no other."""

from __future__ import annotations

import re

import pytest

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.console.pages import HERE
from openjpki.console.texts import TEXTS
from openjpki.console.words import _PREFIXES, Words
from openjpki.errors import Language

TEMPLATES = sorted((HERE / "templates").glob("*.html"))
SOURCES = "".join(
    one.read_text("utf-8") for one in (*TEMPLATES, *HERE.glob("*.py")) if one.name != "texts.py"
)


def test_every_sentence_is_said_somewhere() -> None:
    assert [key for key in TEXTS if f'"{key}"' not in SOURCES and f"'{key}'" not in SOURCES] == []


def test_every_sentence_asked_for_is_there() -> None:
    asked = set(re.findall(r"""w\.say\(["'](\w+)["']""", SOURCES))
    assert asked - set(TEXTS) == set()
    assert len(asked) > 50


def test_the_values_of_a_sentence_are_the_same_in_both_languages() -> None:
    for key, text in TEXTS.items():
        found = [set(re.findall(r"\{(\w+)\}", said)) for said in (text.ja, text.en)]
        assert found[0] == found[1], key
        assert not text.ja.isascii() or key == "other_language", key


@pytest.mark.parametrize("prefix", _PREFIXES)
def test_every_value_of_the_contracts_has_its_japanese(prefix: str) -> None:
    words = Words(Language.JA)
    numbers = [number for number in _PREFIXES[prefix].values() if number]  # type: ignore[attr-defined]
    said = [words.value(prefix, number) for number in numbers]
    assert not [one for one in said if one.isascii()]
    assert len(set(said)) == len(numbers)


def test_a_value_of_a_newer_release_is_told_by_its_number() -> None:
    newer = max(pb.ApplicationState.values()) + 1
    for language in Language:
        assert "other" in Words(language).value("APPLICATION_STATE_", newer).replace("-", " ")


def test_pages_hold_no_script_and_no_style_of_their_own() -> None:
    """What the policy of the pages would stop anyway is not there to be stopped."""
    for template in TEMPLATES:
        text = template.read_text("utf-8")
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", text), template.name
