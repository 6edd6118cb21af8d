"""Mutual TLS from files that somebody else keeps fresh: cert-manager, SPIRE, a mesh authority."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from openjpki.closed_file import OpenToOthersError, read_closed
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.der import UNREADABLE
from openjpki.x509.pem import CERTIFICATE, contents, unarmoured

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger("openjpki.tls")
"""Of the standard library: a program that imports the client decides where this goes."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where a peer's credentials are: its chain (leaf first), its key (PKCS#8, unencrypted,
    closed to other users) and the mesh authorities it trusts; PEM each."""

    certificate: Path
    private_key: Path
    trust_bundle: Path

    @classmethod
    def in_folder(cls, folder: Path) -> TlsFiles:
        """The credentials in a folder as every program here writes them, and cert-manager does:
        ``tls.crt``, ``tls.key``, ``ca.crt``."""
        return cls(folder / "tls.crt", folder / "tls.key", folder / "ca.crt")


@dataclass(frozen=True, slots=True)
class TlsMaterial:
    """Credentials in memory, found to belong together. Each is what was read of its file, written
    anew: TLS libraries read PEM by rules of their own, and know none that begins with a mark."""

    certificate: bytes
    private_key: bytes
    trust_bundle: bytes
    """What of it can be read: TLS libraries read a bundle as far as the first that they can't, and
    leave out whatever is behind it."""
    leaf: x509.Certificate
    left_out: tuple[int, ...] = ()
    """Which certificates of the bundle are left out, from 1: their holders are not trusted."""

    def __repr__(self) -> str:
        return f"TlsMaterial(serial={self.leaf.serial_number:x})"


def read_material(files: TlsFiles) -> TlsMaterial:
    """Reads the three files. Raises ``INVALID_FIELD`` naming the setting, never its content."""
    chain = _read(files.certificate, "tls.certificate")
    key = _read(files.private_key, "tls.private_key", read_closed)
    bundle = _read(files.trust_bundle, "tls.trust_bundle")
    certificates = _chain(chain)
    try:
        private = serialization.load_pem_private_key(key, password=None)
    except UNREADABLE:
        raise _invalid("tls.private_key", "is no unencrypted PEM private key") from None
    trusted, left_out = _bundle(bundle)
    try:
        certified = certificates[0].public_key()
    except UNREADABLE:
        raise _invalid("tls.certificate", "has a key that is not used here") from None
    if private.public_key() != certified:
        raise _invalid("tls.private_key", "is not the key of tls.certificate")
    return TlsMaterial(
        certificate=b"".join(map(_pem_of, certificates)),
        private_key=private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        trust_bundle=trusted,
        leaf=certificates[0],
        left_out=left_out,
    )


def _pem_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _chain(pem: bytes) -> list[x509.Certificate]:
    """Its own: refused as a whole, as a peer would be sent what is no chain."""
    found = []
    for number, held in enumerate(contents(pem, CERTIFICATE), 1):
        try:
            der = unarmoured(held, field="tls.certificate")
            found.append(x509.load_der_x509_certificate(der))
        except (OpenJpkiError, *UNREADABLE):
            rule = f"is no PEM certificate chain: number {number} can't be read"
            raise _invalid("tls.certificate", rule) from None
    if not found:
        raise _invalid("tls.certificate", "is no PEM certificate chain")
    return found


def _bundle(pem: bytes) -> tuple[bytes, tuple[int, ...]]:
    """Others make it: one that can't be read ends no other's being trusted."""
    found, left_out = [], []
    for number, held in enumerate(contents(pem, CERTIFICATE), 1):
        try:
            der = unarmoured(held, field="tls.trust_bundle")
            certificate = x509.load_der_x509_certificate(der)
            found.append(_pem_of(certificate))
        except (OpenJpkiError, *UNREADABLE):
            left_out.append(number)
    if not found:
        raise _invalid("tls.trust_bundle", "is no PEM bundle of certificates")
    return b"".join(found), tuple(left_out)


class CredentialsWatch(Protocol):
    """Hears what becomes of credentials that change under a running program."""

    def in_use(self, material: TlsMaterial, *, renewed: bool) -> None:
        """From now on these are used; ``renewed`` except for the first ones."""

    def refused(self, error: OpenJpkiError) -> None:
        """New files don't fit; the ones before stay in use."""


