"""Certificates and lists: every field can be anything, and the signature is real."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from openjpki_devkit.forge import der
from openjpki_devkit.forge import extensions as extension

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openjpki_devkit.forge.extensions import Extension

AT: Final = datetime(2025, 6, 1, tzinfo=UTC)
"""When the paths are judged, unless a case says otherwise."""
ECDSA_SHA256: Final = der.sequence(der.oid("1.2.840.10045.4.3.2"))
ECDSA_SHA1: Final = der.sequence(der.oid("1.2.840.10045.4.1"))
_TYPES: Final = {
    "C": "2.5.4.6", "O": "2.5.4.10", "OU": "2.5.4.11", "CN": "2.5.4.3",
    "L": "2.5.4.7", "E": "1.2.840.113549.1.9.1", "SERIAL": "2.5.4.5",
}  # fmt: skip
Value: TypeAlias = tuple[str, str] | tuple[str, bytes, int]
"""Attribute and text in UTF8String, or attribute, octets and string type."""


def dn(*rdns: Value | Sequence[Value]) -> bytes:
    """A Name; a list of values is one relative name of several."""
    encoded = []
    for rdn in rdns:
        values = rdn if isinstance(rdn, list) else [rdn]
        encoded.append(der.set_of(*sorted(_value(*value) for value in values)))
    return der.sequence(*encoded)


def _value(kind: str, text: str | bytes, tag: int = der.UTF8) -> bytes:
    content = text.encode() if isinstance(text, str) else text
    return der.sequence(der.oid(_TYPES.get(kind, kind)), der.tlv(tag, content))


@cache
def key_of(label: str) -> ec.EllipticCurvePrivateKey:
    """A P-256 key that follows from its label: a test that fails fails again."""
    scalar = int.from_bytes(hashlib.sha512(b"path forge " + label.encode()).digest())
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    return ec.derive_private_key(scalar % (order - 1) + 1, ec.SECP256R1())


@cache
def spki_of(label: str) -> bytes:
    return key_of(label).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_id_of(label: str) -> bytes:
    """The key identifier as RFC 5280 4.2.1.2 (1) makes it."""
    return hashlib.sha1(spki_of(label)[26:], usedforsecurity=False).digest()


@cache
def name_of(label: str) -> bytes:
    return dn(("C", "JP"), ("O", "Path tests"), ("CN", label))


def sign(tbs: bytes, signer: str, algorithm: bytes = ECDSA_SHA256) -> bytes:
    """The signed structure, its signature made with SHA-256 or SHA-1."""
    digest = hashes.SHA1() if algorithm == ECDSA_SHA1 else hashes.SHA256()  # noqa: S303
    signature = key_of(signer).sign(tbs, ec.ECDSA(digest))
    return der.sequence(tbs, algorithm, der.bits(signature))


@dataclass(kw_only=True)
class Certificate:
    """What a certificate is made of; the defaults make a good one of an end entity.

    ``subject`` and ``issuer`` are labels, which stand for a name and a key, or names with ``key``
    and ``signer`` beside them. Extensions in ``changes`` take the place of the default ones of the
    same type; ``without`` leaves defaults out.
    """

    subject: str | bytes
    issuer: str | bytes
    key: str | None = None
    signer: str | None = None
    ca: bool = False
    path_length: int | None = None
    policies: tuple[str, ...] = (extension.POLICY,)
    serial: int | bytes | None = None
    version: int | None = 2
    not_before: datetime | bytes = AT - timedelta(days=100)
    """Or the octets of the time; so notAfter."""
    not_after: datetime | bytes = AT + timedelta(days=100)
    changes: Sequence[Extension] = ()
    without: Iterable[str] = ()
    more: Sequence[Extension] = ()
    """Extensions that come beside others of the same type."""
    algorithm: bytes = ECDSA_SHA256
    outer_algorithm: bytes | None = None
    spki: bytes | None = None

    def tbs(self) -> bytes:
        subject, key = _named(self.subject, self.key)
        issuer, signer = _named(self.issuer, self.signer)
        number = self.serial
        if number is None:
            about = b"".join((subject, issuer, spki_of(key), str(self).encode()))
            number = int.from_bytes(hashlib.sha256(about).digest()[:12]) | 1 << 90
        written = self._extensions(key, signer)
        return der.sequence(
            b"" if self.version is None else der.explicit(0, der.integer(self.version)),
            der.tlv(2, number) if isinstance(number, bytes) else der.integer(number),
            self.algorithm,
            issuer,
            der.sequence(_time(self.not_before), _time(self.not_after)),
            subject,
            self.spki or spki_of(key),
            der.explicit(3, der.sequence(*written)) if written else b"",
        )

    def make(self) -> bytes:
        """The certificate, DER."""
        signer = _named(self.issuer, self.signer)[1]
        made = sign(self.tbs(), signer, self.algorithm)
        if self.outer_algorithm is not None:
            made = made.replace(self.algorithm + b"\x03", self.outer_algorithm + b"\x03")
        return made

    def _extensions(self, key: str, signer: str) -> list[bytes]:
        usual = [
            extension.authority_key(key_id_of(signer)),
            extension.subject_key(key_id_of(key)),
            extension.key_usage(*(("cert", "crl") if self.ca else ("signature",))),
        ]
        if self.policies:
            usual.append(extension.policies(*self.policies))
        if self.ca:
            usual.append(extension.basic_constraints(ca=True, length=self.path_length))
        changed = {one.oid: one for one in self.changes}
        kept = [changed.pop(one.oid, one) for one in usual if one.oid not in set(self.without)]
        return [one.der() for one in (*kept, *changed.values(), *self.more)]


@dataclass(kw_only=True)
class RevocationList:
    """What a list is made of; the defaults make a good and complete one."""

    issuer: str | bytes
    signer: str | None = None
    revoked: Sequence[bytes] = ()
    """Entries, made by ``entry``."""
    number: int | None = 1
    this_update: datetime = AT - timedelta(hours=1)
    next_update: datetime | None = AT + timedelta(days=2)
    changes: Sequence[Extension] = ()
    without: Iterable[str] = ()
    version: int | None = 1
    algorithm: bytes = ECDSA_SHA256

    def tbs(self) -> bytes:
        issuer, signer = _named(self.issuer, self.signer)
        usual = [extension.authority_key(key_id_of(signer))]
        if self.number is not None:
            usual.append(extension.crl_number(self.number))
        changed = {one.oid: one for one in self.changes}
        kept = [changed.pop(one.oid, one) for one in usual if one.oid not in set(self.without)]
        written = [one.der() for one in (*kept, *changed.values())]
        return der.sequence(
            b"" if self.version is None else der.integer(self.version),
            self.algorithm,
            issuer,
            der.time(self.this_update),
            b"" if self.next_update is None else der.time(self.next_update),
            der.sequence(*self.revoked) if self.revoked else b"",
            der.explicit(0, der.sequence(*written)) if written else b"",
        )

    def make(self) -> bytes:
        """The list, DER."""
        return sign(self.tbs(), _named(self.issuer, self.signer)[1], self.algorithm)


def entry(serial: int, *extensions: Extension, at: datetime = AT - timedelta(days=1)) -> bytes:
    """One revoked certificate."""
    written = der.sequence(*(one.der() for one in extensions)) if extensions else b""
    return der.sequence(der.integer(serial), der.time(at), written)


def _time(moment: datetime | bytes) -> bytes:
    return moment if isinstance(moment, bytes) else der.time(moment)


def _named(who: str | bytes, key: str | None) -> tuple[bytes, str]:
    if isinstance(who, str):
        return name_of(who), key or who
    if key is None:
        raise ValueError("a name needs a key beside it")
    return who, key
