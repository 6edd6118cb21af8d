"""The administration process: what crosses the pipe, and what comes of its failures."""

from __future__ import annotations

import ctypes.util
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.pkcs11 import admin_client
from openjpki.keys.pkcs11.admin_client import administer
from openjpki.keys.pkcs11.request import AdminAnswer, AdminRequest, Operation
from openjpki_devkit.embedded.softhsm import find_module
from tests.support.key_places import pkcs11_place

if TYPE_CHECKING:
    from collections.abc import Callable

PIN = "1234-secret"


def request(module_path: str = "/nowhere/module.so", on: str = "none") -> AdminRequest:
    return AdminRequest(Operation.GENERATE, module_path, on, PIN, "authority/signing-13/1", 2048)


def test_requests_and_answers_cross_the_pipe_unchanged() -> None:
    assert AdminRequest.from_json(bytes(request().to_json())) == request()
    answer = AdminAnswer(found=("authority/signing-13/1", "responder/signing-13/1"))
    assert AdminAnswer.from_json(answer.to_json().encode()).result() == answer.found


def test_a_refusal_is_raised_again_on_this_side() -> None:
    refusal = AdminAnswer.of_error(OpenJpkiError(Reason.KEY_EXISTS, "there is a key"))
    with pytest.raises(OpenJpkiError, match="there is a key") as caught:
        AdminAnswer.from_json(refusal.to_json().encode()).result()
    assert caught.value.reason is Reason.KEY_EXISTS


def test_a_request_is_shown_without_its_pin() -> None:
    assert PIN not in repr(request())


def missing_library() -> str:
    return "/nowhere/module.so"


def other_library() -> str:
    name = ctypes.util.find_library("m")
    assert name
    return next(str(path) for path in Path("/usr/lib").rglob(name))


def no_library() -> str:
    return str(Path(__file__))


@pytest.mark.parametrize("module", [missing_library, other_library, no_library])
def test_what_is_no_pkcs11_module_is_unavailable(module: Callable[[], str]) -> None:
    with pytest.raises(OpenJpkiError) as caught:
        administer(request(module()))
    assert caught.value.reason is Reason.KEY_DEVICE_UNAVAILABLE
    assert PIN not in str(caught.value)


def test_a_token_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    pkcs11_place(tmp_path)
    with pytest.raises(OpenJpkiError, match="no token labelled absent") as caught:
        administer(request(str(find_module()), "absent"))
    assert caught.value.reason is Reason.KEY_DEVICE_UNAVAILABLE


@pytest.mark.parametrize(
    "program",
    [
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "print('not an answer')",
        "import time; time.sleep(60)",
    ],
    ids=["crashes", "babbles", "hangs"],
)
def test_a_process_without_an_answer_is_an_unavailable_device(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_client, "_COMMAND", (sys.executable, "-c", program))
    monkeypatch.setattr(admin_client, "_LONGEST", 2.0)
    with pytest.raises(OpenJpkiError) as caught:
        administer(request())
    assert caught.value.reason is Reason.KEY_DEVICE_UNAVAILABLE
    assert PIN not in str(caught.value)


def test_the_signing_process_never_loads_the_other_library(tmp_path: Path) -> None:
    place = pkcs11_place(tmp_path)
    program = f"""
import sys
from pathlib import Path
from openjpki.keys.choose_backend import KeySettings, choose_backend
backend = choose_backend(KeySettings("pkcs11", module_path=Path({str(find_module())!r}),
    token_label={place.settings.token_label!r}, pin_file=Path({str(place.secret_file)!r})))
backend.generate("authority/signing-13/1", 2048).sign(b"message")
backend.destroy(backend.labels()[0])
assert not [name for name in sys.modules if name.split(".")[0] == "pkcs11"]
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_module_that_the_other_library_uses_is_left_alone(tmp_path: Path) -> None:
    place = pkcs11_place(tmp_path)
    program = f"""
import pkcs11
from openjpki import signer_core
token = pkcs11.lib({str(find_module())!r}).get_token(token_label={place.settings.token_label!r})
pin = open({str(place.secret_file)!r}).read().strip()
with token.open(user_pin=pin) as session:
    for _ in range(2):
        try:
            signer_core.Pkcs11Token(
                {str(find_module())!r}, {place.settings.token_label!r}, pin.encode()
            )
        except signer_core.DeviceUnavailableError:
            session.generate_random(64)  # its session lives on
        else:
            raise SystemExit("two libraries in one process")
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_refused_pin_is_not_tried_again(tmp_path: Path) -> None:
    place = pkcs11_place(tmp_path)
    for first in ("open", "labels"):
        backend = place.open_with_wrong_secret()
        acts = {"open": lambda: backend.open("authority/signing-13/1"), "labels": backend.labels}  # noqa: B023
        before = place.wrong_secret_file.read_text()
        with pytest.raises(OpenJpkiError):
            acts[first]()
        # Even the right one: tokens count tries, and only an operator knows that it is right.
        place.wrong_secret_file.write_text(place.secret_file.read_text())
        for act in acts.values():
            with pytest.raises(OpenJpkiError) as caught:
                act()
            assert caught.value.reason is Reason.KEY_CREDENTIAL_REFUSED
        place.wrong_secret_file.write_text(before)
