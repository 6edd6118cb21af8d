"""What an officer does at a window beside the nine steps, by commands."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader

from openjpki.domain.characters import REPERTOIRE, candidates, split
from tests.support.installation import CHIYODA, answer, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.installation import RunningInstallation

AT = ("--municipality", CHIYODA)


def submit(installation: RunningInstallation, row: dict[str, str], *more: str) -> Any:
    """What the command says of a resident's application."""
    return installation.cli(
        "window", "submit", *AT, "--name", row["name"], "--romanised-name", row["romanised_name"],
        *attributes_but_name(row), *more,
    )  # fmt: skip


def attributes_but_name(row: dict[str, str]) -> tuple[str, ...]:
    sex = {"1": "male", "2": "female"}[row["sex"]]
    return ("--birth-date", row["birth_date"], "--sex", sex, "--address", row["address"])


@pytest.mark.requirement("R2.8")
def test_an_end_has_its_reason(installation: RunningInstallation) -> None:
    row = installation.next_row(CHIYODA)
    taken = answer(submit(installation, row))["application"]
    reject = ("window", "decide", taken, *AT, "--reject", "--officer", "officer-2")
    refused = refusal(installation.cli(*reject))
    assert (refused["error"], refused["field"]) == ("INVALID_FIELD", "--reason")
    refused = refusal(installation.cli(*reject, "--reason", "other"))
    assert (refused["error"], refused["field"]) == ("INVALID_FIELD", "explanation")
    rejected = answer(installation.cli(*reject, "--reason", "other", "--explanation", "写真の相違"))
    assert (rejected["state"], rejected["reason"]) == ("rejected", "other")
    assert (rejected["explanation"], rejected["refusal"]) == ("写真の相違", None)
    shown = answer(installation.cli("window", "show", taken, *AT))
    assert shown.items() >= rejected.items()

    again = answer(submit(installation, row))
    assert again["reason"] is again["ended_at"] is None
    withdraw = ("window", "withdraw", again["application"], *AT)
    withdrawn = answer(installation.cli(*withdraw, "--reason", "statement-wrong"))
    assert (withdrawn["state"], withdrawn["reason"]) == ("withdrawn", "statement-wrong")


def test_an_application_is_found_again_and_read_before_it_is_decided(
    installation: RunningInstallation,
) -> None:
    row = installation.next_row(CHIYODA)
    taken = answer(submit(installation, row))["application"]
    open_already = refusal(submit(installation, row))
    assert open_already["error"] == "APPLICATION_OPEN"
    assert open_already["metadata"]["application_id"] == taken
    assert taken in open_already["next_step"]
    person = ("--name", row["name"], *attributes_but_name(row))
    (found,) = answer(installation.cli("window", "list", *AT, *person))
    assert (found["application"], found["name"]) == (taken, row["name"])
    queue = answer(installation.cli("window", "list", *AT, "--state", "submitted"))
    assert taken in [one["application"] for one in queue]
    assert answer(installation.cli("window", "list", *AT, "--window", "999Z")) == []
    half = refusal(installation.cli("window", "list", *AT, "--name", row["name"]))
    assert (half["error"], half["field"]) == ("INVALID_FIELD", "--name")

    check = ("window", "check-identity", taken, *AT, "--document")
    unknown = refusal(installation.cli(*check, "moon-passport"))
    assert (unknown["error"], unknown["field"]) == ("INVALID_FIELD", "check.document_kind")
    taken_here = answer(installation.cli("window", "documents", *AT))
    kinds = {one["id"]: one for one in taken_here if one["use"] == "--document"}
    assert all(kind in unknown["message"] for kind in kinds)
    assert kinds["passport"]["japanese"] == "旅券"
    card = (*check, "health-insurance-card", "--evidence", "document-and-questions")
    asked = ("--question", "household=right", "--question", "former-address=wrong")
    short = refusal(installation.cli(*card, *asked))
    assert (short["error"], short["field"]) == ("INVALID_FIELD", "check.questions")
    answer(installation.cli(*card, *asked, "--question", "moving-day=right"))
    shown = answer(installation.cli("window", "show", taken, *AT))
    assert (shown["name"], shown["birth_date"]) == (row["name"], row["birth_date"])
    (kept,) = shown["checks"]
    assert (kept["document"], kept["further_documents"]) == ("health-insurance-card", [])
    assert (kept["right"], kept["wrong"]) == (["household", "moving-day"], ["former-address"])
    assert [(one["step"], one["officer"]) for one in shown["history"]] == [
        ("submitted", "officer-1"),
        ("identity-checked", "officer-1"),
    ]
    answer(installation.cli("window", "withdraw", taken, *AT))


