"""With which key an officer's commands sign: whose credentials they use, and what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openjpki.cli.connection import Connection
from openjpki.cli.signing_officer import SigningChoice
from openjpki.config.clock import SystemClock
from openjpki.domain.evidence import OfficerKeyPresented
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.cose import require_signed
from openjpki.keys.secret import FileSecret
from openjpki.keys.statements.file_key import FileStatementKey
from openjpki.rpc.identity.private_files import write_private
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.mesh.authority import MeshAuthority

if TYPE_CHECKING:
    from pathlib import Path

DOMAIN = "test.openjpki.example"


def choice(**said: Any) -> SigningChoice:
    usual: dict[str, Any] = {
        "key": None,
        "passphrase_file": None,
        "token": None,
        "module": None,
        "pin_file": None,
        "generation": 1,
    }
    return SigningChoice(**{**usual, **said})


@pytest.fixture
def connection(tmp_path: Path) -> Connection:
    mesh = MeshAuthority.create(clock=SystemClock(), trust_domain=DOMAIN)
    files = mesh.issue(PeerRole.WINDOW_OFFICER, "13101", "sato").write(tmp_path / "credentials")
    return Connection("127.0.0.1:1", files, DOMAIN)


@pytest.fixture
def key(tmp_path: Path) -> FileStatementKey:
    write_private(tmp_path / "passphrase", b"only for tests\n")
    return FileStatementKey.generate(tmp_path / "key.pem", FileSecret(tmp_path / "passphrase"))


def test_whom_the_credentials_name_signs_with_the_named_key(
    tmp_path: Path, connection: Connection, key: FileStatementKey
) -> None:
    named = choice(key=tmp_path / "key.pem", passphrase_file=tmp_path / "passphrase")
    with named.open(tmp_path, connection) as signer:
        assert str(signer.officer) == "window-officer/13101/sato"
        occasion = signer.occasion("3f0c9a1e-7a52-4c0e-9d3f-2b8f5c1d6e70")
        statement = OfficerKeyPresented(
            occasion=occasion, service="ca", key_sha256=key.public_key.sha256
        )
        signature = signer.sign(statement, occasion).signature
    require_signed(statement, signature, key.public_key, field="signature")


def test_who_has_no_key_is_told_where_one_comes_from(
    tmp_path: Path, connection: Connection
) -> None:
    with (
        pytest.raises(OpenJpkiError, match="openjpki officer key") as refusal,
        choice().open(tmp_path, connection),
    ):
        pass
    assert (refusal.value.reason, refusal.value.field) == (Reason.INVALID_FIELD, "--signing-key")


def test_a_token_without_its_library_and_a_wrong_passphrase_are_named(
    tmp_path: Path, connection: Connection, key: FileStatementKey
) -> None:
    del key
    with (
        pytest.raises(OpenJpkiError) as refusal,
        choice(token="mine").open(tmp_path, connection),  # noqa: S106
    ):
        pass
    assert refusal.value.field == "--signing-module"
    write_private(tmp_path / "wrong", b"something else\n")
    wrong = choice(key=tmp_path / "key.pem", passphrase_file=tmp_path / "wrong")
    with pytest.raises(OpenJpkiError) as refused, wrong.open(tmp_path, connection):
        pass
    assert refused.value.reason is Reason.KEY_CREDENTIAL_REFUSED
