"""The report's nine steps ① to ⑨, each through the services' public interface."""

from __future__ import annotations

import base64
import stat
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.cli.key_file import make_key
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.private_files import write_private
from openjpki.rpc.identity.roles import PeerRole
from tests.support.installation import (
    CHIYODA,
    DRIVERS_LICENCE,
    PASSPHRASE,
    answer,
    form,
)
from tests.support.openssl import openssl

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.installation import Resident, RunningInstallation


@pytest.fixture(scope="module")
def resident(installation: RunningInstallation) -> Resident:
    """Somebody who went through ① to ⑦."""
    return installation.issue(CHIYODA)


@pytest.fixture
def folder(tmp_path: Path, resident: Resident) -> Path:
    """The resident's and the agency's files, and the passphrase."""
    for name, der in (
        ("user.pem", resident.certificate),
        ("authority.pem", resident.authority_certificate),
    ):
        pem = x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)
        (tmp_path / name).write_bytes(pem)
    write_private(tmp_path / "passphrase", PASSPHRASE)
    (tmp_path / "application.txt").write_text("住民票の写しの交付申請書\n", encoding="utf-8")
    return tmp_path


@pytest.mark.requirement("R1.2.1", "R2.1.2")
def test_step_1_an_application_takes_the_four_attributes_and_the_romanised_name(
    installation: RunningInstallation,
) -> None:
    request = form(installation.next_row(CHIYODA))
    with installation.window(CHIYODA) as window:
        application = window.SubmitApplication(request).application
        assert application.state == pb.APPLICATION_STATE_SUBMITTED
        assert application.attributes == request.attributes
        assert application.romanised_name == request.romanised_name
        incomplete = form(installation.next_row(CHIYODA), romanised_name="")
        with pytest.raises(OpenJpkiError) as refused:
            window.SubmitApplication(incomplete)
    assert refused.value.reason is Reason.INVALID_FIELD
    assert refused.value.field == "romanised_name"


@pytest.mark.requirement("R1.2.2", "R2.1.1", "R2.2.1")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name", "架空　太郎"),
        ("birth_date", "1901-01-01"),
        ("address", "東京都千代田区架空町９９番地"),
    ],
)
def test_step_2_only_what_the_register_says_is_taken(
    installation: RunningInstallation, column: str, value: str
) -> None:
    row = installation.next_row(CHIYODA)
    with installation.window(CHIYODA) as window:
        with pytest.raises(OpenJpkiError) as refused:
            window.SubmitApplication(form(row, **{column: value}))
        # The refusal left nothing behind that would stand in the right application's way.
        window.SubmitApplication(form(row))
    assert refused.value.reason is Reason.REGISTER_MISMATCH
    assert column in str(refused.value.metadata) + str(refused.value.field)
    assert value not in str(refused.value) + str(refused.value.metadata)


@pytest.mark.requirement("R1.2.2", "R2.2.2")
def test_step_2_no_key_is_taken_before_identity_was_checked(
    installation: RunningInstallation, tmp_path: Path
) -> None:
    common: dict[str, Any] = {"municipality_code": CHIYODA}
    with installation.window(CHIYODA) as window:
        submitted = window.SubmitApplication(form(installation.next_row(CHIYODA))).application
        common["application_id"] = submitted.application_id
        key = pb.PresentPublicKeyRequest(
            request_id=str(uuid.uuid4()),
            certification_request=make_key(tmp_path / "user.key", PASSPHRASE),
            **common,
        )
        with pytest.raises(OpenJpkiError) as refused:
            window.PresentPublicKey(key)
        assert refused.value.reason is Reason.WRONG_STATE
        checked = window.RecordIdentityCheck(
            pb.RecordIdentityCheckRequest(
                request_id=str(uuid.uuid4()), check=DRIVERS_LICENCE, **common
            )
        ).application
        assert checked.state == pb.APPLICATION_STATE_IDENTITY_CONFIRMED
        key.request_id = str(uuid.uuid4())
        presented = window.PresentPublicKey(key).application
    assert presented.state == pb.APPLICATION_STATE_KEY_PRESENTED


