"""Responder and cross certificates, whose builders encode and sign in one call.

They go the way of every issuance (`openjpki.services.ca.issuance`), which wants the to-be-signed
bytes first: a call of the builder ends where it asks for the signature. What it would have had
signed is parsed back and compared with the request, so that nothing wrong is ever signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from cryptography.hazmat.primitives import serialization

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509 import comparing
from openjpki.x509.user_certificate import assemble

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cryptography import x509

    from openjpki.services.ca.authority import Authority
    from openjpki.x509.signing import SigningKey

_NO_SIGNATURE = bytes(256)
"""Stands where the signature will be while the bytes are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a certificate must say, whatever built it. Times are aware, whole seconds."""

    subject: x509.Name
    spki_der: bytes
    serial: int
    not_before: datetime
    not_after: datetime


class _Asked(Exception):  # noqa: N818 - not an error: how the bytes get out of the builder
    def __init__(self, message: bytes) -> None:
        super().__init__("the builder asked for a signature")
        self.message = message


class _Recorder:
    """A key that does not sign but tells what it was asked to sign."""

    def __init__(self, spki_der: bytes) -> None:
        self.spki_der = spki_der

    def sign(self, message: bytes) -> NoReturn:
        raise _Asked(message)


def checked_bytes(authority: Authority, asked: Asked, make: Callable[[SigningKey], bytes]) -> bytes:
    """The bytes that ``make`` would have the authority sign, compared with what was asked.

    Raises ``PROFILE_MISMATCH``, and what ``make`` raises before it asks for a signature.
    """
    tbs = _bytes_to_sign(make, spki_of(authority))
    comparing.compare_basics(
        comparing.load(assemble(tbs, _NO_SIGNATURE)),
        subject=asked.subject,
        issuer=authority.name,
        serial=asked.serial,
        not_before=asked.not_before,
        not_after=asked.not_after,
        spki_der=asked.spki_der,
    )
    return tbs


def spki_of(authority: Authority) -> bytes:
    """The authority's own SubjectPublicKeyInfo, DER."""
    return authority.certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _bytes_to_sign(make: Callable[[SigningKey], bytes], spki_der: bytes) -> bytes:
    try:
        make(_Recorder(spki_der))
    except _Asked as asked:
        return asked.message
    raise OpenJpkiError(Reason.INTERNAL, "the builder did not ask for a signature")
