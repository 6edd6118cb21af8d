"""The mesh's own authority: certificates for services, officers and verifiers to talk with.

For the embedded default, the demo and tests; in production cert-manager or SPIRE write the same
files. It has nothing to do with the governors' authorities (docs/profile.md section 9).
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.credentials import TlsFiles
from openjpki.rpc.identity.peer import check_trust_domain, server_name, spiffe_id
from openjpki.rpc.identity.private_files import write_private, write_public

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from openjpki.domain.clock import Clock
    from openjpki.rpc.identity.roles import PeerRole

AUTHORITY_VALIDITY = timedelta(days=3650)
LEAF_VALIDITY = timedelta(days=1)
_SKEW = timedelta(minutes=5)
"""Certificates begin a little in the past: the mesh's clocks differ."""


@dataclass(frozen=True, slots=True)
class MeshCredential:
    """A certificate, its key and what to trust, in PEM."""

    certificate: bytes
    private_key: bytes
    trust_bundle: bytes

    def __repr__(self) -> str:
        return "MeshCredential(...)"

    def write(self, directory: Path) -> TlsFiles:
        """Writes ``tls.crt``, ``tls.key`` (mode 0600) and ``ca.crt``, each in one step."""
        files = TlsFiles.in_folder(directory)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(files.private_key, self.private_key)
        write_public(files.certificate, self.certificate)
        write_public(files.trust_bundle, self.trust_bundle)
        return files


class MeshAuthority:
    """An authority with an ECDSA P-256 key that issues short-lived leaves."""

    def __init__(
        self,
        trust_domain: str,
        certificate: x509.Certificate,
        key: ec.EllipticCurvePrivateKey,
        clock: Clock,
    ) -> None:
        self._trust_domain = trust_domain
        self._certificate = certificate
        self._key = key
        self._clock = clock

    @property
    def trust_domain(self) -> str:
        """The SPIFFE trust domain it speaks for."""
        return self._trust_domain

    @property
    def trust_bundle(self) -> bytes:
        """Its certificate, PEM."""
        return _pem(self._certificate)

    @classmethod
    def create(
        cls, *, clock: Clock, trust_domain: str, validity: timedelta = AUTHORITY_VALIDITY
    ) -> MeshAuthority:
        """Makes a new authority with a new key."""
        check_trust_domain(trust_domain)
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"mesh of {trust_domain}"[:64])])
        uri = x509.UniformResourceIdentifier(f"spiffe://{trust_domain}")
        certificate = (
            _builder(clock.now(), validity)
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
            .add_extension(x509.SubjectAlternativeName([uri]), critical=False)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .sign(key, hashes.SHA256())
        )
        return cls(trust_domain, certificate, key, clock)

    def save(self, directory: Path) -> None:
        """Keeps it in ``mesh-ca.crt`` and ``mesh-ca.key`` (mode 0600)."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(directory / "mesh-ca.key", _key_pem(self._key))
        write_public(directory / "mesh-ca.crt", self.trust_bundle)

    @classmethod
    def load(cls, directory: Path, *, clock: Clock) -> MeshAuthority:
        """Reads what :meth:`save` wrote. Raises ``OSError``, ``ValueError``."""
        certificate = x509.load_pem_x509_certificate((directory / "mesh-ca.crt").read_bytes())
        key = serialization.load_pem_private_key(
            (directory / "mesh-ca.key").read_bytes(), password=None
        )
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("mesh-ca.key is no elliptic curve key")
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        (uri,) = names.value.get_values_for_type(x509.UniformResourceIdentifier)
        return cls(check_trust_domain(uri.removeprefix("spiffe://")), certificate, key, clock)

    def issue(
        self,
        role: PeerRole,
        scope: str = "",
        subject: str = "",
        *,
        dns_names: Sequence[str] = (),
        ip_addresses: Sequence[str] = (),
        validity: timedelta = LEAF_VALIDITY,
    ) -> MeshCredential:
        """A new key and its certificate. Raises ``UNAUTHENTICATED`` for an id that no server
        would take, ``INVALID_FIELD`` for host names of a role that is no service.

        Services may be TLS servers and carry :func:`server_name`; all others only clients, so a
        stolen officer's key can't pose as a service.
        """
        identity = spiffe_id(self._trust_domain, role, scope, subject)
        names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(identity)]
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH]
        if role.is_service:
            usages.append(ExtendedKeyUsageOID.SERVER_AUTH)
            own = server_name(role, self._trust_domain)
            names += [x509.DNSName(name) for name in (own, *dns_names)]
            names += [x509.IPAddress(ipaddress.ip_address(each)) for each in ip_addresses]
        elif dns_names or ip_addresses:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, "only a service has host names", field="dns_names"
            )
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(self._clock.now(), validity)
            .subject_name(x509.Name([]))
            .issuer_name(self._certificate.subject)
            .public_key(key.public_key())
            # RFC 5280 4.2.1.6: critical, as the subject is empty.
            .add_extension(x509.SubjectAlternativeName(names), critical=True)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )
        return MeshCredential(_pem(certificate), _key_pem(key), self.trust_bundle)


def _builder(now: datetime, validity: timedelta) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + validity)
    )


def _key_usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
