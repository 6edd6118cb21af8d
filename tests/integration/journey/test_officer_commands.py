"""`openjpki officer`: an officer makes a key, two operators enrol it, renew it and revoke it."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.cli.exit_codes import ExitCode
from openjpki_devkit.embedded.softhsm import SoftHsm, find_module
from tests.support.installation import CHIYODA, answer, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.installation import RunningInstallation


@pytest.fixture
def officer() -> str:
    """An officer nobody has heard of."""
    return f"window-officer/{CHIYODA}/o{uuid.uuid4().hex[:12]}"


@pytest.fixture
def passphrase(tmp_path: Path) -> tuple[str, str]:
    """The option that names the passphrase of the officer's key."""
    file = tmp_path / "passphrase"
    file.write_text("correct horse battery staple\n", encoding="utf-8")
    file.chmod(0o600)
    return "--passphrase-file", str(file)


def run(installation: RunningInstallation, folder: Path, *words: str) -> Any:
    return answer(installation.cli("officer", *words, cwd=folder))


def refused(installation: RunningInstallation, folder: Path, *words: str) -> Any:
    return refusal(installation.cli("officer", *words, cwd=folder))


def test_a_key_file_is_enrolled_renewed_and_revoked(
    installation: RunningInstallation,
    tmp_path: Path,
    officer: str,
    passphrase: tuple[str, str],
) -> None:
    first = run(
        installation, tmp_path,
        "key", officer, "--key", "first.pem", *passphrase, "--request", "first.json",
    )  # fmt: skip
    assert "PRIVATE" not in (tmp_path / "first.json").read_text()
    assert "BEGIN ENCRYPTED PRIVATE KEY" in (tmp_path / "first.pem").read_text()
    too_long = refused(installation, tmp_path, "enrol", "first.json", "--until", "2099-01-01")
    assert (too_long["error"], too_long["field"]) == ("INVALID_FIELD", "not_after")
    proposal = run(installation, tmp_path, "enrol", "first.json")
    assert (proposal["kind"], proposal["officer"]) == ("enrolment", officer)
    waiting = run(installation, tmp_path, "list", "--proposals")
    assert proposal in waiting
    same = refused(
        installation, tmp_path, "approve", proposal["proposal"], "--operator", "operator-1"
    )
    assert same["error"] == "SAME_OFFICER"
    (key,) = run(installation, tmp_path, "approve", proposal["proposal"])
    assert (key["officer"], key["state"]) == (officer, "enrolled")
    assert key["key_sha256"] == first["key_sha256"]

    assert run(installation, tmp_path, "list", "--officer", officer, "--ending-within", "364") == []
    ending = run(installation, tmp_path, "list", "--officer", officer, "--ending-within", "366")
    assert ending == [key]
    second = run(
        installation, tmp_path,
        "key", officer, "--key", "second.pem", *passphrase, "--request", "second.json",
    )  # fmt: skip
    renewal = run(installation, tmp_path, "renew", "second.json")
    assert (renewal["kind"], renewal["replaces"]) == ("renewal", first["key_sha256"])
    run(installation, tmp_path, "approve", renewal["proposal"])
    keys = run(installation, tmp_path, "list", "--officer", officer)
    assert {one["key_sha256"]: one["replaced_by"] for one in keys} == {
        first["key_sha256"]: second["key_sha256"],
        second["key_sha256"]: None,
    }
    ending = run(installation, tmp_path, "list", "--officer", officer, "--ending-within", "366")
    assert [one["key_sha256"] for one in ending] == [second["key_sha256"]]

    revocation = run(installation, tmp_path, "revoke", officer, "--cause", "key-compromise")
    assert (revocation["kind"], revocation["cause"]) == ("revocation", "key-compromise")
    suspended = run(installation, tmp_path, "list", "--officer", officer)
    assert [one["state"] for one in suspended] == ["suspended"] * 2
    lifted = run(installation, tmp_path, "reject", revocation["proposal"])
    assert [one["state"] for one in lifted] == ["enrolled"] * 2
    revocation = run(installation, tmp_path, "revoke", officer, "--cause", "left")
    revoked = run(installation, tmp_path, "approve", revocation["proposal"])
    assert [one["state"] for one in revoked] == ["revoked"] * 2