class LoggedWatch:
    """Tells the standard library's log, at levels that are silent unless asked for or bad."""

    def in_use(self, material: TlsMaterial, *, renewed: bool) -> None:
        if renewed:
            _log.info("credentials renewed, until %s", material.leaf.not_valid_after_utc)
        for number in material.left_out:
            _log.warning("certificate %d of the trust bundle can't be read: left out", number)

    def refused(self, error: OpenJpkiError) -> None:
        _log.warning("new credentials refused: %s %s", error.field, error.message)


class RotatingMaterial:
    """Reads the files again when they change; keeps the last good ones while they don't fit."""

    def __init__(self, files: TlsFiles, watch: CredentialsWatch | None = None) -> None:
        self._files = files
        self._watch = watch or LoggedWatch()
        self._lock = Lock()
        self._seen = _stamp(files)
        self._material = read_material(files)
        self._watch.in_use(self._material, renewed=False)

    def current(self) -> TlsMaterial:
        """The newest good credentials."""
        self.refreshed()
        return self._material

    def is_current(self) -> bool:
        """Whether the credentials in use are of the files as they are: not while new ones don't
        fit."""
        with self._lock:
            return self._seen == _stamp(self._files)

    def refreshed(self) -> TlsMaterial | None:
        """The new credentials if the files have changed since the last look; else ``None``."""
        with self._lock:
            stamp = _stamp(self._files)
            if stamp == self._seen:
                return None
            try:
                material = read_material(self._files)
            except OpenJpkiError as error:
                # Half-written: certificate and key are two files. Looked at again next time.
                self._watch.refused(error)
                return None
            self._seen = stamp
            if material == self._material:
                return None
            self._material = material
            self._watch.in_use(material, renewed=True)
            return material


def server_credentials(rotating: RotatingMaterial) -> grpc.ServerCredentials:
    """Mutual TLS: without a client certificate of the mesh there is no connection. Every new
    connection gets the newest credentials."""

    def fetch() -> grpc.ServerCertificateConfiguration | None:
        material = rotating.refreshed()
        return None if material is None else _configuration(material)

    fetcher: Callable[[], grpc.ServerCertificateConfiguration] = fetch  # type: ignore[assignment]
    return grpc.dynamic_ssl_server_credentials(
        _configuration(rotating.current()), fetcher, require_client_authentication=True
    )


def channel_credentials(material: TlsMaterial) -> grpc.ChannelCredentials:
    """Mutual TLS, the client's side."""
    return grpc.ssl_channel_credentials(
        material.trust_bundle, material.private_key, material.certificate
    )


def _configuration(material: TlsMaterial) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration(
        [(material.private_key, material.certificate)], material.trust_bundle
    )


def _stamp(files: TlsFiles) -> tuple[tuple[int, int, int], ...]:
    stamps = []
    for path in (files.certificate, files.private_key, files.trust_bundle):
        try:
            found = os.stat(path)  # noqa: PTH116
        except OSError:
            stamps.append((0, 0, 0))
        else:
            stamps.append((found.st_ino, found.st_mtime_ns, found.st_size))
    return tuple(stamps)


def _read(path: Path, setting: str, read: Callable[[Path], bytes] = Path.read_bytes) -> bytes:
    try:
        return read(path)
    except OpenToOthersError as error:
        raise _invalid(setting, str(error)) from None
    except OSError as error:
        raise _invalid(setting, f"can't be read ({error.strerror})") from None


def _invalid(setting: str, rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.INVALID_FIELD, rule, field=setting)
