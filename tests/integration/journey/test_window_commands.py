"""What an officer does at a window beside the nine steps, by commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.installation import CHIYODA, answer, refusal

if TYPE_CHECKING:
    from tests.support.installation import RunningInstallation

AT = ("--municipality", CHIYODA)


def submit(installation: RunningInstallation, row: dict[str, str]) -> Any:
    """What the command says of a resident's application."""
    return installation.cli(
        "window", "submit", *AT, "--name", row["name"], "--romanised-name", row["romanised_name"],
        *attributes_but_name(row),
    )  # fmt: skip


def attributes_but_name(row: dict[str, str]) -> tuple[str, ...]:
    sex = {"1": "male", "2": "female"}[row["sex"]]
    return ("--birth-date", row["birth_date"], "--sex", sex, "--address", row["address"])


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
    assert answer(installation.cli("window", "show", taken, *AT)) == rejected

    again = answer(submit(installation, row))
    assert again["reason"] is again["ended_at"] is None
    withdraw = ("window", "withdraw", again["application"], *AT)
    withdrawn = answer(installation.cli(*withdraw, "--reason", "statement-wrong"))
    assert (withdrawn["state"], withdrawn["reason"]) == ("withdrawn", "statement-wrong")
