"""A process killed while it makes a key leaves a whole key or none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.choose_backend import KeySettings, choose_backend
from openjpki.keys.pkcs11.request import AdminRequest, Operation
from openjpki.keys.software.key_file import UNFINISHED
from openjpki_devkit.embedded.softhsm import find_module
from tests.support.key_places import pkcs11_place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openjpki.keys.port import KeyBackend

TOKYO = "authority/signing-13/1"
ROUNDS = 12

MAKE_IN_FILE = """
import sys
from pathlib import Path
from openjpki.keys.choose_backend import KeySettings, choose_backend
settings = KeySettings(
    "software", directory=Path(sys.argv[1]), passphrase_file=Path(sys.argv[2])
)
choose_backend(settings).generate(sys.argv[3], 2048)
"""


def killed_after(seconds: float, command: list[str], stdin: bytes = b"") -> float | None:
    """How long it took if the end came before the kill."""
    began = time.monotonic()
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert process.stdin is not None
    process.stdin.write(stdin)
    process.stdin.close()
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
        return time.monotonic() - began
    process.kill()
    return None if process.wait() == -signal.SIGKILL else time.monotonic() - began


def kills_during(
    whole: float, command: list[str], looked: Callable[[], None], stdin: bytes = b""
) -> int:
    """How many of so many kills came before the end, spread over the ``whole`` seconds of the act
    and beyond; after each it is looked what is left."""
    kills = 0
    for turn in range(ROUNDS):
        took = killed_after(whole * (0.3 + turn / ROUNDS), command, stdin)
        if took is None:
            kills += 1
        else:
            # Primes are found sooner or later, and the first time the machine was busy perhaps.
            whole = min(whole, took)
        looked()
    return kills


def whole_or_none(backend: KeyBackend) -> bool:
    """Whether the key is there, having made sure that it is not half there."""
    listed = backend.labels() == [TOKYO]
    if listed:
        assert len(backend.open(TOKYO).sign(b"message")) == 256
        with pytest.raises(OpenJpkiError) as caught:
            backend.generate(TOKYO, 2048)
        assert caught.value.reason is Reason.KEY_EXISTS
    else:
        assert backend.labels() == []
        with pytest.raises(OpenJpkiError) as caught:
            backend.open(TOKYO)
        assert caught.value.reason is Reason.KEY_NOT_FOUND
    return listed


def test_killed_while_making_a_key_on_a_token(tmp_path: Path) -> None:
    place = pkcs11_place(tmp_path)
    backend = place.open()
    request = AdminRequest(
        Operation.GENERATE,
        str(find_module()),
        str(place.settings.token_label),
        place.secret_file.read_text().strip(),
        TOKYO,
        2048,
    ).to_json()
    command = [sys.executable, "-m", "openjpki.keys.pkcs11.admin"]
    began = time.monotonic()
    backend.generate(TOKYO, 2048)
    whole = time.monotonic() - began
    backend.destroy(TOKYO)

    def looked() -> None:
        if whole_or_none(backend):
            backend.destroy(TOKYO)

    assert kills_during(whole, command, looked, bytes(request))
    key = backend.generate(TOKYO, 2048)
    assert backend.open(TOKYO).spki_der == key.spki_der
    place.close()


def test_killed_while_making_a_key_in_a_file(software_settings: KeySettings) -> None:
    directory, passphrase = software_settings.directory, software_settings.passphrase_file
    assert directory is not None
    command = [sys.executable, "-c", MAKE_IN_FILE, str(directory), str(passphrase), TOKYO]
    backend = choose_backend(software_settings)
    began = time.monotonic()
    subprocess.run(command, check=True)
    whole = time.monotonic() - began
    backend.destroy(TOKYO)

    def looked() -> None:
        if whole_or_none(backend):
            backend.destroy(TOKYO)
        leftovers = [entry.name for entry in directory.iterdir()]
        assert all(name.startswith(UNFINISHED) for name in leftovers)

    assert kills_during(whole, command, looked)
    assert backend.generate(TOKYO, 2048).label == TOKYO


def test_an_old_unfinished_file_is_taken_away(software_settings: KeySettings) -> None:
    directory = software_settings.directory
    assert directory is not None
    old, young = directory / f"{UNFINISHED}old", directory / f"{UNFINISHED}young"
    for file in (old, young):
        file.write_bytes(b"half a key")
    two_hours_ago = time.time() - 7200
    os.utime(old, (two_hours_ago, two_hours_ago))
    backend = choose_backend(software_settings)
    backend.generate(TOKYO, 2048)
    assert not old.exists()
    assert young.exists()
    assert backend.labels() == [TOKYO]


def test_a_directory_that_vanishes_is_unavailable_and_comes_back(
    software_settings: KeySettings,
) -> None:
    directory = software_settings.directory
    assert directory is not None
    backend = choose_backend(software_settings)
    key = backend.generate(TOKYO, 2048)
    directory.rename(directory.with_name("away"))
    for act in (
        lambda: backend.open(TOKYO),
        backend.labels,
        lambda: backend.generate("authority/signing-27/1", 2048),
        lambda: backend.destroy(TOKYO),
    ):
        with pytest.raises(OpenJpkiError) as caught:
            act()
        assert caught.value.reason is Reason.KEY_DEVICE_UNAVAILABLE
    assert key.sign(b"message")  # it is in memory
    directory.with_name("away").rename(directory)
    assert backend.open(TOKYO).spki_der == key.spki_der
