"""How far a command is, where nobody sits at a terminal: as in the log of what runs by itself."""

from __future__ import annotations

import pytest

from openjpki.cli import output
from openjpki.cli.progress import LINE_SECONDS, LISTS, counting_of_many
from openjpki.errors import Language


@pytest.mark.parametrize(
    ("language", "line"),
    [
        (Language.EN, "revocation lists: 7 of 2000 so far"),
        (Language.JA, "処理中：失効情報ファイル 7／2000件"),
    ],
)
def test_a_line_says_it_now_and_then(
    language: Language,
    line: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(output, "_language", language)
    now = 0.0
    with counting_of_many(LISTS, lambda: now) as told:
        told(1, 2000)
        now = LINE_SECONDS
        told(7, 2000)
        told(8, 2000)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"{line}\n")


def test_a_program_is_told_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it reads there is a refusal."""
    monkeypatch.setattr(output, "_format", output.OutputFormat.JSON)
    now = 0.0
    with counting_of_many(LISTS, lambda: now) as told:
        now = LINE_SECONDS
        told(7, 2000)
    assert capsys.readouterr().err == ""
