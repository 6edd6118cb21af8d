"""What happens to a device, and what its users see of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.keys.conftest import Device

UNAVAILABLE = "KEY_DEVICE_UNAVAILABLE retryable"


def test_a_crowd_signs_while_keys_come_and_go(device: Device) -> None:
    said = device.run("crowd.py", "300")
    assert said["signed"] == 16 * 300
    assert said["made"] >= 1


def test_a_device_that_vanishes_is_unavailable_and_comes_back(device: Device) -> None:
    said = device.run("vanishing.py", str(device.softhsm.tokens))
    assert said["before"] == "ok"
    assert said["away"] == {
        act: [UNAVAILABLE] * 3 for act in ("sign", "open", "labels", "generate", "destroy")
    }
    # The first calls may fall into the pause between two attempts to start the module again.
    assert said["back"][-1] == "ok"
    assert set(said["back"][:-1]) <= {UNAVAILABLE}
    assert said["same signature"] is True
    assert said["labels"] == ["authority/signing-13/1"]
    assert said["emptied"] == [UNAVAILABLE] * 3
    assert said["refilled"][-1] == "ok"
    assert set(said["under load"]) == {"ok", UNAVAILABLE}
    assert said["after"][-1] == "ok"


def test_leftovers_of_a_killed_process_are_no_keys_and_are_cleared(device: Device) -> None:
    said = device.run("leftovers.py")
    assert said["listed before"] == []
    assert said["listed after"] == ["authority/signing-13/1"]
    assert said["objects"] == [
        "private TLS of the front desk",
        "private authority/signing-13/1",
        "private unfinished:1799999940:authority/signing-13/1",
        "public TLS of the front desk",
        "public authority/signing-13/1",
        "public unfinished:1799999940:authority/signing-13/1",
    ]
    assert said["again"] == "KEY_EXISTS"
    assert said["listed with twin"] == ["authority/signing-13/1"]
    assert said["destroy a twin"] == "INTERNAL"
    assert said["private keys of that name"] == 2


def test_a_private_key_does_not_leave_its_token(device: Device) -> None:
    said = device.run("leftovers.py")
    assert said["usages"] == {
        "SENSITIVE": True,
        "EXTRACTABLE": False,
        "ALWAYS_SENSITIVE": True,
        "NEVER_EXTRACTABLE": True,
        "TOKEN": True,
        "PRIVATE": True,
        "SIGN": True,
        "DECRYPT": False,
        "UNWRAP": False,
    }
    assert set(said["secret parts"].values()) == {"AttributeSensitive"}


def test_a_changed_pin_is_refused_once_and_never_tried_again(device: Device) -> None:
    said = device.run("changed_pin.py", str(device.softhsm.tokens))
    seen = said["seen"]
    assert seen[-1] == "KEY_CREDENTIAL_REFUSED"
    first = seen.index("KEY_CREDENTIAL_REFUSED")
    assert set(seen[:first]) <= {"KEY_DEVICE_UNAVAILABLE"}
    assert set(seen[first:]) == {"KEY_CREDENTIAL_REFUSED"}
    assert said["renewed"] == 256
