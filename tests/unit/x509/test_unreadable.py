"""What `cryptography` raises on strangers' octets beside ValueError ends in a refusal everywhere.

An unknown version, a kind of name that it does not have, an algorithm that it does not know: each
is an exception of its own there, found by changing 20,000 certificates and requests octet by octet.
"""

from __future__ import annotations

import ast
import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_private_key

from openjpki import signer_core
from openjpki.cli.arguments import request_file
from openjpki.cli.key_file import load_key
from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.statements.file_key import FileStatementKey
from openjpki.rpc.identity.credentials import RotatingMaterial, TlsFiles, read_material
from openjpki.rpc.identity.peer import read_certificate
from openjpki.rpc.identity.private_files import write_private
from openjpki.rpc.identity.roles import PeerRole
from openjpki.x509.foreign.csr import parse_csr
from openjpki_devkit.forge import der
from openjpki_devkit.forge.certificates import Certificate, name_of, sign, spki_of
from openjpki_devkit.forge.extensions import Extension
from openjpki_devkit.mesh.authority import MeshAuthority

if TYPE_CHECKING:
    from openjpki.keys.secret import Secret

ROOT = Path(__file__).parents[3]
PRODUCT = sorted((ROOT / "python/openjpki").rglob("*.py"))
DOMAIN = "test.openjpki.example"
_ALTERNATIVE_NAME = "2.5.29.17"
_NAMED = der.tlv(0x86, f"spiffe://{DOMAIN}/verifier/tax-office".encode())
_X400_ADDRESS, _EDI_PARTY_NAME = der.tlv(0xA3), der.tlv(0xA5, der.tlv(0xA1, der.tlv(0x0C, b"x")))


def pem(what: str, octets: bytes) -> bytes:
    text = base64.encodebytes(octets)
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (what.encode(), text, what.encode())


def of_peer(*names: bytes, version: int | None = None) -> bytes:
    """PEM of a certificate with these general names."""
    stated = Extension(_ALTERNATIVE_NAME, der.sequence(*names))
    made = Certificate(subject="own", issuer="partner", changes=[stated]).make()
    if version is not None:
        third = der.explicit(0, der.integer(2))
        assert made.count(third) == 1
        made = made.replace(third, der.explicit(0, der.integer(version)))
    return pem("CERTIFICATE", made)


def test_the_usual_certificate_is_a_peers() -> None:
    """The control of what follows."""
    assert read_certificate(of_peer(_NAMED), DOMAIN).identity.role is PeerRole.VERIFIER


@pytest.mark.parametrize(
    "certificate",
    [
        of_peer(_NAMED, _X400_ADDRESS),
        of_peer(_EDI_PARTY_NAME, _NAMED),
        of_peer(_NAMED, version=1),
        of_peer(_NAMED, version=9),
    ],
    ids=["x400Address", "ediPartyName", "version 2", "version 10"],
)
def test_a_peers_odd_certificate_is_no_failure_of_the_service(certificate: bytes) -> None:
    """The mesh's authority signed it, so TLS takes it."""
    with pytest.raises(OpenJpkiError) as refused:
        read_certificate(certificate, DOMAIN)
    assert refused.value.reason is Reason.UNAUTHENTICATED


def test_a_request_of_an_unknown_version_is_refused_at_the_terminal(tmp_path: Path) -> None:
    body = der.sequence(der.integer(6), name_of("own"), spki_of("own"), der.explicit(0))
    (tmp_path / "request.pem").write_bytes(pem("CERTIFICATE REQUEST", sign(body, "own")))
    with pytest.raises(OpenJpkiError) as refused:
        parse_csr(request_file(tmp_path / "request.pem"), field="--request")
    assert refused.value.reason is Reason.MALFORMED_DER


class _Passphrase:
    def read(self) -> bytearray:
        return bytearray(_PASSPHRASE)


_PASSPHRASE = b"only for tests"
_EC_PUBLIC_KEY, _UNKNOWN_CURVE = "1.2.840.10045.2.1", "1.3.6.1.4.1.32473.99"
_UNKNOWN_KEY = der.sequence(
    der.integer(0),
    der.sequence(der.oid(_EC_PUBLIC_KEY), der.oid(_UNKNOWN_CURVE)),
    der.octets(der.sequence(der.integer(1), der.octets(b"\x01" * 32))),
)
"""PKCS#8 of a key on a curve that nobody has."""


def test_there_are_keys_that_the_library_does_not_know() -> None:
    """Else the next two tests would show nothing."""
    with pytest.raises(UnsupportedAlgorithm):
        load_der_private_key(_UNKNOWN_KEY, None)


def test_a_key_file_of_an_unknown_kind_is_refused_for_its_kind(tmp_path: Path) -> None:
    encrypted = signer_core.encrypt_pkcs8(_UNKNOWN_KEY, _PASSPHRASE)
    write_private(tmp_path / "officer.key", pem("ENCRYPTED PRIVATE KEY", encrypted))
    write_private(tmp_path / "resident.key", pem("ENCRYPTED PRIVATE KEY", encrypted))
    passphrase: Secret = _Passphrase()
    with pytest.raises(OpenJpkiError) as refused:
        FileStatementKey.open(tmp_path / "officer.key", passphrase)
    assert refused.value.reason is Reason.KEY_TYPE_REFUSED
    with pytest.raises(OpenJpkiError) as refused:
        load_key(tmp_path / "resident.key", _PASSPHRASE)
    assert refused.value.reason is Reason.KEY_TYPE_REFUSED


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def test_credentials_of_an_unknown_kind_leave_the_last_good_ones_in_use(tmp_path: Path) -> None:
    mesh = MeshAuthority.create(clock=_Clock(), trust_domain=DOMAIN)
    files = mesh.issue(PeerRole.CA).write(tmp_path)
    good = read_material(files)
    rotating = RotatingMaterial(files)
    changed = {
        files.private_key: pem("PRIVATE KEY", _UNKNOWN_KEY),
        files.certificate: of_peer(_NAMED, version=9),
        files.trust_bundle: of_peer(_NAMED, version=9),
    }
    for file, octets in changed.items():
        before = file.read_bytes()
        file.write_bytes(octets)
        with pytest.raises(OpenJpkiError) as refused:
            read_material(TlsFiles.in_folder(tmp_path))
        assert refused.value.reason is Reason.INVALID_FIELD
        assert rotating.current() == good
        file.write_bytes(before)


def test_who_waits_for_one_of_them_waits_for_all() -> None:
    """Where the product expects a reader of `cryptography` to refuse, no way to refuse is left
    out."""
    looked_at = 0
    for file in PRODUCT:
        source = file.read_text("utf-8")
        # One of several ways: whoever names it alone has left the others out.
        assert "DuplicateExtension" not in source or file.name == "der.py", file
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.Try):
                continue
            called = {
                one.func.attr if isinstance(one.func, ast.Attribute) else ast.unparse(one.func)
                for part in node.body
                for one in ast.walk(part)
                if isinstance(one, ast.Call)
            }
            loads = {one for one in called if one.startswith(("load_pem", "load_der"))}
            if not loads:
                continue
            looked_at += 1
            caught = {
                name.id
                for handler in node.handlers
                if handler.type is not None
                for name in ast.walk(handler.type)
                if isinstance(name, ast.Name)
            }
            # Of a key alone, an algorithm is all that is unknown.
            enough = {"UNREADABLE"}
            if all(one.endswith("_key") for one in loads):
                enough.add("UnsupportedAlgorithm")
            assert caught & enough, f"{file.relative_to(ROOT)}:{node.lineno}"
    assert looked_at >= 12
