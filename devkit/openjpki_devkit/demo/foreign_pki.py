"""The other side of the bridge: infrastructures that are not ours, made with the openssl program.

Their certificates come from another tool on purpose: what our bridge accepts and validates must
not depend on our own encoder. Keys live in the demo's folder only and are worth nothing.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True)
class PolicyPair:
    """A policy of the issuer's domain and the one of the subject's domain it stands for."""

    issuer: str
    subject: str


@dataclass(frozen=True)
class ForeignAuthority:
    """A foreign authority: its folder, name and policy. Every file is openssl's own."""

    folder: Path
    subject: str
    """In openssl's slash form, e.g. ``/C=JP/O=Example Government/OU=Bridge CA``."""
    policy_oid: str

    @property
    def certificate_pem(self) -> Path:
        """Self-signed certificate."""
        return self.folder / "authority.pem"

    @property
    def certificate(self) -> bytes:
        """Self-signed certificate, DER."""
        return _der("x509", self.certificate_pem)

    def create(self) -> None:
        """Makes the key and the self-signed certificate; an existing folder is refused."""
        self.folder.mkdir(parents=True, mode=0o700)
        (self.folder / "index.txt").touch()
        (self.folder / "crlnumber").write_text("01\n")
        (self.folder / "openssl.cnf").write_text(self._configuration())
        _openssl(
            "req", "-new", "-x509", "-newkey", "rsa:2048", "-noenc", "-sha256", "-days", "3650",
            "-config", self._file("openssl.cnf"), "-extensions", "self_signed",
            "-subj", self.subject, "-keyout", self._file("key.pem"),
            "-out", self._file("authority.pem"),
        )  # fmt: skip

    def certification_request(self) -> bytes:
        """PKCS#10 of the authority's key, DER, for the other side to cross-certify."""
        _openssl(
            "req", "-new", "-sha256", "-key", self._file("key.pem"), "-subj", self.subject,
            "-config", self._file("openssl.cnf"), "-out", self._file("request.pem"),
        )  # fmt: skip
        return _der("req", self.folder / "request.pem")

    def cross_certify(self, request: bytes, mappings: Sequence[PolicyPair], name: str) -> bytes:
        """Signs a cross certificate for another authority's PKCS#10 (DER); DER back."""
        extensions = dedent(f"""\
            basicConstraints = critical, CA:TRUE
            keyUsage = critical, keyCertSign, cRLSign
            certificatePolicies = critical, {", ".join(dict.fromkeys(m.issuer for m in mappings))}
            policyMappings = {", ".join(f"{m.issuer}:{m.subject}" for m in mappings)}
            policyConstraints = critical, requireExplicitPolicy:0
            subjectKeyIdentifier = hash
            authorityKeyIdentifier = keyid
            """)
        return self._sign(request, extensions, name)

    def certify_official(self, subject: str, name: str) -> tuple[Path, Path]:
        """Makes an official's key and certificate (官職証明書); paths of certificate and key."""
        key = self.folder / f"{name}.key.pem"
        _openssl(
            "req", "-new", "-newkey", "rsa:2048", "-noenc", "-sha256", "-subj", subject,
            "-config", self._file("openssl.cnf"), "-keyout", str(key),
            "-out", self._file(f"{name}.request.pem"),
        )  # fmt: skip
        extensions = dedent(f"""\
            keyUsage = critical, digitalSignature, nonRepudiation
            certificatePolicies = critical, {self.policy_oid}
            subjectKeyIdentifier = hash
            authorityKeyIdentifier = keyid
            """)
        self._sign(_der("req", self.folder / f"{name}.request.pem"), extensions, name)
        return self.folder / f"{name}.pem", key

    def revoke(self, certificate_pem: Path) -> None:
        """Enters a certificate into this authority's next revocation list."""
        _openssl(
            "ca", "-config", self._file("openssl.cnf"), "-revoke", str(certificate_pem),
            "-crl_reason", "keyCompromise",
        )  # fmt: skip

    def revocation_list(self) -> bytes:
        """A new revocation list with the next number, DER."""
        pem = self.folder / "crl.pem"
        _openssl("ca", "-config", self._file("openssl.cnf"), "-gencrl", "-out", str(pem))
        return _der("crl", pem)

    def _sign(self, request: bytes, extensions: str, name: str) -> bytes:
        request_file = self.folder / f"{name}.request.der"
        request_file.write_bytes(request)
        extension_file = self.folder / f"{name}.ext"
        extension_file.write_text(extensions)
        _openssl(
            "x509", "-req", "-inform", "DER", "-in", str(request_file), "-sha256", "-days", "1825",
            "-CA", self._file("authority.pem"), "-CAkey", self._file("key.pem"),
            "-extfile", str(extension_file), "-out", self._file(f"{name}.pem"),
        )  # fmt: skip
        return _der("x509", self.folder / f"{name}.pem")

    def _file(self, name: str) -> str:
        return str(self.folder / name)

    def _configuration(self) -> str:
        return dedent(f"""\
            [req]
            distinguished_name = dn
            prompt = no
            utf8 = yes
            string_mask = utf8only
            [dn]
            [self_signed]
            basicConstraints = critical, CA:TRUE
            keyUsage = critical, keyCertSign, cRLSign
            subjectKeyIdentifier = hash
            [ca]
            default_ca = this
            [this]
            database = {self.folder / "index.txt"}
            crlnumber = {self.folder / "crlnumber"}
            certificate = {self.certificate_pem}
            private_key = {self.folder / "key.pem"}
            default_md = sha256
            default_crl_days = 2
            crl_extensions = crl
            [crl]
            authorityKeyIdentifier = keyid
            """)


def _der(kind: str, pem: Path) -> bytes:
    return _openssl(kind, "-in", str(pem), "-outform", "DER")


def _openssl(*arguments: str) -> bytes:
    """Runs openssl; its stdout. Raises SERVICE_UNAVAILABLE when the program is missing."""
    try:
        done = subprocess.run(  # noqa: S603
            ["openssl", *arguments],  # noqa: S607
            check=False,
            capture_output=True,
        )
    except FileNotFoundError as missing:
        raise OpenJpkiError(
            Reason.SERVICE_UNAVAILABLE,
            "the openssl program makes the foreign infrastructures; install the package openssl",
        ) from missing
    if done.returncode != 0:
        raise OpenJpkiError(
            Reason.INTERNAL, f"openssl {arguments[0]}: {done.stderr.decode(errors='replace')}"
        )
    return done.stdout
