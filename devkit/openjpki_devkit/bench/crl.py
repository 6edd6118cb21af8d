"""crl_1m: a revocation list of a million entries with reasons, encoded, hashed, signed."""

from __future__ import annotations

import array
import hashlib
import json
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.signer_core import SoftwareKey, encode_crl
from openjpki.x509.profiles.names import authority_name
from openjpki_devkit.bench.child import in_child
from openjpki_devkit.bench.memory import peak, start_peak
from openjpki_devkit.bench.rate import one_core
from openjpki_devkit.bench.result import Result, Row

if TYPE_CHECKING:
    from openjpki.x509.crl.encoding import ColumnArguments

_MODULE = "openjpki_devkit.bench.crl"
ENTRIES = 1_000_000
_OCTETS = 20
_AT = 1_795_392_000
_REASON = 5
_OURS_TURNS = 5


def _measure() -> list[Result]:
    with one_core():
        ours: dict[str, float] = in_child(_MODULE, "ours")
        peer: dict[str, float] = in_child(_MODULE, "cryptography")
    return [
        Result(
            id="crl_1m",
            what=f"list of {ENTRIES:,} entries ({ours['octets'] / 1e6:.0f} MB), one core",
            value=ours["seconds"],
            unit="s",
            peer="cryptography's CertificateRevocationListBuilder",
            peer_value=peer["seconds"],
            ratio=peer["seconds"] / ours["seconds"],
            command="make bench ONLY=crl_1m",
        ),
        Result(
            id="crl_1m_memory",
            what="peak memory over that before, columns included, by the list's own size",
            value=ours["memory"] / ours["octets"],
            unit="x list",
            peer="cryptography's CertificateRevocationListBuilder",
            peer_value=peer["memory"] / peer["octets"],
            ratio=(peer["memory"] / peer["octets"]) / (ours["memory"] / ours["octets"]),
            command="make bench ONLY=crl_1m",
        ),
    ]


def _ours() -> dict[str, float]:
    key = SoftwareKey.generate(2048)
    before = start_peak()
    serials = bytearray(ENTRIES * _OCTETS)  # not joined: a million objects would stay resident
    for number in range(ENTRIES):
        serials[number * _OCTETS : (number + 1) * _OCTETS] = _serial(number)
    columns: ColumnArguments = {
        "serials": bytes(serials),
        "serial_lengths": bytes([_OCTETS]) * ENTRIES,
        "revocation_dates": array.array("q", [_AT]).tobytes() * ENTRIES,
        "reasons": bytes([_REASON]) * ENTRIES,
    }
    del serials
    best, octets = float("inf"), 0
    for _ in range(_OURS_TURNS):
        began = time.perf_counter()
        der = encode_crl(
            issuer_der=authority_name("Tokyo").public_bytes(),
            this_update=_AT,
            next_update=_AT + 172_800,
            crl_number=1,
            authority_key_id=hashlib.sha1(key.spki_der, usedforsecurity=False).digest(),
            issuing_distribution_point_der=None,
            key=key,
            **columns,
        )
        best = min(best, time.perf_counter() - began)
        octets = len(der)
        del der
    return {"seconds": best, "octets": octets, "memory": peak() - before}


def _cryptography() -> dict[str, float]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    before = start_peak()
    at = datetime.fromtimestamp(_AT, UTC)
    began = time.perf_counter()
    reason = x509.CRLReason(x509.ReasonFlags.cessation_of_operation)
    revoked = [
        x509.RevokedCertificateBuilder()
        .serial_number(int.from_bytes(_serial(number), "big"))
        .revocation_date(at)
        .add_extension(reason, critical=False)
        .build()
        for number in range(ENTRIES)
    ]
    builder = x509.CertificateRevocationListBuilder(
        issuer_name=authority_name("Tokyo"),
        last_update=at,
        next_update=datetime.fromtimestamp(_AT + 172_800, UTC),
        revoked_certificates=revoked,
    )
    crl = (
        builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .add_extension(x509.CRLNumber(1), critical=False)
        .sign(key, hashes.SHA256())
    )
    der = crl.public_bytes(Encoding.DER)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "octets": len(der), "memory": peak() - before}


def _serial(number: int) -> bytes:
    digest = hashlib.sha256(number.to_bytes(8, "big")).digest()[:_OCTETS]
    return bytes([digest[0] & 0x3F | 0x40]) + digest[1:]


ROW = Row("crl_1m", "revocation list of a million entries", _measure)

if __name__ == "__main__":
    json.dump({"ours": _ours, "cryptography": _cryptography}[sys.argv[1]](), sys.stdout)
