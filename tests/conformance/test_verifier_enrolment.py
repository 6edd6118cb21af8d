"""What a verifier sends to be certified for the mesh, judged by openssl."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.installation import answer, openjpki, refusal
from tests.support.openssl import openssl

if TYPE_CHECKING:
    from pathlib import Path

ENROL = ("verifier", "enrol", "tax-office", "--trust-domain", "openjpki.example", "--to")


def test_openssl_reads_the_request_and_the_key_is_nobody_elses(tmp_path: Path) -> None:
    made = answer(openjpki(*ENROL, str(tmp_path)))
    name = "spiffe://openjpki.example/verifier/tax-office"
    key = tmp_path / "tls.key"
    assert made == {
        "spiffe_id": name,
        "key_file": str(key),
        "request": str(tmp_path / "tls.csr"),
    }
    assert key.stat().st_mode & 0o777 == 0o600
    read = openssl(tmp_path, "req -in tls.csr -verify -noout -text")
    assert read.returncode == 0, read.stderr
    assert f"URI:{name}" in read.stdout
    assert "Subject Alternative Name: critical" in read.stdout
    publics = [
        openssl(tmp_path, command).stdout
        for command in ("req -in tls.csr -noout -pubkey", "pkey -in tls.key -pubout")
    ]
    assert publics[0] == publics[1] != ""
    # What is there stays.
    before = key.read_bytes()
    assert refusal(openjpki(*ENROL, str(tmp_path)))["error"] == "KEY_EXISTS"
    assert key.read_bytes() == before


def test_a_run_that_was_killed_is_taken_up(tmp_path: Path) -> None:
    """Between the key and its request: there is one key, and a request for it."""
    answer(openjpki(*ENROL, str(tmp_path)))
    key, request = tmp_path / "tls.key", tmp_path / "tls.csr"
    before = key.read_bytes()
    request.unlink()
    answer(openjpki(*ENROL, str(tmp_path)))
    assert key.read_bytes() == before
    publics = [
        openssl(tmp_path, command).stdout
        for command in ("req -in tls.csr -noout -pubkey", "pkey -in tls.key -pubout")
    ]
    assert publics[0] == publics[1] != ""
    # Of another kind: it may be in use for something else.
    request.unlink()
    assert openssl(tmp_path, "genrsa -out tls.key 2048").returncode == 0
    before = key.read_bytes()
    assert refusal(openjpki(*ENROL, str(tmp_path)))["error"] == "KEY_EXISTS"
    assert key.read_bytes() == before
    assert not request.exists()


@pytest.mark.parametrize("name", ["Tax Office", "tax/office", "Tax-Office", ""])
def test_a_name_that_no_verifier_has_is_refused(tmp_path: Path, name: str) -> None:
    words = (*ENROL[:2], name, *ENROL[3:], str(tmp_path))
    assert refusal(openjpki(*words))["error"] == "INVALID_FIELD"
    assert not list(tmp_path.iterdir())
