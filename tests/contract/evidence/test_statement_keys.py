"""Every kind of key that signs statements keeps the same promises."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.cose import require_signed, sign
from openjpki.evidence.public_key import Algorithm
from openjpki.keys.secret import FileSecret
from openjpki.keys.software import key_file
from openjpki.keys.statements.backend_key import BackendStatementKey
from openjpki.keys.statements.file_key import FileStatementKey
from tests.support.key_places import PASSPHRASE, pkcs11_place, software_place
from tests.support.statements import decided, submitted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openjpki.evidence.statement_key import StatementKey

LABEL = "officer/signature/1"


@pytest.fixture
def passphrase(tmp_path: Path) -> FileSecret:
    """Of the key file."""
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n", encoding="utf-8")
    file.chmod(0o600)
    return FileSecret(file)


@pytest.fixture(params=["file", "software", "pkcs11"])
def reopen(
    request: pytest.FixtureRequest, tmp_path: Path, passphrase: FileSecret
) -> Iterator[Callable[[], StatementKey]]:
    """Makes a key; each call opens it as another process would."""
    if request.param == "file":
        path = tmp_path / "officer.pem"
        FileStatementKey.generate(path, passphrase)
        yield lambda: FileStatementKey.open(path, passphrase)
        return
    place = software_place(tmp_path) if request.param == "software" else pkcs11_place(tmp_path)
    place.open().generate(LABEL, 2048)
    yield lambda: BackendStatementKey(place.open().open(LABEL))
    place.close()


def test_what_it_signs_verifies_with_its_public_half(reopen: Callable[[], StatementKey]) -> None:
    key, again = reopen(), reopen()
    assert key.public_key == again.public_key
    require_signed(decided(), sign(decided(), key), again.public_key, field="approval")
    with pytest.raises(OpenJpkiError) as refused:
        require_signed(decided(), sign(submitted(), key), key.public_key, field="approval")
    assert refused.value.reason is Reason.EVIDENCE_SIGNATURE_INVALID


def test_signatures_have_coses_form(reopen: Callable[[], StatementKey]) -> None:
    key = reopen()
    octets = {Algorithm.ES256: 64, Algorithm.RS256: 256}[key.public_key.algorithm]
    assert len(key.sign(b"message")) == octets == key.public_key.signature_octets
    assert key.public_key.verifies(key.sign(b"message"), b"message")
    assert not key.public_key.verifies(key.sign(b"message"), b"another")


def test_a_key_file_is_encrypted_closed_to_others_and_never_replaced(
    tmp_path: Path, passphrase: FileSecret
) -> None:
    path = tmp_path / "officer.pem"
    key = FileStatementKey.generate(path, passphrase)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(TypeError, match="encrypted"):
        serialization.load_der_private_key(key_file.read(path), None)
    with pytest.raises(OpenJpkiError) as refused:
        FileStatementKey.generate(path, passphrase)
    assert refused.value.reason is Reason.KEY_EXISTS
    assert FileStatementKey.open(path, passphrase).public_key == key.public_key


def test_what_can_not_be_opened_is_refused_without_its_secret(
    tmp_path: Path, passphrase: FileSecret
) -> None:
    def refusal(name: str, secret: FileSecret = passphrase) -> Reason:
        with pytest.raises(OpenJpkiError) as refused:
            FileStatementKey.open(tmp_path / name, secret)
        assert PASSPHRASE not in str(refused.value)
        # What caused it might quote the secret.
        assert refused.value.reason is Reason.KEY_TYPE_REFUSED or refused.value.__cause__ is None
        return refused.value.reason

    FileStatementKey.generate(tmp_path / "officer.pem", passphrase)
    wrong = tmp_path / "wrong"
    wrong.write_text("another\n", encoding="utf-8")
    wrong.chmod(0o600)
    assert refusal("officer.pem", FileSecret(wrong)) is Reason.KEY_CREDENTIAL_REFUSED
    assert refusal("missing.pem") is Reason.KEY_NOT_FOUND
    (tmp_path / "officer.pem").chmod(0o644)
    assert refusal("officer.pem") is Reason.KEY_STORE_UNSAFE
    _write(tmp_path / "rsa.pem", rsa.generate_private_key(65537, 2048))
    _write(tmp_path / "p384.pem", ec.generate_private_key(ec.SECP384R1()))
    assert refusal("rsa.pem") is Reason.KEY_TYPE_REFUSED
    assert refusal("p384.pem") is Reason.KEY_TYPE_REFUSED


def _write(path: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    key_file.write_new(
        path,
        key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(PASSPHRASE.encode()),
        ),
    )