def test_a_token_signs_for_its_own_key(
    installation: RunningInstallation,
    tmp_path: Path,
    officer: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    device = SoftHsm.create(tmp_path / "reader")
    for name, value in device.environment.items():
        monkeypatch.setenv(name, value)
    pin_file = device.add_token("officer")
    token = (
        "--token", "officer", "--card-module", str(find_module()), "--pin-file", str(pin_file),
    )  # fmt: skip
    made = run(installation, tmp_path, "key", officer, *token, "--request", "ca.json")
    # The same key again, for the other register too.
    again = run(
        installation, tmp_path,
        "key", officer, *token, "--existing", "--to", "ca", "--request", "again.json",
    )  # fmt: skip
    assert again["key_sha256"] == made["key_sha256"]
    proposal = run(installation, tmp_path, "enrol", "again.json")
    (key,) = run(installation, tmp_path, "approve", proposal["proposal"])
    assert key["key_sha256"] == made["key_sha256"]


def test_the_bridge_has_a_register_of_its_own(
    installation: RunningInstallation, tmp_path: Path, passphrase: tuple[str, str]
) -> None:
    officer = f"bridge-officer/bridge/o{uuid.uuid4().hex[:12]}"
    at_bridge = ("--service", "bridge")
    run(
        installation, tmp_path,
        "key", officer, "--key", "key.pem", *passphrase, "--request", "both.json",
        "--to", "ca", "--to", "bridge",
    )  # fmt: skip
    proposal = run(installation, tmp_path, "enrol", "both.json", *at_bridge)
    run(installation, tmp_path, "approve", proposal["proposal"], *at_bridge)
    known = run(installation, tmp_path, "list", "--officer", officer, *at_bridge)
    assert [one["state"] for one in known] == ["enrolled"]
    assert run(installation, tmp_path, "list", "--officer", officer) == []
    # At ca there is no such proposal.
    elsewhere = refused(installation, tmp_path, "approve", proposal["proposal"])
    assert elsewhere["error"] == "OFFICER_PROPOSAL_NOT_FOUND"


def test_a_request_for_another_service_or_of_another_officer_is_refused(
    installation: RunningInstallation,
    tmp_path: Path,
    officer: str,
    passphrase: tuple[str, str],
) -> None:
    run(
        installation, tmp_path,
        "key", officer, "--key", "key.pem", *passphrase, "--request", "ca.json",
    )  # fmt: skip
    nowhere = refused(installation, tmp_path, "enrol", "ca.json", "--service", "bridge")
    assert (nowhere["error"], nowhere["field"]) == ("INVALID_FIELD", "REQUEST")
    record = json.loads((tmp_path / "ca.json").read_text())
    record["officer"] = f"window-officer/{CHIYODA}/officer-1"
    (tmp_path / "forged.json").write_text(json.dumps(record))
    forged = refused(installation, tmp_path, "enrol", "forged.json")
    assert forged["error"] == "EVIDENCE_SIGNATURE_INVALID"
    for content in ("", "{}", "[]", '{"form": "openjpki.officer-request.1"}'):
        (tmp_path / "broken.json").write_text(content)
        broken = refused(installation, tmp_path, "enrol", "broken.json")
        assert (broken["error"], broken["field"]) == ("INVALID_FIELD", "REQUEST")
    taken = installation.cli(
        "officer", "key", officer, "--key", "key.pem", *passphrase, "--request", "x.json",
        cwd=tmp_path,
    )  # fmt: skip
    assert taken.returncode == ExitCode.REFUSED
    assert refusal(taken)["error"] == "KEY_EXISTS"


def test_the_usual_officers_are_known_from_the_first_start(
    installation: RunningInstallation, tmp_path: Path
) -> None:
    usual = f"window-officer/{CHIYODA}/officer-1"
    (key,) = run(installation, tmp_path, "list", "--officer", usual)
    assert key["state"] == "enrolled"
    # A second start changes nothing.
    installation.installation.enrol_usual_officers()
    assert run(installation, tmp_path, "list", "--officer", usual) == [key]
    made = run(
        installation, tmp_path, "key", usual, "--existing", "--request", "again.json",
        "--home", str(installation.home),
    )  # fmt: skip
    assert made["key_sha256"] == key["key_sha256"]
