"""A running responder with certificates to ask it about, for programs that judge its answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from tests.support.ca_service import KAGAWA, TOYAMA
from tests.support.ocsp_service import running_pair, until
from tests.support.openssl import openssl

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.support.ocsp_service import Pair

LOCAL = ("127.0.0.0/8",)


@dataclass
class Responder:
    """A replica with three certificates to ask about, and files for the programs."""

    pair: Pair
    folder: Path
    good: x509.Certificate
    revoked: x509.Certificate
    revoked_at: int
    unknown: int
    authority: x509.Certificate
    other_authority: x509.Certificate

    def request(
        self,
        serial: int,
        algorithm: hashes.HashAlgorithm | None = None,
        *,
        issuer: x509.Certificate | None = None,
        nonce: bytes | None = None,
    ) -> bytes:
        """A request made by `cryptography`."""
        issuer = issuer or self.authority
        algorithm = algorithm or hashes.SHA1()  # noqa: S303
        key = issuer.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.PKCS1
        )
        builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
            digest_of(algorithm, issuer.subject.public_bytes()),
            digest_of(algorithm, key),
            serial,
            algorithm,
        )
        if nonce:
            builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
        return builder.build().public_bytes(serialization.Encoding.DER)

    def ask(self, der: bytes) -> ocsp.OCSPResponse:
        return ocsp.load_der_ocsp_response(self.pair.ocsp.post(der))

    def openssl(self, arguments: str) -> subprocess.CompletedProcess[str]:
        return openssl(
            self.folder,
            f"ocsp -url {self.pair.ocsp.url} -CAfile authority.pem {arguments} -resp_text",
        )

    def register(
        self,
        *,
        signers: Sequence[bytes] = (),
        networks: Sequence[str] = (),
        authorities: Sequence[str] = (TOYAMA,),
    ) -> None:
        self.pair.ocsp.register(
            "judges", signers=signers, networks=networks, authorities=authorities
        )


def digest_of(algorithm: hashes.HashAlgorithm, content: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(content)
    return digest.finalize()


def pem_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Responder]:
    folder = tmp_path_factory.mktemp("responder")
    (folder / "ca").mkdir()
    with running_pair(
        folder,
        f"sqlite:///{folder / 'ca.db'}",
        f"sqlite:///{folder / 'ocsp.db'}",
        authorities=(TOYAMA, KAGAWA),
    ) as pair:
        good, revoked = pair.issue(), pair.issue()
        at = pair.revoke(revoked.serial)
        until(lambda: pair.head() >= at.sequence)
        certificate_of = pair.ocsp.issuer_certificate
        responder = Responder(
            pair,
            folder,
            x509.load_der_x509_certificate(good.certificate),
            x509.load_der_x509_certificate(revoked.certificate),
            at.revoked_at.seconds,
            0x1234567890ABCDEF,
            x509.load_der_x509_certificate(certificate_of(TOYAMA)),
            x509.load_der_x509_certificate(certificate_of(KAGAWA)),
        )
        for name in ("good", "revoked", "authority"):
            (folder / f"{name}.pem").write_bytes(pem_of(getattr(responder, name)))
        yield responder


@pytest.fixture
def responder(running: Responder) -> Responder:
    """With this machine's own addresses as a closed network."""
    running.register(networks=LOCAL)
    return running
