"""What the mesh's authority puts into certificates, and what it won't."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage

from openjpki.domain.served_scope import NATIONWIDE
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.credentials import RotatingMaterial, TlsFiles, read_material
from openjpki.rpc.identity.peer import read_certificate
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.mesh.authority import MeshAuthority, MeshCredential

if TYPE_CHECKING:
    from pathlib import Path

DOMAIN = "mesh.example"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class FixedClock:
    def now(self) -> datetime:
        return NOW


@pytest.fixture(scope="module")
def authority() -> MeshAuthority:
    return MeshAuthority.create(clock=FixedClock(), trust_domain=DOMAIN)


def leaf(credential: MeshCredential) -> x509.Certificate:
    return x509.load_pem_x509_certificate(credential.certificate)


def names(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def test_service_certificate_is_accepted_by_a_verifier_of_another_hand(
    authority: MeshAuthority,
) -> None:
    """pyca's verifier, as server for its DNS names and as client."""
    credential = authority.issue(
        PeerRole.CA, "signing-13", dns_names=["ca.svc"], ip_addresses=["::1"]
    )
    store = verification.Store([x509.load_pem_x509_certificate(authority.trust_bundle)])
    builder = verification.PolicyBuilder().store(store).time(NOW)
    for name in ("ca.svc", f"ca.{DOMAIN}"):
        chain = builder.build_server_verifier(x509.DNSName(name)).verify(leaf(credential), [])
        assert len(chain) == 2
    client = builder.build_client_verifier().verify(leaf(credential), [])
    assert x509.UniformResourceIdentifier(f"spiffe://{DOMAIN}/ca/signing-13") in (
        client.subjects or []
    )
    with pytest.raises(verification.VerificationError):
        builder.build_server_verifier(x509.DNSName(f"ocsp.{DOMAIN}")).verify(leaf(credential), [])


def test_person_is_a_client_only(authority: MeshAuthority) -> None:
    certificate = leaf(authority.issue(PeerRole.WINDOW_OFFICER, "13101", "officer-1"))
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [Usage.CLIENT_AUTH]
    assert names(certificate).get_values_for_type(x509.DNSName) == []


def test_certificates_are_short_lived_and_keys_their_own(authority: MeshAuthority) -> None:
    one, two = (authority.issue(PeerRole.OCSP, NATIONWIDE) for _ in range(2))
    assert leaf(one).not_valid_after_utc - NOW == timedelta(days=1)
    assert leaf(one).not_valid_before_utc < NOW
    assert one.private_key != two.private_key
    assert leaf(one).serial_number != leaf(two).serial_number
    key = leaf(one).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"


def test_own_certificate_certifies_leaves_only(authority: MeshAuthority) -> None:
    certificate = x509.load_pem_x509_certificate(authority.trust_bundle)
    found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert found.critical
    assert (found.value.ca, found.value.path_length) == (True, 0)
    with pytest.raises(OpenJpkiError):
        read_certificate(authority.trust_bundle, DOMAIN)


def test_identity_is_read_back(authority: MeshAuthority) -> None:
    credential = authority.issue(PeerRole.BRIDGE_OFFICER, "bridge", "o2")
    peer = read_certificate(credential.certificate, DOMAIN)
    assert peer.identity.spiffe_id == f"spiffe://{DOMAIN}/bridge-officer/bridge/o2"
    assert peer.not_after == NOW + timedelta(days=1)
    with pytest.raises(OpenJpkiError):
        read_certificate(credential.certificate, "other.example")


@pytest.mark.parametrize(
    ("role", "scope", "subject"),
    [
        (PeerRole.WINDOW_OFFICER, "13101", ""),
        (PeerRole.VERIFIER, "", ""),
        (PeerRole.VERIFIER, "a/b", ""),
        (PeerRole.CA, "..", ""),
        (PeerRole.CA, "", "x"),
    ],
)
def test_refuses_identities_no_server_would_take(
    authority: MeshAuthority, role: PeerRole, scope: str, subject: str
) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        authority.issue(role, scope, subject)
    assert refused.value.reason is Reason.UNAUTHENTICATED


def test_refuses_host_names_for_who_is_no_service(authority: MeshAuthority) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        authority.issue(PeerRole.VERIFIER, "nta", dns_names=["localhost"])
    assert refused.value.field == "dns_names"


def test_refuses_trust_domain() -> None:
    with pytest.raises(OpenJpkiError):
        MeshAuthority.create(clock=FixedClock(), trust_domain="Not A Domain")


def test_files_of_keys_are_private(authority: MeshAuthority, tmp_path: Path) -> None:
    files = authority.issue(PeerRole.CA).write(tmp_path / "ca")
    authority.save(tmp_path / "authority")
    for key in (files.private_key, tmp_path / "authority" / "mesh-ca.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(files.certificate.stat().st_mode) == 0o644
    assert [one.name for one in files.private_key.parent.iterdir() if one.name[0] == "."] == []


def test_authority_is_kept(authority: MeshAuthority, tmp_path: Path) -> None:
    authority.save(tmp_path)
    again = MeshAuthority.load(tmp_path, clock=FixedClock())
    assert again.trust_domain == DOMAIN
    assert again.trust_bundle == authority.trust_bundle
    leaf(again.issue(PeerRole.OCSP, NATIONWIDE)).verify_directly_issued_by(
        x509.load_pem_x509_certificate(authority.trust_bundle)
    )


def test_credentials_never_show_their_key(authority: MeshAuthority, tmp_path: Path) -> None:
    credential = authority.issue(PeerRole.CA)
    material = read_material(credential.write(tmp_path))
    for shown in (repr(credential), str(credential), repr(material), str(material)):
        assert "PRIVATE" not in shown
        assert len(shown) < 100


def test_credentials_that_do_not_fit_are_refused_by_setting(
    authority: MeshAuthority, tmp_path: Path
) -> None:
    good = authority.issue(PeerRole.CA).write(tmp_path / "good")
    other = authority.issue(PeerRole.CA).write(tmp_path / "other")
    junk = tmp_path / "junk.pem"
    junk.write_text("-----BEGIN secret-text-----\n")
    junk.chmod(0o600)
    absent = tmp_path / "absent.pem"
    cases = [
        (TlsFiles(junk, good.private_key, good.trust_bundle), "tls.certificate"),
        (TlsFiles(absent, good.private_key, good.trust_bundle), "tls.certificate"),
        (TlsFiles(good.certificate, junk, good.trust_bundle), "tls.private_key"),
        (TlsFiles(good.certificate, other.private_key, good.trust_bundle), "tls.private_key"),
        (TlsFiles(good.certificate, good.private_key, junk), "tls.trust_bundle"),
    ]
    for files, setting in cases:
        with pytest.raises(OpenJpkiError) as refused:
            read_material(files)
        assert refused.value.field == setting
        assert "secret-text" not in str(refused.value)


def test_files_are_read_again_only_when_they_change(
    authority: MeshAuthority, tmp_path: Path
) -> None:
    rotating = RotatingMaterial(authority.issue(PeerRole.CA).write(tmp_path))
    first = rotating.current()
    assert rotating.refreshed() is None
    authority.issue(PeerRole.CA).write(tmp_path)
    second = rotating.refreshed()
    assert second is not None
    assert second.certificate != first.certificate
    (tmp_path / "tls.crt").unlink()
    assert rotating.refreshed() is None
    assert rotating.current() is second
