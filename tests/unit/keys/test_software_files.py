"""Key files: who may read them, what is in them, and what else reads them."""

from __future__ import annotations

import stat
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.choose_backend import choose_backend
from tests.support.key_places import KeyPlace, software_place

if TYPE_CHECKING:
    from pathlib import Path

TOKYO = "authority/signing-13/1"


@pytest.fixture
def place(tmp_path: Path) -> KeyPlace:
    return software_place(tmp_path)


@pytest.fixture
def directory(place: KeyPlace) -> Path:
    assert place.settings.directory is not None
    return place.settings.directory


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_and_directory_are_closed_to_others(place: KeyPlace, directory: Path) -> None:
    place.open().generate(TOKYO, 2048)
    assert mode(directory) == 0o700
    assert [entry.name for entry in directory.iterdir()] == ["authority.signing-13.1.pem"]
    assert mode(directory / "authority.signing-13.1.pem") == 0o600


def test_openssl_and_cryptography_read_the_file(place: KeyPlace, directory: Path) -> None:
    key = place.open().generate(TOKYO, 2048)
    file = directory / "authority.signing-13.1.pem"
    public = subprocess.run(
        ["openssl", "pkey", "-in", file, "-passin", f"file:{place.secret_file}",
         "-pubout", "-outform", "DER"],
        check=True,
        capture_output=True,
    ).stdout  # fmt: skip
    assert public == key.spki_der
    private = load_pem_private_key(file.read_bytes(), place.secrets[0].encode())
    assert isinstance(private, rsa.RSAPrivateKey)
    assert private.sign(b"message", padding.PKCS1v15(), hashes.SHA256()) == key.sign(b"message")


def test_the_file_is_encrypted_slowly_enough_to_guess_at(place: KeyPlace, directory: Path) -> None:
    place.open().generate(TOKYO, 2048)
    parsed = subprocess.run(
        ["openssl", "asn1parse", "-in", directory / "authority.signing-13.1.pem"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert "aes-256-cbc" in parsed
    assert "hmacWithSHA256" in parsed
    rounds = next(line for line in parsed.splitlines() if "INTEGER" in line).rsplit(":", 1)[1]
    assert int(rounds, 16) >= 600_000


def test_a_directory_open_to_others_is_refused(place: KeyPlace, directory: Path) -> None:
    backend = place.open()
    backend.generate(TOKYO, 2048)
    directory.chmod(0o755)
    for act in (backend.labels, lambda: choose_backend(place.settings)):
        with pytest.raises(OpenJpkiError) as caught:
            act()
        assert caught.value.reason is Reason.KEY_STORE_UNSAFE


def test_a_key_file_open_to_others_is_refused(place: KeyPlace, directory: Path) -> None:
    backend = place.open()
    backend.generate(TOKYO, 2048)
    (directory / "authority.signing-13.1.pem").chmod(0o640)
    with pytest.raises(OpenJpkiError) as caught:
        backend.open(TOKYO)
    assert caught.value.reason is Reason.KEY_STORE_UNSAFE


@pytest.mark.parametrize("spoil", ["cut", "text", "plain", "flipped"])
def test_a_spoilt_file_is_refused(place: KeyPlace, directory: Path, spoil: str) -> None:
    backend = place.open()
    backend.generate(TOKYO, 2048)
    file = directory / "authority.signing-13.1.pem"
    text = file.read_text()
    spoilt = {
        "cut": text[: len(text) // 2],
        "text": "no key at all",
        "plain": text.replace("ENCRYPTED ", ""),
        "flipped": text.replace("\nMII", "\nMIJ", 1),
    }[spoil]
    assert spoilt != text
    file.write_text(spoilt)
    with pytest.raises(OpenJpkiError) as caught:
        backend.open(TOKYO)
    assert caught.value.reason in {Reason.KEY_STORE_UNSAFE, Reason.INTERNAL}


def test_files_that_are_no_keys_are_not_listed(place: KeyPlace, directory: Path) -> None:
    backend = place.open()
    backend.generate(TOKYO, 2048)
    for name in (
        "README.pem",
        "authority.signing-13.pem",
        "authority.signing-13.01.pem",
        "authority.signing-13.2.txt",
    ):
        (directory / name).write_text("x")
    assert backend.labels() == [TOKYO]


def test_an_empty_passphrase_makes_no_key(place: KeyPlace, directory: Path) -> None:
    place.secret_file.write_text("\n")
    with pytest.raises(OpenJpkiError):
        place.open(replace(place.settings)).generate(TOKYO, 2048)
    assert list(directory.iterdir()) == []