@pytest.mark.requirement("R1.2.3", "R2.3.1")
def test_step_3_the_applicant_makes_the_key_and_nobody_else_has_it(
    installation: RunningInstallation, resident: Resident
) -> None:
    encrypted = resident.key_file.read_bytes()
    assert stat.S_IMODE(resident.key_file.stat().st_mode) == 0o600
    with pytest.raises(TypeError):
        serialization.load_pem_private_key(encrypted, None)
    key = serialization.load_pem_private_key(encrypted, PASSPHRASE)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == 2048
    assert x509.load_der_x509_certificate(resident.certificate).public_key() == key.public_key()
    secret = key.private_numbers().p.to_bytes(128, "big")
    forms = (secret, secret.hex().encode(), base64.b64encode(secret)[:160])
    files = [path for path in installation.home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".sqlite" for path in files)
    for path in files:
        content = path.read_bytes()
        assert not any(one in content for one in forms), path


@pytest.mark.requirement("R1.2.4", "R2.3.3")
def test_step_4_a_public_key_without_its_private_key_is_refused(
    installation: RunningInstallation, tmp_path: Path
) -> None:
    row = installation.next_row(CHIYODA)
    der = make_key(tmp_path / "user.key", PASSPHRASE)
    forged = der[:-1] + bytes([der[-1] ^ 1])
    common: dict[str, Any] = {"municipality_code": CHIYODA}
    with installation.window(CHIYODA) as window:
        common["application_id"] = window.SubmitApplication(form(row)).application.application_id
        window.RecordIdentityCheck(
            pb.RecordIdentityCheckRequest(
                request_id=str(uuid.uuid4()), check=DRIVERS_LICENCE, **common
            )
        )
        with pytest.raises(OpenJpkiError) as refused:
            window.PresentPublicKey(
                pb.PresentPublicKeyRequest(
                    request_id=str(uuid.uuid4()), certification_request=forged, **common
                )
            )
        application = window.PresentPublicKey(
            pb.PresentPublicKeyRequest(
                request_id=str(uuid.uuid4()), certification_request=der, **common
            )
        ).application
    assert refused.value.reason is Reason.CSR_SIGNATURE_INVALID
    assert application.state == pb.APPLICATION_STATE_KEY_PRESENTED


@pytest.mark.requirement("R1.2.5", "R1.2.6", "R2.4.1")
def test_steps_5_and_6_the_prefecture_was_told_and_made_the_certificate(
    installation: RunningInstallation, resident: Resident
) -> None:
    # The registration service's own credentials: nobody at a window can ask the ca.
    with installation.channel(PeerRole.CA, PeerRole.REGISTRATION) as channel:
        kept = ca_pb2_grpc.CertificateServiceStub(channel).GetCertificate(
            ca_pb2.GetCertificateRequest(authority_id=resident.authority, serial=resident.serial)
        )
    assert kept.certificate == resident.certificate


@pytest.mark.requirement("R2.5.3")
def test_step_7_the_resident_holds_a_certificate_under_the_governors(
    folder: Path, resident: Resident
) -> None:
    judged = openssl(folder, "verify -x509_strict -CAfile authority.pem user.pem")
    assert judged.returncode == 0, judged.stderr
    shown = openssl(folder, "x509 -in user.pem -noout -pubkey").stdout
    key = serialization.load_pem_private_key(resident.key_file.read_bytes(), PASSPHRASE)
    assert serialization.load_pem_public_key(shown.encode()) == key.public_key()


@pytest.mark.requirement("R1.2.8", "R1.2.9", "R2.5.1", "R5.2.1")
def test_steps_8_and_9_a_signed_application_is_verified_by_the_agency(
    installation: RunningInstallation, folder: Path, resident: Resident
) -> None:
    sign = (
        "sign", "application.txt", "--certificate", "user.pem",
        "--key", str(resident.key_file), "--passphrase-file", "passphrase",
    )  # fmt: skip
    answer(installation.cli(*sign, cwd=folder))
    verify = ("verify", "application.txt", "application.txt.p7s")
    trusted = ("--authority", f"{resident.authority}=authority.pem")
    told = answer(installation.cli(*verify, *trusted, cwd=folder))
    assert told["valid"] is True
    assert told["authority"] == resident.authority
    assert told["signer"]["name"] == resident.row["name"]
    assert told["signer"]["address"] == resident.row["address"]

    (folder / "application.txt").write_text("another application\n", encoding="utf-8")
    changed = installation.cli(*verify, *trusted, cwd=folder)
    assert changed.returncode == 4
    assert '"valid": false' in changed.stdout
    assert resident.row["name"] not in changed.stdout
