"""In which language refusals are explained, and what a person then reads."""

from __future__ import annotations

import json

import pytest

from openjpki.cli import output
from openjpki.cli.language import of_locale
from openjpki.errors import Language, OpenJpkiError, Reason, Text
from openjpki.rpc.invalid_message import InvalidMessageError
from tests.support.installation import openjpki, refusal


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, Language.EN),
        ({"LANG": "C.UTF-8"}, Language.EN),
        ({"LANG": "ja_JP.UTF-8"}, Language.JA),
        ({"LANG": "ja"}, Language.JA),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "en_GB.UTF-8"}, Language.EN),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "ja_JP.eucJP"}, Language.JA),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": ""}, Language.JA),
        ({"LANG": "jam_JM"}, Language.EN),
    ],
)
def test_of_the_locale(environment: dict[str, str], language: Language) -> None:
    assert of_locale(environment) is language


@pytest.fixture
def japanese() -> object:
    output.use_language(Language.JA)
    yield
    output.use_language(Language.EN)


@pytest.mark.usefixtures("japanese")
def test_a_refusal_names_the_field_as_on_the_form(capsys: pytest.CaptureFixture[str]) -> None:
    error = OpenJpkiError(Reason.NAME_NOT_IN_REPERTOIRE, "character 2", field="attributes.name")
    error.labels = {"attributes.name": Text("氏名", "name")}
    output.report(error)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "NAME_NOT_IN_REPERTOIRE 使用可能な文字の範囲にない文字が含まれています。",
        "  氏名 (attributes.name): character 2",
        "  代替文字を選んでいただくか、仮名で入力してください。",
    ]


@pytest.mark.usefixtures("japanese")
def test_japanese_has_what_the_form_asks_beside_the_rule(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = OpenJpkiError(Reason.INVALID_FIELD, "must not be empty", field="attributes.name")
    error.labels = {"attributes.name": Text("氏名", "name")}
    error.expects_ja = {"attributes.name": "住民票のとおりに入力します。"}
    for language, line in (
        (Language.JA, "氏名 (attributes.name): 住民票のとおりに入力します。 [must not be empty]"),
        (Language.EN, "name (attributes.name): must not be empty"),
    ):
        output.use_language(language)
        output.report(error)
        assert f"  {line}\n" in capsys.readouterr().err


@pytest.mark.usefixtures("japanese")
def test_every_broken_rule_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    error = InvalidMessageError([("attributes.name", "is empty"), ("window_id", "is no window")])
    error.labels = {"attributes.name": Text("氏名", "name")}
    output.report(error)
    assert capsys.readouterr().err.splitlines()[1:3] == [
        "  氏名 (attributes.name): is empty",
        "  window_id: is no window",
    ]


@pytest.mark.usefixtures("japanese")
def test_every_broken_rule_is_told_to_a_program(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "_format", output.OutputFormat.JSON)
    error = InvalidMessageError([("attributes.name", "is empty"), ("window_id", "is no window")])
    error.labels = {"attributes.name": Text("氏名", "name")}
    output.report(error)
    assert json.loads(capsys.readouterr().err)["violations"] == [
        {"field": "attributes.name", "label": "氏名", "rule": "is empty"},
        {"field": "window_id", "label": None, "rule": "is no window"},
    ]


@pytest.mark.usefixtures("japanese")
def test_every_field_that_differs_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    error = OpenJpkiError(Reason.REGISTER_MISMATCH, "differs", field="attributes")
    error.labels = {
        "attributes": Text("基本4情報", "the four attributes"),
        "attributes.sex": Text("性別", "sex"),
    }
    output.report(error)
    assert capsys.readouterr().err.splitlines()[1:3] == [
        "  基本4情報 (attributes): differs",
        "  性別 (attributes.sex)",
    ]


def test_the_option_goes_before_the_locale() -> None:
    words = ("register", "generate", "absent.csv", "--municipality", "00000")
    for language in Language:
        told = refusal(openjpki("--language", language, *words))
        assert told["text"] == Reason.UNKNOWN_MUNICIPALITY.text(language)
        assert told["next_step"] == Reason.UNKNOWN_MUNICIPALITY.next_step(language)
