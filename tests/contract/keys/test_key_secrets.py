"""Credentials are checked, and neither they nor private keys come out anywhere."""

from __future__ import annotations

import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.keys.port import KeyBackend
    from tests.support.key_places import KeyPlace

TOKYO = "authority/signing-13/1"


def everything_said(error: BaseException) -> str:
    """The error and its causes, as a log would write them, values of attributes included."""
    shown = "".join(traceback.format_exception(error))
    return shown + repr(vars(error)) + repr(error.__cause__)


def test_a_wrong_credential_opens_nothing(place: KeyPlace) -> None:
    place.open().generate(TOKYO, 2048)
    place.close()
    stranger = place.open_with_wrong_secret()
    with pytest.raises(OpenJpkiError) as caught:
        stranger.open(TOKYO)
    assert caught.value.reason is Reason.KEY_CREDENTIAL_REFUSED
    assert not caught.value.reason.retryable
    for secret in place.secrets:
        assert secret not in everything_said(caught.value)
    # The rightful user is not locked out by it.
    assert place.open().open(TOKYO).sign(b"message")


def test_a_wrong_credential_is_refused_while_the_right_one_is_in_use(place: KeyPlace) -> None:
    key = place.open().generate(TOKYO, 2048)
    with pytest.raises(OpenJpkiError) as caught:
        place.open_with_wrong_secret().open(TOKYO)
    assert caught.value.reason is Reason.KEY_CREDENTIAL_REFUSED
    assert key.sign(b"message")


def test_the_secret_is_read_from_a_closed_file_only(place: KeyPlace) -> None:
    place.open().generate(TOKYO, 2048)
    place.close()
    place.secret_file.chmod(0o644)
    with pytest.raises(OpenJpkiError) as caught:
        place.open().open(TOKYO)
    assert caught.value.reason is Reason.KEY_STORE_UNSAFE
    place.secret_file.chmod(0o600)
    assert place.open().open(TOKYO)


@pytest.mark.parametrize("content", [b"", b"\n", b"\nsecret\n", b"x" * 1025])
def test_an_unusable_secret_file_is_refused(place: KeyPlace, content: bytes) -> None:
    place.wrong_secret_file.write_bytes(content)
    with pytest.raises(OpenJpkiError) as caught:
        place.open_with_wrong_secret().generate(TOKYO, 2048)
    assert caught.value.reason is Reason.KEY_STORE_UNSAFE


def test_a_missing_secret_file_is_named(place: KeyPlace) -> None:
    place.wrong_secret_file.unlink()
    with pytest.raises(OpenJpkiError) as caught:
        place.open_with_wrong_secret().generate(TOKYO, 2048)
    assert caught.value.reason is Reason.KEY_STORE_UNSAFE
    assert caught.value.field == "wrong"


def test_no_process_shows_the_secret_in_its_arguments_or_environment(place: KeyPlace) -> None:
    secret = place.secret_file.read_text().strip().encode()
    backend = place.open()
    done = threading.Event()

    def make() -> None:
        try:
            backend.generate(TOKYO, 4096)
        finally:
            done.set()

    maker = threading.Thread(target=make)
    maker.start()
    looks = 0
    while not done.is_set():
        for process in Path("/proc").glob("[0-9]*"):
            for page in ("cmdline", "environ"):
                try:
                    assert secret not in (process / page).read_bytes()
                except OSError:
                    continue  # ended meanwhile
        looks += 1
    maker.join()
    assert looks
    assert backend.labels() == [TOKYO]


def test_a_key_shows_its_label_and_nothing_else(backend: KeyBackend) -> None:
    key = backend.generate(TOKYO, 2048)
    assert repr(key) == "CoreSigningKey('authority/signing-13/1', bits=2048)"
