"""Tokens of SoftHSM2 for development and tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki_devkit.embedded.softhsm import SoftHsm, find_module, find_tool

if TYPE_CHECKING:
    from pathlib import Path


def test_a_second_token_of_one_name_is_refused(tmp_path: Path) -> None:
    softhsm = SoftHsm.create(tmp_path / "softhsm")
    pin_file = softhsm.add_token("authorities")
    pin = pin_file.read_text()
    assert pin_file.stat().st_mode & 0o077 == 0
    with pytest.raises(OpenJpkiError) as caught:
        softhsm.add_token("authorities")
    assert caught.value.reason is Reason.KEY_EXISTS
    assert pin_file.read_text() == pin


def test_without_softhsm_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("openjpki_devkit.embedded.softhsm._MODULES", ("/nowhere/libsofthsm2.so",))
    for find in (find_module, find_tool):
        with pytest.raises(OpenJpkiError, match="apt-get install softhsm2"):
            find()
