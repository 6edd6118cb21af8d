"""The row that measures by the processor's multiplier names the processor, or is left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from openjpki_devkit.bench import rsa_limit
from openjpki_devkit.bench.machine import processor


def test_without_its_program_the_row_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert rsa_limit.ROW.measure() == []
    assert "left out: rsa_limit" in capsys.readouterr().err


def test_the_row_compares_with_what_the_program_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "lanes-rate"
    program.write_text(
        "#!/bin/sh\n"
        "case $1 in count) echo 403275 ;; allowed) figure=9090 ;; operations) figure=7950 ;; esac\n"
        'while read -r seconds; do echo "$figure"; done\n'
    )
    program.chmod(0o755)
    monkeypatch.setattr(rsa_limit, "_SECONDS", 0.01)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    raw, signatures = rsa_limit.ROW.measure()
    assert (raw.id, raw.value, raw.peer_value) == ("rsa_limit", 7950, 9090)
    assert raw.ratio == pytest.approx(7950 / 9090)
    assert raw.peer == f"403,275 multiplies each, nothing else; {processor()}"
    assert signatures.id == "rsa_limit_signatures"
    assert signatures.ratio == pytest.approx(signatures.value / 9090, rel=0.5)


@pytest.mark.skipif(
    "cpu family" not in Path("/proc/cpuinfo").read_text(encoding="utf-8"),
    reason="the system does not tell the family",
)
def test_the_processor_is_named_by_family_and_model() -> None:
    assert ", family " in processor()
    assert ", model " in processor()
