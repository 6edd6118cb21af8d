"""Reasons against a path: what the contract says of each, as the code has it."""

from __future__ import annotations

import pytest

from openjpki.api.types.v1 import path_pb2
from openjpki.catalogue.path_reason import PathReason
from openjpki.errors import Language

VALUES = path_pb2.PathReason.DESCRIPTOR.values[1:]


def test_the_code_knows_the_contracts_reasons_and_no_others() -> None:
    assert [(f"PATH_REASON_{one.name}", one.number) for one in PathReason] == [
        (value.name, value.number) for value in VALUES
    ]


@pytest.mark.parametrize("reason", PathReason, ids=lambda reason: reason.name)
def test_people_read_a_sentence_in_either_language(reason: PathReason) -> None:
    said = path_pb2.PathReason.DESCRIPTOR.values_by_name[f"PATH_REASON_{reason.name}"]
    text = said.GetOptions().Extensions[path_pb2.path_text]
    assert reason.text(Language.JA) == text.ja
    assert reason.text(Language.EN) == text.en
    assert text.ja.endswith("。")
    assert text.en.endswith(".")
    assert text.en.isascii()


def test_no_two_reasons_say_the_same() -> None:
    for language in Language:
        assert len({reason.text(language) for reason in PathReason}) == len(PathReason)
