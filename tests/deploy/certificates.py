"""Credentials as cert-manager makes them of the rendered Certificates."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from openjpki_devkit.mesh.authority import MeshCredential
from tests.deploy.manifests import NAMESPACE, SERVICES, Manifest, of_kind, settings
from tests.support.mesh import Mesh

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.rpc.identity.credentials import TlsFiles

_USAGES = {
    "server auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "client auth": ExtendedKeyUsageOID.CLIENT_AUTH,
}
_KEY = {"algorithm": "ECDSA", "size": 256, "encoding": "PKCS8", "rotationPolicy": "Always"}


def setting(service: str, name: str) -> str:
    """What the manifests give a service for a variable."""
    value: str = settings(of_kind("Deployment")[service])[name]["value"]
    return value


def mesh_of_the_manifests(folder: Path) -> Mesh:
    """Of the one trust domain that all services are told."""
    (trust_domain,) = {setting(name, "OPENJPKI_TLS__TRUST_DOMAIN") for name in SERVICES}
    return Mesh(folder, trust_domain)


def dialled(service: str) -> list[str]:
    """What callers in the cluster write as host, and outside, where the balancer is a DNS name."""
    assert service in of_kind("Service")
    inside = [service, *(f"{service}.{NAMESPACE}{rest}" for rest in ("", ".svc"))]
    return [*inside, f"{inside[-1]}.cluster.local", f"{service}.openjpki.example"]


def as_cert_manager(mesh: Mesh, certificate: Manifest) -> TlsFiles:
    """A Secret's three files: nothing in the certificate but what ``spec`` says.

    Where it names no subject there is none, and then the names are critical (RFC 5280 4.2.1.6).
    """
    spec = certificate["spec"]
    assert spec["privateKey"] == _KEY
    assert spec["usages"][0] == "digital signature"
    authority, key = mesh.authority._certificate, ec.generate_private_key(ec.SECP256R1())
    names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(uri) for uri in spec["uris"]]
    names += [x509.DNSName(name) for name in spec.get("dnsNames", [])]
    now = mesh.clock.now()
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(authority.subject)
        .serial_number(x509.random_serial_number())
        .public_key(key.public_key())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(hours=int(spec["duration"].removesuffix("h"))))
        .add_extension(_digital_signature(), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([_USAGES[usage] for usage in spec["usages"][1:]]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=True)
        .sign(mesh.authority._key, hashes.SHA256())
    )
    encoded = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    credential = MeshCredential(
        made.public_bytes(serialization.Encoding.PEM), encoded, mesh.authority.trust_bundle
    )
    return credential.write(mesh.folder / spec["secretName"])


def _digital_signature() -> x509.KeyUsage:
    usages = (
        "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(digital_signature=True, **dict.fromkeys(usages, False))
