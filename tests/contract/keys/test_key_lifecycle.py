"""Keys come into being once, are found again, and go when told."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.keys.port import KeyBackend
    from tests.support.key_places import KeyPlace

TOKYO = "authority/signing-13/1"


def refused(reason: Reason) -> pytest.RaisesExc[OpenJpkiError]:
    return pytest.RaisesExc(OpenJpkiError, check=lambda error: error.reason is reason)


def test_a_new_place_is_empty(backend: KeyBackend) -> None:
    assert backend.labels() == []
    with refused(Reason.KEY_NOT_FOUND):
        backend.open(TOKYO)
    with refused(Reason.KEY_NOT_FOUND):
        backend.destroy(TOKYO)


@pytest.mark.requirement("R9.1.1")
@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_the_public_key_has_the_size_asked_for(backend: KeyBackend, bits: int) -> None:
    key = backend.generate(TOKYO, bits)
    public = load_der_public_key(key.spki_der)
    assert isinstance(public, rsa.RSAPublicKey)
    assert (key.label, key.bits, public.key_size) == (TOKYO, bits, bits)
    assert public.public_numbers().e == 65537
    assert len(key.sign(b"message")) == bits // 8


@pytest.mark.requirement("R9.1.1")
@pytest.mark.parametrize("bits", [0, 512, 1024, 2047, 2056, 8192])
def test_other_sizes_are_refused_and_leave_nothing(backend: KeyBackend, bits: int) -> None:
    with refused(Reason.KEY_SIZE_REFUSED):
        backend.generate(TOKYO, bits)
    assert backend.labels() == []


def test_labels_are_listed_in_order_and_name_different_keys(backend: KeyBackend) -> None:
    names = ["responder/signing-13/1", "authority/signing-27/1", "authority/signing-13/2", TOKYO]
    publics = {backend.generate(name, 2048).spki_der for name in names}
    assert len(publics) == len(names)
    assert backend.labels() == sorted(names)


def test_a_key_is_the_same_after_a_restart(place: KeyPlace) -> None:
    made = place.open().generate(TOKYO, 2048)
    spki, signature = made.spki_der, made.sign(b"message")
    place.close()
    found = place.open().open(TOKYO)
    assert found.spki_der == spki
    assert found.sign(b"message") == signature


def test_a_key_is_never_replaced(place: KeyPlace) -> None:
    spki = place.open().generate(TOKYO, 2048).spki_der
    for again in (place.opened[0], place.open()):
        with refused(Reason.KEY_EXISTS):
            again.generate(TOKYO, 3072)
    assert place.open().open(TOKYO).spki_der == spki


def test_of_three_who_make_the_same_key_one_succeeds(place: KeyPlace) -> None:
    backends = [place.open() for _ in range(3)]
    made: list[bytes] = []
    reasons: list[Reason] = []

    def make(backend: KeyBackend) -> None:
        try:
            made.append(backend.generate(TOKYO, 2048).spki_der)
        except OpenJpkiError as error:
            reasons.append(error.reason)

    threads = [threading.Thread(target=make, args=(backend,)) for backend in backends]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reasons == [Reason.KEY_EXISTS] * 2
    assert [place.open().open(TOKYO).spki_der] == made


def test_a_destroyed_key_is_gone_and_its_label_free(place: KeyPlace) -> None:
    backend = place.open()
    old = backend.generate(TOKYO, 2048).spki_der
    other = backend.generate("authority/signing-27/1", 2048).spki_der
    backend.destroy(TOKYO)
    assert backend.labels() == ["authority/signing-27/1"]
    for somebody in (backend, place.open()):
        with refused(Reason.KEY_NOT_FOUND):
            somebody.open(TOKYO)
    assert backend.generate(TOKYO, 2048).spki_der != old
    assert backend.open("authority/signing-27/1").spki_der == other


@pytest.mark.parametrize(
    "label",
    [
        "",
        "authority",
        "authority/signing-13",
        "authority/signing-13/0",
        "authority/signing-13/01",
        "authority/signing-13/1/1",
        "authority/signing-13/1\n",
        "Authority/13/1",
        "authority/../1",
        "authority/1.3/1",
        "authority//1",
        "../13/1",
        "authority/signing-13/1000000",
        "authority/" + "a" * 33 + "/1",
        "authority/東京/1",
        "authority/signing-13/１",
    ],
)
def test_what_is_no_label_is_refused_everywhere(backend: KeyBackend, label: str) -> None:
    for act in (
        lambda: backend.open(label),
        lambda: backend.generate(label, 2048),
        lambda: backend.destroy(label),
    ):
        with refused(Reason.INVALID_FIELD):
            act()
    assert backend.labels() == []
