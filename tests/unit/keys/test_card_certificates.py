"""Certificates beside a key on a token: written, read back, and never lost for a new one."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)
from cryptography.x509.oid import NameOID
from pkcs11 import Attribute, ObjectClass

from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.pkcs11 import certificates
from openjpki.keys.pkcs11.backend import Pkcs11Backend
from openjpki_devkit.embedded.softhsm import find_module
from tests.support.key_places import pkcs11_place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pkcs11 import Session

    from tests.support.key_places import KeyPlace

LABEL = "signature/card/1"
ISSUER = f"issuer of {LABEL}"
SIGNER = ec.generate_private_key(ec.SECP256R1())


def certificate(spki_der: bytes, serial: int) -> bytes:
    """Of this key; whose signature is on it does not matter to a token."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "card")])
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    public = load_der_public_key(spki_der)
    return (
        x509.CertificateBuilder(name, name, public, serial)  # type: ignore[arg-type]
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=30))
        .sign(SIGNER, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


@pytest.fixture
def place(tmp_path: Path) -> Iterator[KeyPlace]:
    here = pkcs11_place(tmp_path)
    yield here
    here.close()


@pytest.fixture
def card(place: KeyPlace) -> Pkcs11Backend:
    opened = place.open()
    assert isinstance(opened, Pkcs11Backend)
    return opened


LOOK = """
import json, sys
import pkcs11
from pkcs11 import Attribute, ObjectClass
module, token, pin = sys.argv[1:]
with pkcs11.lib(module).get_token(token_label=token).open(user_pin=pin or None) as session:
    found = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
    print(json.dumps([[one[Attribute.LABEL], bytes(one[Attribute.VALUE]).hex()] for one in found]))
"""


def seen(place: KeyPlace, *, pin: bool = True) -> dict[str, bytes]:
    """What another program finds on the token, by label."""
    secret = place.secret_file.read_text().strip() if pin else ""
    words = [str(find_module()), str(place.settings.token_label), secret]
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *words], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert len({label for label, _ in found}) == len(found)
    return {label: bytes.fromhex(value) for label, value in found}


def test_a_new_certificate_takes_the_place_of_the_older_one(
    place: KeyPlace, card: Pkcs11Backend
) -> None:
    key = card.generate(LABEL, 2048).spki_der
    older, newer, issuer = (certificate(key, number) for number in (1, 2, 3))
    assert card.write_certificates(LABEL, older, issuer) == (older, issuer)
    assert seen(place) == {LABEL: older, ISSUER: issuer}
    # Name and address are read with the PIN alone.
    assert seen(place, pin=False) == {ISSUER: issuer}
    for _ in range(2):
        assert card.write_certificates(LABEL, newer, issuer) == (newer, issuer)
        assert seen(place) == {LABEL: newer, ISSUER: issuer}
    assert card.labels() == [LABEL]
    assert card.open(LABEL).sign(b"the key is what it was")


def test_a_certificate_of_another_key_is_not_written(place: KeyPlace, card: Pkcs11Backend) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        card.write_certificates(LABEL, b"", b"")
    assert refused.value.reason is Reason.KEY_NOT_FOUND
    right = certificate(card.generate(LABEL, 2048).spki_der, 1)
    card.write_certificates(LABEL, right, right)
    other = certificate(card.generate("signature/card/2", 2048).spki_der, 2)
    with pytest.raises(OpenJpkiError) as refused:
        card.write_certificates(LABEL, other, right)
    assert (refused.value.reason, refused.value.field) == (
        Reason.CERTIFICATE_REFUSED,
        "certificate",
    )
    assert seen(place) == {LABEL: right, ISSUER: right}


class Thing(dict[Attribute, Any]):
    """An object of :class:`Spoiling`."""

    def __init__(self, token: Spoiling, attributes: dict[Attribute, Any]) -> None:
        super().__init__({**attributes, Attribute.TOKEN: True})
        self._token = token

    def destroy(self) -> None:
        self._token.objects = [one for one in self._token.objects if one is not self]


class Spoiling:
    """A token that loses the last octet of what it is given: no real one can be had to."""

    def __init__(self) -> None:
        self.objects: list[Thing] = []

    def add(self, attributes: dict[Attribute, Any]) -> Thing:
        made = Thing(self, attributes)
        self.objects.append(made)
        return made

    def get_objects(self, wanted: dict[Attribute, Any]) -> list[Thing]:
        return [one for one in self.objects if wanted.items() <= one.items()]

    def create_object(self, attributes: dict[Attribute, Any]) -> Thing:
        return self.add({**attributes, Attribute.VALUE: attributes[Attribute.VALUE][:-1]})


def test_what_reads_back_otherwise_takes_no_place() -> None:
    key = rsa.generate_private_key(65537, 2048).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    older, newer = certificate(spki, 1), certificate(spki, 2)
    numbers = key.public_numbers()
    token = Spoiling()
    token.add(
        {
            Attribute.CLASS: ObjectClass.PRIVATE_KEY,
            Attribute.LABEL: LABEL,
            Attribute.ID: b"\x01",
            Attribute.MODULUS: numbers.n.to_bytes(256, "big"),
            Attribute.PUBLIC_EXPONENT: numbers.e.to_bytes(3, "big"),
        }
    )
    held = {Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.VALUE: older}
    token.add({**held, Attribute.LABEL: LABEL})
    token.add({**held, Attribute.LABEL: ISSUER})
    before = list(token.objects)
    with pytest.raises(OpenJpkiError) as refused:
        certificates.write(cast("Session", token), LABEL, newer, older)
    assert refused.value.reason is Reason.KEY_DEVICE_UNAVAILABLE
    assert token.objects == before
    assert certificates.write(cast("Session", token), LABEL, older, older) == (older, older)
