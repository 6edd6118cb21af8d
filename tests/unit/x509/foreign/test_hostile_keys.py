"""Keys that nobody would make but to do harm, at every door through which a stranger's key comes.

Each is refused as what it is, and before anything is computed with it: what verifying costs is the
sender's choice. That these are the doors there are, a test looks up in the code.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import openjpki
from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.domain.evidence import CrossDirection
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.cross_statements import cross_certification_approved
from openjpki.evidence.key_rules import require_officer_key
from openjpki.services.ocsp.registry.conversions import parse_entry
from openjpki.services.registration.receipts.known_keys import KnownReceiptKeys
from openjpki.x509.foreign.csr import parse_csr
from openjpki.x509.foreign.partner import partner_from_certificate, partner_from_csr
from openjpki.x509.foreign.reading import read_certificate
from openjpki.x509.foreign.received_cross import check_received_cross_certificate
from openjpki.x509.foreign.signature import require_valid
from openjpki_devkit.forge import der
from openjpki_devkit.forge.certificates import Certificate, name_of, sign
from tests.support import statements

if TYPE_CHECKING:
    from collections.abc import Callable

RSA = der.sequence(der.oid("1.2.840.113549.1.1.1"), b"\x05\x00")
EC = "1.2.840.10045.2.1"


def rsa(modulus: int, exponent: int) -> bytes:
    key = der.sequence(der.integer(modulus), der.integer(exponent))
    return der.sequence(RSA, der.bits(key))


def on_curve(curve: ec.EllipticCurve) -> bytes:
    key = ec.generate_private_key(curve).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def named(curve: str, point: bytes) -> bytes:
    return der.sequence(der.sequence(der.oid(EC), der.oid(curve)), der.bits(point))


def explicit_curve() -> bytes:
    """P-256's numbers, stated instead of its name (RFC 3279 2.3.5; RFC 5480 forbids it)."""
    prime = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    field = der.sequence(der.oid("1.2.840.10045.1.1"), der.integer(prime))
    curve = der.sequence(der.octets(bytes(31) + b"\x01"), der.octets(bytes(31) + b"\x07"))
    stated = der.sequence(
        der.integer(1), field, curve, der.octets(b"\x04" + bytes(64)), der.integer(order)
    )
    return der.sequence(der.sequence(der.oid(EC), stated), der.bits(b"\x04" + bytes(64)))


def finite_field() -> bytes:
    numbers = dsa.generate_parameters(1024).generate_private_key().public_key()
    return numbers.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


ODD = (1 << 2047) | 1
HOSTILE: dict[str, Callable[[], bytes]] = {
    "modulus of 16,000 bits": lambda: rsa((1 << 15_999) | 1, 65_537),
    "modulus of 120,000 bits": lambda: rsa((1 << 119_999) | 1, 65_537),
    "modulus of no bits": lambda: rsa(0, 65_537),
    "modulus below nought": lambda: rsa(-ODD, 65_537),
    "modulus of 512 bits": lambda: rsa((1 << 511) | 1, 65_537),
    "exponent of 2,000 bits": lambda: rsa(ODD, (1 << 1999) | 1),
    "exponent of 100,000 bits": lambda: rsa(ODD, (1 << 99_999) | 1),
    "exponent one": lambda: rsa(ODD, 1),
    "exponent even": lambda: rsa(ODD, 65_536),
    "point not on its curve": lambda: named("1.2.840.10045.3.1.7", b"\x04" + b"\x01" * 64),
    "point at infinity": lambda: named("1.2.840.10045.3.1.7", b"\x00"),
    "curve that nobody knows": lambda: named("1.2.3.4", b"\x04" + bytes(64)),
    "curve in numbers": explicit_curve,
    "curve of characteristic two": lambda: named("1.3.132.0.39", b"\x04" + bytes(144)),
    "curve of 192 bits": lambda: on_curve(ec.SECP192R1()),
    "curve of Bitcoin": lambda: on_curve(ec.SECP256K1()),
    "DSA": finite_field,
    "no key at all": lambda: der.sequence(der.sequence(der.oid("1.2.3")), der.bits(b"")),
}


def certificate(spki: bytes, *, ca: bool = True) -> bytes:
    return Certificate(subject="stranger", issuer="stranger", ca=ca, spki=spki).make()


def request(spki: bytes) -> bytes:
    asked = der.sequence(der.integer(0), name_of("stranger"), spki, der.explicit(0))
    return sign(asked, "stranger")


def enrolled(spki: bytes) -> None:
    """As a verifier's, which signs its requests for status."""
    verifier = ocsp_pb2.Verifier(
        verifier_id="tax-office",
        display_name="Tax Office",
        authority_ids=["signing-13"],
        request_signers=[certificate(spki, ca=False)],
    )
    parse_entry(verifier, datetime(2026, 4, 1, tzinfo=UTC))


def receipt(spki: bytes) -> None:
    """One that registration is to accept receipts by."""
    with tempfile.TemporaryDirectory() as folder:
        text = base64.encodebytes(spki).decode("ascii")
        pem = f"-----BEGIN PUBLIC KEY-----\n{text}-----END PUBLIC KEY-----\n"
        (Path(folder) / "key.pem").write_text(pem, "ascii")
        KnownReceiptKeys(Path(folder))


