"""An agency's client against the running status service: who asks, who is away, who forges."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from openjpki.cli.key_file import load_key
from openjpki.client import AgencyClient, CheckName, Outcome, TrustedAuthority
from openjpki.config.ca import CaSettings
from openjpki.config.clock import SystemClock
from openjpki.config.loading import load_settings
from openjpki.domain.policy import AuthorityPolicy
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.x509.foreign.cms import sign_detached
from openjpki_devkit.embedded.layout import TRUST_DOMAIN
from tests.support.installation import PASSPHRASE, answer, openjpki, refusal
from tests.support.mesh import Mesh

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.installation import Resident, RunningInstallation

CONTENT = "年金の裁定請求書\n".encode()


@pytest.fixture(scope="module")
def resident(installation: RunningInstallation) -> Resident:
    return installation.issue()


@pytest.fixture(scope="module")
def cms(resident: Resident) -> bytes:
    key = load_key(resident.key_file, PASSPHRASE)
    return sign_detached(CONTENT, resident.certificate, key, SystemClock().now())


@contextmanager
def agency(
    installation: RunningInstallation,
    resident: Resident,
    *,
    verifier: str = "tax-office",
    target: str | None = None,
    policy_oid: str | None = None,
) -> Iterator[AgencyClient]:
    with AgencyClient(
        target or installation.target(PeerRole.OCSP),
        installation.peer(PeerRole.VERIFIER, verifier),
        authorities=[
            TrustedAuthority.load(
                resident.authority, resident.authority_certificate, policy_oid=policy_oid
            )
        ],
    ) as client:
        yield client


@pytest.mark.requirement("R5.2.1", "R2.5.3")
def test_one_call_does_all_the_checks(
    installation: RunningInstallation, resident: Resident, cms: bytes
) -> None:
    policy = AuthorityPolicy().certificate_policy_oid
    with agency(installation, resident, policy_oid=policy) as client:
        result = client.verify_signed_document(cms, CONTENT)
        assert result.valid, result.diagnostics()
        assert [each.name for each in result.checks] == list(CheckName)
        assert result.signer is not None
        assert result.signer.name == resident.row["name"]
        assert result.signer.address == resident.row["address"]
        assert not client.verify_signed_document(cms, CONTENT + b" ").valid
    with agency(installation, resident, policy_oid="1.3.6.1.4.1.32473.99") as client:
        assert not client.verify_signed_document(cms, CONTENT).valid


@pytest.mark.requirement("R4.2", refuses=True)
def test_a_verifier_that_is_not_registered_learns_nothing(
    installation: RunningInstallation, resident: Resident, cms: bytes
) -> None:
    with (
        agency(installation, resident, verifier="curious-shop") as client,
        pytest.raises(OpenJpkiError) as refused,
    ):
        client.verify_signed_document(cms, CONTENT)
    assert refused.value.reason is Reason.UNKNOWN_VERIFIER


@pytest.mark.requirement("R5.2.1", refuses=True)
def test_while_the_status_service_is_away_nothing_is_valid(
    installation: RunningInstallation, resident: Resident, cms: bytes
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with (
        agency(installation, resident, target=f"127.0.0.1:{port}") as client,
        pytest.raises(OpenJpkiError) as refused,
    ):
        client.verify_signed_document(cms, CONTENT)
    assert refused.value.reason.retryable


def test_another_service_cannot_pose_as_the_status_service(
    installation: RunningInstallation, resident: Resident, cms: bytes
) -> None:
    with (
        agency(installation, resident, target=installation.target(PeerRole.CA)) as client,
        pytest.raises(OpenJpkiError) as refused,
    ):
        client.verify_signed_document(cms, CONTENT)
    assert refused.value.reason.retryable
    assert "the service there is ca, not the status service" in refused.value.message


def test_a_status_service_of_another_mesh_is_named(
    installation: RunningInstallation, resident: Resident, cms: bytes, tmp_path: Path
) -> None:
    """Its certificate and ours each say of which mesh they are; nothing is asked of it."""
    other = Mesh(tmp_path, "elsewhere.example").files(PeerRole.VERIFIER, "tax-office")
    trusted = TrustedAuthority.load(resident.authority, resident.authority_certificate)
    with (
        AgencyClient(installation.target(PeerRole.OCSP), other, authorities=[trusted]) as client,
        pytest.raises(OpenJpkiError) as refused,
    ):
        client.verify_signed_document(cms, CONTENT)
    told = refused.value.message
    assert f"of the mesh {TRUST_DOMAIN}, your credentials of elsewhere.example" in told


def test_who_listens_is_asked_of_no_stranger(
    installation: RunningInstallation, resident: Resident, cms: bytes
) -> None:
    """Plain HTTP where TLS is expected: the first refusal stands as it is."""
    port = installation.installation.ports[PeerRole.OCSP].http
    with (
        agency(installation, resident, target=f"127.0.0.1:{port}") as client,
        pytest.raises(OpenJpkiError) as refused,
    ):
        client.verify_signed_document(cms, CONTENT)
    assert refused.value.field is None


@pytest.mark.requirement("R4.1.1", "R5.2.1")
def test_a_certificate_made_with_a_stolen_authority_key_is_unknown(
    installation: RunningInstallation, resident: Resident
) -> None:
    """Right name, right key, right profile: only the authority's own record tells it apart."""
    usual = x509.load_der_x509_certificate(resident.certificate)
    key = load_key(resident.key_file, PASSPHRASE)
    builder = x509.CertificateBuilder(
        usual.issuer,
        usual.subject,
        key.public_key(),
        x509.random_serial_number(),
        usual.not_valid_before_utc.replace(tzinfo=None),
        usual.not_valid_after_utc.replace(tzinfo=None),
    )
    for each in usual.extensions:
        builder = builder.add_extension(each.value, each.critical)
    forged = builder.sign(_stolen_key(installation, resident.authority), hashes.SHA256())
    der = forged.public_bytes(serialization.Encoding.DER)
    with agency(installation, resident) as client:
        result = client.verify_signed_document(
            sign_detached(CONTENT, der, key, SystemClock().now()), CONTENT
        )
    assert not result.valid
    failed = [(each.name, each.text) for each in result.checks if each.outcome is Outcome.FAILED]
    assert failed == [(CheckName.REVOCATION, "the authority never issued this certificate")]


