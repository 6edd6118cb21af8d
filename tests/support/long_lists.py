"""Revocation lists of any length, made quickly: the entries are laid out here, octet by octet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

if TYPE_CHECKING:
    from pathlib import Path

_RSA_SHA256 = bytes.fromhex("300d06092a864886f70d01010b0500")
_SERIAL_OCTETS = 16


_UNKNOWN = "2b060104018a7501"
"""Of an extension that nobody knows."""


def list_of_octets(folder: Path, octets: int, *, number: int) -> bytes:
    """As :func:`long_list`, with as many entries as there is room for in so many octets (from 64
    KiB on); an unknown extension makes up the rest."""
    one, two = (len(long_list(folder, entries, number=number)) for entries in (2000, 2001))
    entries = 2000 + (octets - one - 64) // (two - one)
    without = len(long_list(folder, entries, number=number, filling=0))
    made = long_list(folder, entries, number=number, filling=octets - without)
    assert len(made) == octets
    return made


def long_list(
    folder: Path,
    entries: int,
    *,
    number: int,
    at: datetime | None = None,
    filling: int | None = None,
    revoked: int | None = None,
) -> bytes:
    """A list of the authority in ``folder`` (authority.pem, key.pem): serial numbers of 16 octets
    that end with 0, 1, 2 and so on, all revoked when the list begins; ``filling``: octets of an
    unknown extension, under 100; ``revoked``: one serial number more. DER."""
    begins = (at or datetime.now(UTC)).replace(microsecond=0)
    issuer = x509.load_pem_x509_certificate((folder / "authority.pem").read_bytes())
    key = load_pem_private_key((folder / "key.pem").read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    moment = _element(0x17, begins.strftime("%y%m%d%H%M%SZ").encode())
    before = b"\x30" + bytes([2 + _SERIAL_OCTETS + len(moment)])
    before += b"\x02" + bytes([_SERIAL_OCTETS]) + b"\x41" + bytes(_SERIAL_OCTETS - 5)
    listed = b"".join([before + serial.to_bytes(4, "big") + moment for serial in range(entries)])
    if revoked is not None:
        number_of_it = revoked.to_bytes(revoked.bit_length() // 8 + 1, "big")
        listed += _element(0x30, _element(0x02, number_of_it) + moment)
    ends = (begins + timedelta(days=2)).strftime("%y%m%d%H%M%SZ").encode()
    key_id = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    extensions = _extension("551d23", _element(0x30, _element(0x80, key_id)))
    numbered = number.to_bytes(number.bit_length() // 8 + 1, "big")
    extensions += _extension("551d14", _element(0x02, numbered))
    if filling is not None:
        extensions += _extension(_UNKNOWN, bytes(filling))
    tbs = _element(
        0x30,
        b"\x02\x01\x01" + _RSA_SHA256 + issuer.subject.public_bytes() + moment
        + _element(0x17, ends) + _element(0x30, listed)
        + _element(0xA0, _element(0x30, extensions)),
    )  # fmt: skip
    signature = key.sign(tbs, padding.PKCS1v15(), hashes.SHA256())
    return _element(0x30, tbs + _RSA_SHA256 + _element(0x03, b"\0" + signature))


def _extension(oid: str, value: bytes) -> bytes:
    return _element(0x30, _element(0x06, bytes.fromhex(oid)) + _element(0x04, value))


def _element(tag: int, content: bytes) -> bytes:
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
