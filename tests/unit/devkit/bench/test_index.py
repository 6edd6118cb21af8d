"""The rows of the status index: what its program says, and which is measured by name alone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from openjpki_devkit.bench import index

if TYPE_CHECKING:
    from pathlib import Path


def test_without_its_program_a_row_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert index.ROWS[0].measure() == []
    assert "left out: index_1m" in capsys.readouterr().err


def test_a_row_is_memory_loading_filing_and_look_ups_beside_reads_of_as_much_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "status-rate"
    program.write_text(
        "#!/bin/sh\n"
        "case $1 in version) echo 1; exit ;;\n"
        "  index) read -r _; echo 20; read -r _; echo 1e6\n"
        '    read -r _; echo 2e6; read -r _; echo 1e7; figure="${2}0" ;;\n'
        "  reads) figure=$2 ;; esac\n"
        'while read -r seconds; do echo "$figure"; done\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    look_ups, memory, load, save, start = index.ROWS[0].measure()
    assert (look_ups.id, look_ups.value, look_ups.peer_value) == ("index_1m", 1e7, 2e7)
    assert look_ups.ratio == pytest.approx(0.5)
    assert (memory.id, memory.value, memory.ratio) == ("index_1m_memory", 20, 1.25)
    assert (load.id, load.value) == ("index_1m_load", 1e6)
    assert load.ratio == pytest.approx(3)
    assert (save.id, save.value) == ("index_1m_save", 2e6)
    assert save.ratio == pytest.approx(6)
    assert (start.id, start.value) == ("index_1m_start", 1e7)
    assert start.ratio == pytest.approx(3)


def test_a_nation_is_measured_when_it_is_asked_for() -> None:
    assert [row.id for row in index.ROWS if row.by_name_only] == ["index_100m"]