@pytest.mark.requirement("R5.2.1")
def test_the_command_line_tells_apart_no_from_not_now(
    installation: RunningInstallation, resident: Resident, cms: bytes, tmp_path: Path
) -> None:
    for name, content in (
        ("letter", CONTENT),
        ("letter.p7s", cms),
        ("authority.der", resident.authority_certificate),
        ("other", b"other"),
    ):
        (tmp_path / name).write_bytes(content)
    trusted = ("--authority", f"{resident.authority}=authority.der")
    good = installation.cli("verify", "letter", "letter.p7s", *trusted, cwd=tmp_path)
    assert answer(good)["valid"] is True
    no = installation.cli("verify", "other", "letter.p7s", *trusted, cwd=tmp_path)
    assert no.returncode == 4
    away = installation.cli(
        "verify", "letter", "letter.p7s", *trusted, "--target", "127.0.0.1:1", cwd=tmp_path
    )
    assert away.returncode == 3
    assert refusal(away)["next_step"]
    table = openjpki(
        "verify", "letter", "letter.p7s", *trusted, home=installation.home, cwd=tmp_path,
        output="table",
    )  # fmt: skip
    assert "passed: not revoked" in table.stdout


def _stolen_key(installation: RunningInstallation, authority: str) -> rsa.RSAPrivateKey:
    """The authority's key, read from its encrypted file with the ca's own passphrase."""
    settings = load_settings(CaSettings, installation.installation.layout.settings(PeerRole.CA))
    folder = installation.installation.layout.service(PeerRole.CA)
    (file,) = (folder / "keys").glob(f"*{authority}*.pem")
    assert settings.keys.kind == "software"
    key = serialization.load_pem_private_key(
        file.read_bytes(), (folder / "passphrase").read_bytes()
    )
    assert isinstance(key, rsa.RSAPrivateKey)
    return key
