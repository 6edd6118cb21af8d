"""`openjpki demo` as a user runs it: again in its folder, beside other things, on a device."""

from __future__ import annotations

import json
import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.support.demo import run_demo
from tests.support.installation import openjpki, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.demo import Demo


def test_a_second_run_in_the_same_folder_makes_everything_anew(demo: Demo) -> None:
    first = (demo.folder / "user.pem").read_bytes()
    again = run_demo(demo.folder)
    assert json.loads(again.done.stdout) == again.transcript()
    second = (demo.folder / "user.pem").read_bytes()
    assert second.startswith(b"-----BEGIN CERTIFICATE-----")
    assert second != first


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    mine = tmp_path / "thesis.txt"
    mine.write_text("years of work")
    refused = openjpki("demo", "--directory", str(tmp_path))
    assert refused.returncode == 1
    told = refusal(refused)
    assert (told["error"], told["field"]) == ("INVALID_FIELD", "--directory")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    assert mine.read_text() == "years of work"


@pytest.mark.requirement("R9.1.1", "R1.3.1")
def test_the_same_journey_with_the_authorities_keys_on_a_device(tmp_path: Path) -> None:
    assert shutil.which("softhsm2-util"), "this test needs the Debian package softhsm2"
    demo = run_demo(tmp_path / "demo", "--keys", "softhsm2")
    judged = demo.openssl("verify -x509_strict -CAfile authority.pem user.pem")
    assert judged.returncode == 0, judged.stderr
    home = demo.folder / "installation"
    # No authority's key is in a file of the ca; the token's holds both authorities'.
    assert not list((home / "ca").glob("keys/*"))
    tokens = list((home / "softhsm").rglob("*.object"))
    assert len(tokens) >= 2
    with sqlite3.connect(home / "ca" / "database.sqlite") as database:
        (labels,) = database.execute("SELECT COUNT(DISTINCT key_label) FROM generations").fetchone()
    assert labels == 2