def received(spki: bytes) -> None:
    """What a partner says it issued to us."""
    own = Certificate(subject="own", issuer="own", ca=True).make()
    partner = Certificate(subject="partner", issuer="partner", ca=True).make()
    theirs = Certificate(subject="own", issuer="partner", ca=True, spki=spki).make()
    check_received_cross_certificate(theirs, own, partner)


def signer(spki: bytes) -> None:
    """Of a document, or of a request for status."""
    require_valid(
        read_certificate(certificate(spki, ca=False)).key,
        algorithm="1.2.840.113549.1.1.11",
        parameters=None,
        signature=bytes(256),
        message=b"",
        field="certificate",
    )


DOORS: dict[str, Callable[[bytes], object]] = {
    "a person's request": lambda spki: parse_csr(request(spki)),
    "a partner's request": lambda spki: partner_from_csr(request(spki)),
    "a partner's certificate": lambda spki: partner_from_certificate(certificate(spki)),
    "a verifier's certificate": enrolled,
    "an officer's key": require_officer_key,
    "a receipt's key": receipt,
    "a cross certificate received": received,
    "a signer's certificate": signer,
}
FOR_THE_KEY = {
    Reason.KEY_SIZE_REFUSED,
    Reason.KEY_EXPONENT_REFUSED,
    Reason.KEY_TYPE_REFUSED,
    Reason.MALFORMED_DER,
}
OTHERWISE = {
    "a receipt's key": Reason.INVALID_FIELD,
    "a cross certificate received": Reason.CROSS_CERTIFICATE_REFUSED,
}
"""Of a setting's file, and of what should hold our own key."""
AT_ONCE = 0.5
"""Seconds of processor time; verifying by the largest of these keys takes minutes."""


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("door", DOORS)
def test_refused_before_anything_is_computed_with_it(door: str, hostile: str) -> None:
    spki = HOSTILE[hostile]()
    began = time.process_time()
    with pytest.raises(OpenJpkiError) as refused:
        DOORS[door](spki)
    assert time.process_time() - began < AT_ONCE
    assert refused.value.reason in ({OTHERWISE[door]} if door in OTHERWISE else FOR_THE_KEY)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_officers_state_names_a_key_or_is_refused(hostile: str) -> None:
    """Computed from what a caller sent, before anything else is asked of it."""
    spki = HOSTILE[hostile]()
    found = [stated_key(request(spki), None), stated_key(None, certificate(spki))]
    # None: refused.
    assert set(found) <= {hashlib.sha256(spki).digest(), None}


def stated_key(asked: bytes | None, offered: bytes | None) -> bytes | None:
    try:
        return cross_certification_approved(
            statements.occasion(statements.AT_BRIDGE[0]),
            cross_certification_id="id",
            partner_id="partner",
            direction=CrossDirection.FROM_PARTNER,
            certification_request=asked,
            offered=offered,
            policy_mappings=[],
        ).subject_key_sha256
    except OpenJpkiError:
        return None


READ_BY = {
    # What reads octets with a key in them, and which door of the above it is behind.
    "evidence/key_rules.py": "an officer's key",
    "evidence/public_key.py": "an officer's key",
    "evidence/public_key_file.py": "a receipt's key",
    "x509/foreign/reading.py": "a signer's certificate, a person's request",
    "x509/public_key.py": "a key that has passed one of them",
}
OURS = (
    "services/registration/ca_client.py", "services/registration/applications/",
    "services/ca/authorities/authority.py", "services/ca/restore/", "services/bridge/exchange/",
    "services/bridge/authority/", "services/bridge/pool/refresh.py", "storage/migrations/",
    "x509/crl/partitions.py", "x509/profiles/",
)  # fmt: skip
"""Read what was made here, or what has been checked and stored."""
WHOEVER_RUNS_IT = ("cli/", "client/")
"""In a process of their own, for a person who chose the file."""
THE_MESHS = ("rpc/", "services/ocsp/responders/control.py")
"""After TLS has verified that the mesh issued it; and whom the mesh trusts, from the service's own
files."""


BY_THE_ENGINE = (
    "PathCertificate.read", "PathCertificationRequest.read", "PathPublicKey.read",
)  # fmt: skip


def readers() -> set[str]:
    """Modules that read a certificate, a request or a key from octets."""
    package = Path(openjpki.__file__).parent
    found = set()
    for file in package.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
            if name == "read" and ast.unparse(node).removeprefix("signer_core.") in BY_THE_ENGINE:
                found.add(str(file.relative_to(package)))
            if name.startswith("load_") and name.endswith(
                ("_public_key", "_x509_certificate", "_x509_certificates", "_x509_csr")
            ):
                found.add(str(file.relative_to(package)))
    return found


def test_these_are_the_doors() -> None:
    """Whoever adds one says here which rule its keys pass."""
    elsewhere = (*OURS, *WHOEVER_RUNS_IT, *THE_MESHS)
    assert {one for one in readers() if not one.startswith(elsewhere)} == set(READ_BY)
