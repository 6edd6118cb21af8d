"""OCSP responses (RFC 6960), every field of which can be anything; the signature is real."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from openjpki_devkit.forge import der
from openjpki_devkit.forge.certificates import AT, key_id_of, name_of, sign, spki_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki_devkit.forge.extensions import Extension

_BASIC: Final = "1.3.6.1.5.5.7.48.1.1"
_HASHES: Final = {
    "sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1", "md5": "1.2.840.113549.2.5",
}  # fmt: skip

GOOD: Final = der.implicit(0, b"")
UNKNOWN: Final = der.implicit(2, b"")


def revoked(at: datetime, reason: int | None = None) -> bytes:
    """The status of a revoked certificate."""
    why = b"" if reason is None else der.explicit(0, der.tlv(10, bytes([reason])))
    return der.explicit(1, _time(at), why)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is said of one certificate; ``issuer`` is a label, which stands for name and key."""

    serial: int
    issuer: str
    status: bytes = GOOD
    this_update: datetime = AT - timedelta(hours=1)
    next_update: datetime | None = AT + timedelta(days=2)
    hash: str = "sha1"
    extensions: Sequence[Extension] = ()

    def der(self) -> bytes:
        def hashed(octets: bytes) -> bytes:
            return der.octets(hashlib.new(self.hash, octets, usedforsecurity=False).digest())

        algorithm = der.sequence(der.oid(_HASHES[self.hash]), der.tlv(5))
        key = spki_of(self.issuer)[26:]
        return der.sequence(
            der.sequence(
                algorithm, hashed(name_of(self.issuer)), hashed(key), der.integer(self.serial)
            ),
            self.status,
            _time(self.this_update),
            b"" if self.next_update is None else der.explicit(0, _time(self.next_update)),
            _extensions(self.extensions),
        )


@dataclass(frozen=True, kw_only=True)
class OcspResponse:
    """A successful response. ``responder`` is a label; ``signer`` whose key signs in its place."""

    responder: str
    answers: Sequence[Answer]
    signer: str | None = None
    by_key: bool = False
    """Whether the responder is named by its key; else by its name."""
    produced_at: datetime = AT - timedelta(hours=1)
    certificates: Sequence[bytes] = ()
    extensions: Sequence[Extension] = ()

    def make(self) -> bytes:
        """The OCSPResponse, DER."""
        named = (
            der.explicit(2, der.octets(key_id_of(self.responder)))
            if self.by_key
            else der.explicit(1, name_of(self.responder))
        )
        data = der.sequence(
            named,
            _time(self.produced_at),
            der.sequence(*(one.der() for one in self.answers)),
            _extensions(self.extensions),
        )
        basic = sign(data, self.signer or self.responder)
        if self.certificates:
            carried = der.explicit(0, der.sequence(*self.certificates))
            basic = der.sequence(_content(basic), carried)
        body = der.sequence(der.oid(_BASIC), der.octets(basic))
        return der.sequence(der.tlv(10, b"\0"), der.explicit(0, body))


def _content(element: bytes) -> bytes:
    """Of one element of definite length."""
    return element[2 + (element[1] & 0x7F if element[1] & 0x80 else 0) :]


def _extensions(extensions: Sequence[Extension]) -> bytes:
    if not extensions:
        return b""
    return der.explicit(1, der.sequence(*(one.der() for one in extensions)))


def _time(moment: datetime) -> bytes:
    """GeneralizedTime, whatever the year."""
    return der.tlv(0x18, moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode())
