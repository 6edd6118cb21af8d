"""③ ④ and ⑧ with a card: a PKCS#11 token whose key never leaves it."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.cli.card import KEY_LABEL
from openjpki.rpc.identity.private_files import write_private
from openjpki_devkit.embedded.softhsm import SoftHsm, find_module
from tests.support.console import Visitor, running_console
from tests.support.installation import CHIYODA, DRIVERS_LICENCE, answer, form, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.installation import RunningInstallation

LOOK_AT_CERTIFICATES = """
import json, sys
import pkcs11
from pkcs11 import Attribute, ObjectClass
module, token, pin = sys.argv[1:]
with pkcs11.lib(module).get_token(token_label=token).open(user_pin=pin) as session:
    found = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
    print(json.dumps({one[Attribute.LABEL]: bytes(one[Attribute.VALUE]).hex() for one in found}))
"""
LOOK = """
import json, sys
import pkcs11
from pkcs11 import Attribute, ObjectClass
module, token, pin, label = sys.argv[1:]
with pkcs11.lib(module).get_token(token_label=token).open(user_pin=pin) as session:
    (key,) = session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})
    said = {
        name: key[getattr(Attribute, name)]
        for name in ("SENSITIVE", "EXTRACTABLE", "ALWAYS_SENSITIVE", "NEVER_EXTRACTABLE", "TOKEN")
    }
    said["label"] = key[Attribute.LABEL]
    try:
        said["exponent"] = len(key[Attribute.PRIVATE_EXPONENT])
    except pkcs11.PKCS11Error as error:
        said["exponent"] = type(error).__name__