def test_who_has_a_character_that_no_certificate_holds_chooses_another(
    installation: RunningInstallation,
) -> None:
    row, position, character = rare(installation)
    refused = refusal(submit(installation, row))
    assert (refused["error"], refused["field"]) == ("NAME_NOT_IN_REPERTOIRE", "attributes.name")
    offered = refused["metadata"]["candidates"]
    assert (refused["metadata"]["position"], list(offered)) == (position, [*candidates(character)])
    chosen = ("--name-substitute", f"{position}={offered[0]}")
    taken = answer(submit(installation, row, *chosen))["application"]
    shown = answer(installation.cli("window", "show", taken, *AT))
    assert shown["registered_name"] == row["name"]
    assert shown["name"] == row["name"].replace(character, offered[0])
    assert shown["registered_address"] is None
    person = ("--name", row["name"], *attributes_but_name(row))
    (found,) = answer(installation.cli("window", "list", *AT, *person))
    assert found["application"] == taken
    answer(installation.cli("window", "withdraw", taken, *AT))


def rare(installation: RunningInstallation) -> tuple[dict[str, str], str, str]:
    """Somebody with one such character in their name; its position, from 1, and itself."""
    for row in installation.rows(CHIYODA):
        outside = [
            (str(position), character)
            for position, character in enumerate(split(row["name"]), start=1)
            if character not in REPERTOIRE
        ]
        if len(outside) == 1 and candidates(outside[0][1]):
            return row, *outside[0]
    raise AssertionError("the register has nobody with one")


def test_a_lost_card_is_revoked_by_who_held_it(installation: RunningInstallation) -> None:
    resident = installation.issue()
    row = resident.row
    person = ("--name", row["name"], *attributes_but_name(row))
    (found,) = answer(installation.cli("window", "certificates", *AT, *person))
    assert (found["serial"], found["state"]) == (resident.serial.hex(), "in-force")
    revoke = ("window", "revoke", *AT, "--serial", found["serial"], "--cause", "key-compromise")
    revoked = answer(installation.cli(*revoke))
    (found,) = answer(installation.cli("window", "certificates", *AT, *person))
    assert (found["state"], found["revoked_at"]) == ("revoked", revoked["revoked_at"])


@pytest.mark.requirement("R2.8")
def test_who_can_t_say_who_they_are_is_turned_down(installation: RunningInstallation) -> None:
    refuse = ("window", "refuse-revocation", *AT, "--asker", "holder")
    reason = ("--reason", "identity-not-shown")
    half = installation.cli(*refuse, *reason, "--document", "passport")
    assert "--evidence" in half.stderr
    assert half.returncode != 0
    shown = ("--evidence", "document-and-questions", "--document", "pension-handbook")
    asked = ("--question", "household=wrong")
    refused = answer(installation.cli(*refuse, *reason, *shown, *asked))
    assert (refused["reason"], refused["asker"]) == ("identity-not-shown", "holder")
    seen = {"document": "pension-handbook", "right": [], "wrong": ["household"]}
    assert refused.items() >= seen.items()
    listed = answer(installation.cli("window", "refused-revocations", *AT))
    assert refused in listed
    unsaid = refusal(installation.cli(*refuse, "--reason", "other"))
    assert (unsaid["error"], unsaid["field"]) == ("INVALID_FIELD", "explanation")


