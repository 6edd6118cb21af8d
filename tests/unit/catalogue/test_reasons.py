"""The catalogue of refusals: what the contract says of each reason, as the code has it."""

from __future__ import annotations

import subprocess
import sys

import grpc
import pytest
from google.rpc import code_pb2

from openjpki.api.types.v1 import reason_pb2
from openjpki.catalogue.entry import Text
from openjpki.errors import Audience, Language, Reason

VALUES = reason_pb2.Reason.DESCRIPTOR.values[1:]


def test_the_code_knows_the_contracts_reasons_and_no_others() -> None:
    assert [f"REASON_{reason.name}" for reason in Reason] == [value.name for value in VALUES]


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.name)
def test_a_reason_is_what_the_contract_says(reason: Reason) -> None:
    value = reason_pb2.Reason.DESCRIPTOR.values_by_name[f"REASON_{reason.name}"]
    said = value.GetOptions().Extensions[reason_pb2.catalogue]
    assert reason.entry.number == value.number
    assert reason.grpc_code == code_pb2.Code.Name(said.code)
    assert f"AUDIENCE_{reason.audience.name}" == reason_pb2.Audience.Name(said.audience)
    assert reason.retryable == said.retryable
    assert reason.entry.text == Text(said.text.ja, said.text.en)
    assert reason.entry.next_step == Text(said.next_step.ja, said.next_step.en)


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.name)
def test_people_read_a_sentence_in_either_language(reason: Reason) -> None:
    assert grpc.StatusCode[reason.grpc_code] is not grpc.StatusCode.OK
    for words in (reason.text, reason.next_step):
        japanese, english = words(Language.JA), words(Language.EN)
        assert japanese.endswith("。")
        assert english.endswith(".")
        assert english.isascii() or "代替文字" in english
        assert any("\u3040" <= letter <= "\u30ff" for letter in japanese)


def test_no_two_reasons_say_the_same() -> None:
    for language in Language:
        assert len({reason.text(language) for reason in Reason}) == len(Reason)


def test_every_audience_is_somebodys() -> None:
    assert {reason.audience for reason in Reason} == set(Audience)


def test_words_of_the_act() -> None:
    """The terms that the Act and the report use, where a plain word would mislead."""
    japanese = "".join(
        words for reason in Reason for words in (reason.entry.text.ja, reason.entry.next_step.ja)
    )
    for wrong in ("失効リスト", "失効請求", "利用者証明書", "耐タンパ装置"):
        assert wrong not in japanese


def test_reasons_need_neither_grpc_nor_protobuf() -> None:
    code = (
        "import sys; from openjpki.errors import Reason\n"
        "print([m for m in ('grpc', 'google.protobuf', 'protobuf') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
