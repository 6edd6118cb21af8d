"""Officers of a prefecture beside a running ca service: what they do shows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.cli.exit_codes import ExitCode
from openjpki.domain.serial import serial_to_bytes
from openjpki.rpc.identity.roles import PeerRole
from tests.integration.ca.test_authority_service import cross_request
from tests.support.bridge_officers import end_for_ca
from tests.support.ca_service import (
    KAGAWA,
    TOYAMA,
    RunningCa,
    issue_request,
    person_key,
    running_ca,
)
from tests.support.installation import answer, openjpki, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def ca(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCa]:
    """A running service; the command line has its variables, as in its pod."""
    with running_ca(tmp_path, f"sqlite:///{tmp_path / 'ca.db'}") as running:
        monkeypatch.chdir(tmp_path)
        keys: Any = running.settings.keys
        tls = running.settings.tls
        for name, value in {
            "DATABASE__URL": running.settings.database.read_url(),
            "KEYS__KIND": "software",
            "KEYS__DIRECTORY": keys.directory,
            "KEYS__PASSPHRASE_FILE": keys.passphrase_file,
            "TLS__CERTIFICATE": tls.certificate,
            "TLS__PRIVATE_KEY": tls.private_key,
            "TLS__TRUST_BUNDLE": tls.trust_bundle,
            "TLS__TRUST_DOMAIN": tls.trust_domain,
        }.items():
            monkeypatch.setenv(f"OPENJPKI_{name}", str(value))
        yield running


def _list_of(ca: RunningCa, authority_id: str, partition: str) -> x509.CertificateRevocationList:
    request = ca_pb2.GetRevocationListRequest(authority_id=authority_id, partition=partition)
    return x509.load_der_x509_crl(
        b"".join(piece.chunk for piece in ca.lists().GetRevocationList(request))
    )


@pytest.mark.requirement("R4.1.2", "R9.1.1")
def test_a_new_authority_has_its_lists_at_once(ca: RunningCa) -> None:
    """The service's own round made Toyama's at its start and comes by again in a minute."""
    made = answer(openjpki("authority", "init", KAGAWA))
    assert made["authority"] == KAGAWA
    municipalities_and_authority = 18
    assert made["lists_made"] == municipalities_and_authority
    for partition in ("37201", "authority"):
        crl = _list_of(ca, KAGAWA, partition)
        assert crl.issuer.rfc4514_string() == made["subject"]
        assert len(crl) == 0


def test_an_authority_that_is_there_already_is_left_alone(ca: RunningCa) -> None:
    done = openjpki("authority", "init", TOYAMA)
    assert done.returncode == ExitCode.REFUSED
    assert refusal(done)["error"] == "AUTHORITY_EXISTS"
    (listed,) = answer(openjpki("authority", "list"))
    assert listed["authority"] == TOYAMA


@pytest.mark.parametrize(
    "words", [("stop",), ("publish-crl",), ("certificate", "--to", "made.pem")]
)
def test_an_unknown_authority_is_told_with_the_next_step(
    ca: RunningCa, words: tuple[str, ...], tmp_path: Path
) -> None:
    told = refusal(openjpki("authority", words[0], KAGAWA, *words[1:]))
    assert told["error"] == "AUTHORITY_NOT_FOUND"
    assert "openjpki authority list" in told["next_step"]
    assert not (tmp_path / "made.pem").exists()


@pytest.mark.requirement("L1b")
def test_the_receipts_key_is_made_once_and_its_public_half_written(
    ca: RunningCa, tmp_path: Path
) -> None:
    told = [
        answer(openjpki("authority", "receipt-key", "--to", str(tmp_path / f"{n}.pem")))
        for n in range(2)
    ]
    assert told[0]["key_sha256"] == told[1]["key_sha256"]
    assert (tmp_path / "0.pem").read_bytes() == (tmp_path / "1.pem").read_bytes()
    issued = ca.certificates().IssueCertificate(issue_request(person_key()))
    assert issued.receipt.key_sha256.hex() == told[0]["key_sha256"]


def test_both_officers_of_a_cross_certificate_are_shown(ca: RunningCa, tmp_path: Path) -> None:
    bridge = ca_pb2_grpc.AuthorityServiceStub(ca.channel(PeerRole.BRIDGE))
    made = bridge.IssueCrossCertificate(cross_request(person_key())).certificate
    bridge.RevokeCrossCertificate(end_for_ca(TOYAMA, made))
    serial = serial_to_bytes(x509.load_der_x509_certificate(made).serial_number).hex()
    shown: Any = answer(openjpki("authority", "evidence", TOYAMA, serial, "--to", str(tmp_path)))
    said = sorted((each["statement"], each["officer"]) for each in shown)
    assert said == [
        (f"openjpki.{kind}-approved.1", f"bridge-officer/bridge/officer-{number}")
        for kind in ("cross-certification", "cross-revocation")
        for number in (1, 2)
    ]
    for statement, officer in said:
        name = f"{serial}.{statement}.{officer.replace('/', '.')}.statement.cbor"
        assert cbor2.loads((tmp_path / name).read_bytes())[1]["by"] == officer


def test_what_officers_signed_is_shown_and_written_for_others_to_verify(
    ca: RunningCa, tmp_path: Path
) -> None:
    request = issue_request(person_key())
    serial = ca.certificates().IssueCertificate(request).serial.hex()
    shown: Any = answer(openjpki("authority", "evidence", TOYAMA, serial, "--to", str(tmp_path)))
    assert {each["statement"]: each["officer"].rpartition("/")[2] for each in shown} == {
        "openjpki.application-submitted.1": "officer-1",
        "openjpki.identity-checked.1": "officer-1",
        "openjpki.application-decided.1": "officer-2",
        "openjpki.key-presented.1": "officer-1",
    }
    for each in shown:
        name = tmp_path / f"{serial}.{each['statement']}"
        statement = name.with_name(f"{name.name}.statement.cbor").read_bytes()
        protected, _, _, signature = cbor2.loads(
            name.with_name(f"{name.name}.cose").read_bytes()
        ).value
        key = serialization.load_pem_public_key(name.with_name(f"{name.name}.key.pem").read_bytes())
        assert isinstance(key, ec.EllipticCurvePublicKey)
        halves = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
        signed = cbor2.dumps(["Signature1", protected, b"", statement], canonical=True)
        key.verify(encode_dss_signature(*halves), signed, ec.ECDSA(hashes.SHA256()))
        assert cbor2.loads(statement)[1]["by"] == each["officer"]
    nothing = refusal(openjpki("authority", "evidence", TOYAMA, "01"))
    assert nothing["error"] == "CERTIFICATE_NOT_FOUND"
