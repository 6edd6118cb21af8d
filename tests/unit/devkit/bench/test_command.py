"""A row that fails takes no other with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import typer

from openjpki.errors import OpenJpkiError, Reason
from openjpki_devkit.bench import command
from openjpki_devkit.bench.result import Result, Row

if TYPE_CHECKING:
    from pathlib import Path


def _row(name: str) -> Row:
    result = Result(name, "", 1.0, "things", "somebody", 1.0, 1.0, "")
    return Row(name, "", lambda: [result])


def _wrong() -> list[Result]:
    raise OpenJpkiError(Reason.INTERNAL, "one wrong answer")


def test_what_was_measured_stays_though_a_row_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [_row("before"), Row("wrong", "", _wrong), _row("after")]
    monkeypatch.setattr(command, "ROWS", {row.id: row for row in rows})
    monkeypatch.setattr(command, "describe_machine", dict)
    with pytest.raises(typer.Exit) as ended:
        command.bench(tmp_path)
    assert ended.value.exit_code == 1
    written = json.loads((tmp_path / "results.json").read_text())
    assert [row["id"] for row in written] == ["before", "after"]
    assert "wrong" in capsys.readouterr().err
