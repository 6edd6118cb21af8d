"""Four certificates with policies and three lists, RSA-2048 throughout: what path_warm measures."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from openjpki.signer_core import SoftwareKey
from openjpki_devkit.forge import der
from openjpki_devkit.forge import extensions as ext
from openjpki_devkit.forge.certificates import Certificate, RevocationList, entry

if TYPE_CHECKING:
    from pathlib import Path

TARGETS: Final = 4_000
_RSA_SHA256: Final = der.sequence(der.oid("1.2.840.113549.1.1.11"), der.tlv(5))


def write_files(folder: Path, entries: int) -> None:
    """Writes anchor, two authorities, many targets one after another, and a list of each authority.

    The lists have so many entries each, none of them of the path, and none that ends like a serial
    number of the path: lists of different length differ in nothing else.
    """
    keys = {name: SoftwareKey.generate(2048) for name in ("anchor", "first", "second", "target")}
    _write(folder / "anchor.der", _certificate(keys, "anchor", "anchor"), keys["anchor"])
    _write(folder / "first.der", _certificate(keys, "first", "anchor"), keys["anchor"])
    _write(folder / "second.der", _certificate(keys, "second", "first"), keys["first"])
    wanted = [_certificate(keys, "target", "second", one) for one in range(TARGETS)]
    signatures = keys["second"].sign_batch(wanted)
    signed = (_signed(tbs, one) for tbs, one in zip(wanted, signatures, strict=True))
    (folder / "targets.der").write_bytes(b"".join(signed))
    revoked = [entry(_serial("revoked", place)) for place in range(entries)]
    for place, issuer in enumerate(("anchor", "first", "second")):
        one = RevocationList(issuer=issuer, revoked=revoked, algorithm=_RSA_SHA256)
        _write(folder / f"{place}.crl", one.tbs(), keys[issuer])


def _certificate(keys: dict[str, SoftwareKey], subject: str, issuer: str, place: int = 0) -> bytes:
    return Certificate(
        subject=subject,
        issuer=issuer,
        ca=subject != "target",
        policies=(ext.POLICY, f"{ext.POLICY}.2"),
        serial=_serial(subject, place),
        algorithm=_RSA_SHA256,
        spki=keys[subject].spki_der,
    ).tbs()


def _serial(whose: str, place: int) -> int:
    """Of nine octets, the last eight as if drawn: such as count would share their ends."""
    return 1 << 71 | int.from_bytes(sha256(f"{whose} {place}".encode()).digest()[:8])


def _write(file: Path, tbs: bytes, key: SoftwareKey) -> None:
    file.write_bytes(_signed(tbs, key.sign(tbs)))


def _signed(tbs: bytes, signature: bytes) -> bytes:
    return der.sequence(tbs, _RSA_SHA256, der.bits(signature))