print(json.dumps(said))
"""


@pytest.mark.requirement("R2.3.1", "R2.3.3", "R1.2.3", "R1.2.8")
def test_a_key_made_on_the_card_signs_there_and_cannot_be_taken_out(
    installation: RunningInstallation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = SoftHsm.create(tmp_path / "reader")
    for name, value in device.environment.items():
        monkeypatch.setenv(name, value)
    pin_file = device.add_token("card")
    card = ("--card", "card", "--card-module", str(find_module()), "--pin-file", str(pin_file))
    here = {"cwd": tmp_path}

    answer(installation.cli("window", "make-key", "--request", "user.p10", *card, **here))
    row = installation.next_row(CHIYODA)
    at_window = ("--municipality", CHIYODA)
    submitted = installation.cli(
        "window", "submit", *at_window, "--name", row["name"], "--address", row["address"],
        "--birth-date", row["birth_date"], "--romanised-name", row["romanised_name"],
        "--sex", "male" if row["sex"] == "1" else "female",
    )  # fmt: skip
    application = answer(submitted)["application"]
    answer(installation.cli("window", "check-identity", application, *at_window))
    presented = ("present-key", application, *at_window, "--request", "user.p10")
    answer(installation.cli("window", *presented, **here))
    files = ("--request", "user.p10", "--certificate", "user.pem", "--authority", "authority.pem")
    answer(installation.cli("window", "decide", application, *at_window, *files, **here))

    (tmp_path / "letter.txt").write_text("転入届", encoding="utf-8")
    answer(installation.cli("sign", "letter.txt", "--certificate", "user.pem", *card, **here))
    verified = installation.cli(
        "verify", "letter.txt", "letter.txt.p7s", "--authority", "13=authority.pem", **here
    )
    assert answer(verified)["signer"]["name"] == row["name"]

    # The card makes one key pair for signing and keeps it.
    again = installation.cli("window", "make-key", "--request", "new.p10", *card, **here)
    assert refusal(again)["error"] == "KEY_EXISTS"
    pin = pin_file.read_text().strip()
    looked = subprocess.run(
        [sys.executable, "-c", LOOK, str(find_module()), "card", pin, KEY_LABEL],
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(looked.stdout)
    assert said == {
        "SENSITIVE": True,
        "EXTRACTABLE": False,
        "ALWAYS_SENSITIVE": True,
        "NEVER_EXTRACTABLE": True,
        "TOKEN": True,
        "label": KEY_LABEL,
        "exponent": "AttributeSensitive",
    }


@pytest.mark.requirement("R2.4.2", "R1.2.7")
def test_both_certificates_are_written_to_the_card_and_handed_over(
    installation: RunningInstallation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = SoftHsm.create(tmp_path / "reader")
    for name, value in device.environment.items():
        monkeypatch.setenv(name, value)
    pin_file = device.add_token("card")
    card = ("--card", "card", "--card-module", str(find_module()), "--pin-file", str(pin_file))
    here = {"cwd": tmp_path}
    answer(installation.cli("window", "make-key", "--request", "user.p10", *card, **here))
    resident = installation.issue(key=(tmp_path / "user.p10").read_bytes())
    application, at_window = resident.application_id, ("--municipality", CHIYODA)
    for name in ("signing-13", "signing-27"):
        got = installation.cli("authority", "certificate", name, "--to", f"{name}.pem", **here)
        answer(got)
    write = ("window", "write-card", application, *at_window, *card)
    trusting = ("--authority", "signing-13=signing-13.pem")

    # Whose certificate it is not, and a card that has another key.
    stranger = installation.cli(*write, "--authority", "27=signing-27.pem", **here)
    assert refusal(stranger)["field"] == "--authority"
    posing = installation.cli(*write, "--authority", "13=signing-27.pem", **here)
    assert refusal(posing)["error"] == "CERTIFICATE_REFUSED"
    other = installation.issue().application_id
    of_other = ("window", "write-card", other, *at_window, *card, *trusting)
    assert refusal(installation.cli(*of_other, **here))["error"] == "CERTIFICATE_REFUSED"

    def on_card() -> dict[str, bytes]:
        words = [str(find_module()), "card", pin_file.read_text().strip()]
        looked = subprocess.run(
            [sys.executable, "-c", LOOK_AT_CERTIFICATES, *words],
            capture_output=True,
            text=True,
            check=True,
        )
        return {label: bytes.fromhex(value) for label, value in json.loads(looked.stdout).items()}

    assert on_card() == {}
    for _ in range(2):
        written = answer(installation.cli(*write, *trusting, **here))
        assert written["serial"] == resident.serial.hex()
        assert on_card() == {
            KEY_LABEL: resident.certificate,
            f"issuer of {KEY_LABEL}": resident.authority_certificate,
        }
    for paper in ("copy", application), ("guide",):
        pdf = f"{paper[0]}.pdf"
        answer(installation.cli("window", *paper, *at_window, "--pdf", pdf, **here))
        assert (tmp_path / pdf).read_bytes().startswith(b"%PDF")
    handed = ("hand-over", application, *at_window, "--terms", "2026-04", "--copy")
    told = answer(installation.cli("window", *handed))
    assert (told["medium"], told["copy"], told["terms"]) == ("card", True, "2026-04")


@pytest.mark.requirement("R2.3.3", refuses=True)
def test_a_card_does_nothing_without_its_pin(
    installation: RunningInstallation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = SoftHsm.create(tmp_path / "reader")
    for name, value in device.environment.items():
        monkeypatch.setenv(name, value)
    device.add_token("card")
    wrong = tmp_path / "wrong.pin"
    wrong.write_text("000000-not-the-pin")
    wrong.chmod(0o600)
    done = installation.cli(
        "window", "make-key", "--request", "user.p10", "--card", "card",
        "--card-module", str(find_module()), "--pin-file", str(wrong), cwd=tmp_path,
    )  # fmt: skip
    assert refusal(done)["error"] == "KEY_CREDENTIAL_REFUSED"
    assert not (tmp_path / "user.p10").exists()
    neither = installation.cli("window", "make-key", "--request", "user.p10", cwd=tmp_path)
    assert refusal(neither)["field"] == "--key"


@pytest.mark.requirement("R2.3.1b")
def test_a_registered_generator_says_where_it_put_a_key(
    installation: RunningInstallation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = SoftHsm.create(tmp_path / "reader")
    for name, value in device.environment.items():
        monkeypatch.setenv(name, value)
    pin_file = device.add_token("card")
    card = ("--card", "card", "--card-module", str(find_module()), "--pin-file", str(pin_file))
    here, at_window = {"cwd": tmp_path}, ("--municipality", CHIYODA)
    write_private(tmp_path / "passphrase", b"of the device alone\n")
    secret, generator = ("--passphrase-file", "passphrase"), f"key-generator/{CHIYODA}/counter-1"

    def officer(*words: str) -> Any:
        return answer(installation.cli("officer", *words, **here))

    at_registration = ("--service", "registration")
    made = ("--key", "device.pem", *secret, "--to", "registration", "--request", "device.json")
    officer("key", generator, *made)
    proposal = officer("enrol", "device.json", *at_registration)["proposal"]
    (enrolled,) = officer("approve", proposal, *at_registration)
    assert enrolled["officer"] == generator

    application = _checked(installation)
    attesting = (
        "--application", application, "--generator", generator, "--generator-key", "device.pem",
        "--generator-passphrase-file", "passphrase",
    )  # fmt: skip
    make = ("window", "make-key", *attesting)
    present = ("window", "present-key", application, *at_window)
    # This installation's rules let no key be in a file.
    filed = ("--key", "f.pem", *secret, "--request", "f.p10", "--attestation", "f.json")
    answer(installation.cli(*make, *filed, **here))
    done = installation.cli(*present, "--request", "f.p10", "--attestation", "f.json", **here)
    assert refusal(done)["field"] == "attestation.medium"
    told = ("--request", "user.p10", "--attestation", "user.json")
    # A slip is told before the card has made its one key.
    slip = ("window", "make-key", "--application", application[:-1], *attesting[2:])
    assert refusal(installation.cli(*slip, *card, *told, **here))["field"] == "--application"
    key = answer(installation.cli(*make, *card, *told, **here))
    # What the device said of one key is nothing of another.
    mixed = installation.cli(*present, "--request", "f.p10", "--attestation", "user.json", **here)
    assert refusal(mixed)["error"] == "EVIDENCE_SIGNATURE_INVALID"
    answer(installation.cli(*present, *told, **here))
    shown = answer(installation.cli("window", "show", application, *at_window))
    assert (shown["generator"], shown["key_medium"]) == (generator, "card")
    assert shown["key_sha256"] == key["fingerprint"]
    assert shown["card_serial"]
    # The second officer's page has it too.
    with running_console(installation.home, CHIYODA, "officer-2") as console:
        visitor = Visitor(console.stdout)
        visitor.enter()
        page = visitor.page(f"/applications/{application}")
    assert f"<td>{generator}</td>" in page
    assert f"<td>{shown['card_serial']}</td>" in page
    (tmp_path / "broken.json").write_text("{")
    broken = installation.cli(
        *present, "--request", "user.p10", "--attestation", "broken.json", **here
    )
    assert refusal(broken)["field"] == "--attestation"
    unsaid = installation.cli(
        "window", "make-key", *card, "--request", "n.p10", "--attestation", "n"
    )
    assert refusal(unsaid)["field"] == "--application"


def _checked(installation: RunningInstallation) -> str:
    """An application that waits for its key."""
    row = installation.next_row(CHIYODA)
    with installation.window(CHIYODA) as window:
        taken = window.SubmitApplication(form(row)).application.application_id
        window.RecordIdentityCheck(
            pb.RecordIdentityCheckRequest(
                request_id=str(uuid.uuid4()),
                municipality_code=CHIYODA,
                application_id=taken,
                check=DRIVERS_LICENCE,
            )
        )
    return taken