@pytest.mark.requirement("R2.5.4")
def test_the_copy_on_paper_is_of_the_certificate_and_in_the_holder_s_spelling(
    installation: RunningInstallation, tmp_path: Path
) -> None:
    resident = installation.issue()
    row, position, character = rare(installation)
    offered = candidates(character)[0]
    chosen = ("--name-substitute", f"{position}={offered}")
    taken = answer(submit(installation, row, *chosen))["application"]
    early = refusal(installation.cli("window", "copy", taken, *AT, "--pdf", "c.pdf", cwd=tmp_path))
    assert (early["error"], early["message"]) == ("WRONG_STATE", "has no certificate")
    assert list(tmp_path.iterdir()) == []

    copy = ("window", "copy", resident.application_id, *AT, "--pdf", "copy.pdf")
    told = answer(installation.cli(*copy, cwd=tmp_path))
    fingerprint = hashlib.sha256(resident.certificate).hexdigest()
    assert (told["serial"], told["fingerprint"]) == (resident.serial.hex(), fingerprint)
    assert [one.name for one in tmp_path.iterdir()] == ["copy.pdf"]
    (page,) = PdfReader(tmp_path / "copy.pdf").pages
    text = page.extract_text()
    for said in (resident.row["name"], "千代田区", resident.application_id):
        assert said in text
    assert "代替文字" not in text

    copied = _certified(installation, taken, tmp_path)
    (page,) = PdfReader(copied).pages
    text = page.extract_text()
    assert f"{position}文字目の「{offered}」（住民票では「" in text
    assert row["name"].replace(character, offered) in text
    revoked = answer(installation.cli("window", "show", taken, *AT))
    answer(installation.cli("window", "revoke", *AT, "--serial", revoked["serial"]))


def test_the_guide_is_printed_in_both_languages(
    installation: RunningInstallation, tmp_path: Path
) -> None:
    guide = ("window", "guide", *AT, "--pdf")
    told = answer(installation.cli(*guide, "ja.pdf", cwd=tmp_path))
    assert told == {"file": "ja.pdf", "rules": "1", "terms": None}
    answer(installation.cli(*guide, "en.pdf", "--english", cwd=tmp_path))
    said = {"ja.pdf": "直ちに窓口に届け出てください", "en.pdf": "at once"}
    for name, of_loss in said.items():
        (page,) = PdfReader(tmp_path / name).pages
        assert of_loss in page.extract_text()


def _certified(installation: RunningInstallation, taken: str, folder: Path) -> Path:
    """The copy of an application that the other steps are done for."""

    def run(*words: str) -> Any:
        return answer(installation.cli("window", *words, cwd=folder))

    (folder / "passphrase").write_text("of the applicant alone")
    (folder / "passphrase").chmod(0o600)
    run("check-identity", taken, *AT)
    run("make-key", "--key", "k.pem", "--passphrase-file", "passphrase", "--request", "k.p10")
    run("present-key", taken, *AT, "--request", "k.p10")
    run("decide", taken, *AT, "--request", "k.p10", "--officer", "officer-2")
    run("copy", taken, *AT, "--pdf", "theirs.pdf")
    return folder / "theirs.pdf"


def test_a_certificate_is_handed_over(installation: RunningInstallation) -> None:
    application_id = installation.issue().application_id
    words = ("window", "hand-over", application_id, *AT)
    refused = refusal(installation.cli(*words, "--terms", "第一版"))
    assert (refused["error"], refused["field"]) == ("INVALID_FIELD", "terms_version")
    handed = answer(installation.cli(*words, "--terms", "2026-04", "--copy"))
    assert (handed["state"], handed["handed_to"]) == ("handed-over", "applicant")
    assert (handed["medium"], handed["terms"], handed["copy"]) == ("card", "2026-04", True)
    assert handed["closed_because"] is None
    again = refusal(installation.cli(*words))
    assert (again["error"], again["metadata"]["state"]) == ("WRONG_STATE", "handed_over")
    shown = answer(installation.cli("window", "show", application_id, *AT))
    assert shown.items() >= handed.items()
    assert shown["history"][-1]["step"] == "handed-over"

    other = installation.issue().application_id
    on_file = refusal(installation.cli("window", "hand-over", other, *AT, "--medium", "file"))
    assert (on_file["error"], on_file["field"]) == ("INVALID_FIELD", "medium")
    accepted = ("--to", "proxy", "--accepted")
    closed = answer(installation.cli("window", "hand-over", other, *AT, *accepted))
    assert (closed["state"], closed["closed_because"]) == ("closed", "accepted")
