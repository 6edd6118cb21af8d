"""What commands print for programs is what docs/json.md says: fixed keys, and values of their type.

Every test that runs a command with `--output json` compares (tests/support/installation.py); here
are the commands that no other test runs, and files that are not written over.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.cli.arguments import to_pem
from openjpki.cli.exit_codes import ExitCode
from tests.support.installation import CHIYODA, answer, refusal
from tests.support.json_document import documented, fits, require_documented, within

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.installation import RunningInstallation


def test_asked_without_changing_anything(installation: RunningInstallation, tmp_path: Path) -> None:
    resident = installation.issue()
    authority, serial = resident.authority, resident.serial.hex()
    for words in (
        ("authority", "list"),
        ("authority", "evidence", authority, serial),
        ("authority", "certificate", authority, "--to", "authority.pem"),
        ("authority", "receipt-key", "--to", "receipt.pem"),
        ("authority", "publish-crl", authority, "--partition", CHIYODA),
        ("bridge", "pool", "--to", "pool"),
        ("bridge", "pool", "list", "--officer", "officer-1"),
        ("journal", "verify", "ca"),
        ("mesh", "denied", "--service", "ca"),
        ("officer", "list"),
        ("officer", "list", "--proposals"),
        ("receipts", "show", resident.application_id),
        ("register", "generate", "register.csv", "--count", "10"),
        ("responder", "list", authority),
        ("restore", "position", "ca"),
        ("verifier", "list"),
        ("verifier", "check", serial, "77", "--authority", authority),
        ("verifier", "download-crl", CHIYODA, "--authority", authority, "--to", "list.der"),
        ("window", "show", resident.application_id, "--municipality", CHIYODA),
        ("window", "copy", resident.application_id, "--municipality", CHIYODA, "--pdf", "c.pdf"),
        ("window", "guide", "--municipality", CHIYODA, "--pdf", "g.pdf"),
        ("path", "validate", "authority.pem", "--anchor", "authority.pem", "--pool", "pool"),
    ):
        done = installation.cli(*words, cwd=tmp_path)
        assert done.returncode in {ExitCode.OK, ExitCode.NOT_VALID}, (words, done.stderr)
        # And none of these writes over what it has written.
        if files := {"--to", "register.csv", "c.pdf", "g.pdf"} & set(words):
            before = {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()}
            again = refusal(installation.cli(*words, cwd=tmp_path))
            assert again["error"] == "USAGE", files
            assert "--force" in again["message"]
            assert all(one.read_bytes() == octets for one, octets in before.items())
            assert installation.cli(*words, "--force", cwd=tmp_path).returncode == ExitCode.OK


def test_what_changes_something(installation: RunningInstallation, tmp_path: Path) -> None:
    verifier = installation.verifier("json-agency")
    answer(installation.cli("verifier", "put", verifier, "--name", "\u202eA", "--authority", "13"))
    _agree_by_hand(installation, verifier, tmp_path)
    assert answer(installation.cli("verifier", "remove", verifier)) == {"removed": verifier}
    nobody = "spiffe://openjpki.internal/verifier/nobody"
    named = ("--service", "ocsp")
    answer(installation.cli("mesh", "deny", nobody, "--cause", "left", *named))
    answer(installation.cli("mesh", "denied", *named))
    answer(installation.cli("mesh", "allow", nobody, *named))
    for act in ("stop", "resume"):
        answer(installation.cli("authority", act, "signing-27"))
    answer(installation.cli("responder", "request", "signing-13", "--to", "r.pem", cwd=tmp_path))


def _agree_by_hand(installation: RunningInstallation, verifier: str, folder: Path) -> None:
    """Every command of `agreement`, one after another."""
    (folder / "paper.pdf").write_bytes(b"as it was signed")
    of = ("13", verifier)

    def run(command: str, *words: str) -> Any:
        return answer(installation.cli("agreement", command, *words, cwd=folder))

    until = f"{datetime.now(UTC) + timedelta(days=365):%FT%TZ}"
    proposed = run(
        "propose", *of, "--name", "認証株式会社", "--kind", "accredited",
        "--accreditation", "認定第1号", "--accredited-until", until, "--notified-by", "法務部",
        "--way", "lists", "--way", "ocsp-http", "--not-after", until, "--purpose", "本人確認",
        "--safety", "施錠", "--secrecy", "就業規則", "--liability-cap", "10000000",
        "--document", "paper.pdf", "--statuses-per-day", "5000", "--beyond", "report",
    )  # fmt: skip
    assert (proposed["state"], proposed["version"]) == ("proposed", 1)
    assert proposed["ends_at"] == until
    approved = run("approve", *of, "1", "--content", proposed["content_sha256"])
    assert approved["decided_by"].endswith("/governor-officer/signing-13/officer-2")
    assert run("show", *of, "1") == approved
    assert set(run("suspend", *of)) == {"verifier", "authority", "at"}
    assert run("resume", *of, "1")["version"] == 2
    assert run("reject", *of, "2")["state"] == "rejected"
    resumed = run("resume", *of, "1")
    approve = ("approve", *of, "3", "--content", resumed["content_sha256"])
    assert run(*approve)["state"] == "in-force"
    for command in ("agreement", "13"), ("verifier", "--authority", "13"), ("verifier",):
        stands = answer(installation.cli(command[0], "quotas", *command[1:], "--all"))
        of_this = [one for one in stands if one["verifier"] == verifier]
        assert [(one["unit"], one["period"], one["most"]) for one in of_this] == [
            ("statuses", "day", 5000)
        ]
        assert (of_this[0]["beyond"], of_this[0]["standing"]) == ("report", "within")
    run("end", *of)
    states = [one["state"] for one in run("list", "13", "--verifier", verifier)]
    assert states == ["ended", "rejected", "ended"]
    # What the verifier was told, and of others by the authority: a list in either case.
    assert run("usage", "13", "--verifier", verifier) == []
    assert run("quotas", "13") == []
    assert run("statement", "13", "--to", "usage.csv")["file"] == "usage.csv"
    answer(installation.cli("verifier", "usage", "--by-day"))
    told = installation.cli("verifier", "statement", "--format", "pdf", "--to", "u.pdf", cwd=folder)
    assert answer(told)["file"] == "u.pdf"
    lost = refusal(installation.cli("agreement", "resume", *of, "9"))
    assert lost["error"] == "AGREEMENT_NOT_FOUND"


def test_evidence_and_receipts_are_not_written_over(
    installation: RunningInstallation, tmp_path: Path
) -> None:
    resident = installation.issue()
    for words in (
        ("authority", "evidence", resident.authority, resident.serial.hex()),
        ("receipts", "show", resident.application_id),
    ):
        folder = tmp_path / words[0]
        folder.mkdir()
        answer(installation.cli(*words, "--to", str(folder)))
        written = {one: one.read_bytes() for one in folder.iterdir()}
        assert written
        refused = refusal(installation.cli(*words, "--to", str(folder)))
        assert "--force" in refused["message"]
        assert {one: one.read_bytes() for one in folder.iterdir()} == written


def test_a_document_that_is_not_valid_has_the_same_keys(
    installation: RunningInstallation, tmp_path: Path
) -> None:
    """Nothing could be checked but that it can't be read: the keys are there."""
    (tmp_path / "letter.txt").write_text("letter", encoding="utf-8")
    (tmp_path / "letter.p7s").write_bytes(b"0\x00")
    (tmp_path / "authority.pem").write_bytes(to_pem(installation.issue().authority_certificate))
    done = installation.cli(
        "verify", "letter.txt", "letter.p7s", "--authority", "13=authority.pem", cwd=tmp_path
    )
    require_documented(("verify",), done.stdout)
    said = json.loads(done.stdout)
    assert (said["valid"], said["readable"], said["signer"]) == (False, False, None)


def test_the_page_can_be_read() -> None:
    shapes = documented()
    assert len(shapes) > 70
    assert {shape.kind for shape in shapes.values()} == {"object", "array", "lines", "nothing"}
    assert {of for of, _ in within()} <= set(shapes)


@pytest.mark.parametrize(
    ("value", "kind", "right"),
    [
        ("2026-04-01T00:00:00Z", "time", True),
        ("2026-04-01", "time", False),
        ("NOT VALID", "word", False),
        ("ab12", "hex", True),
        ("AB", "hex", False),
        (None, "hex?", True),
        (None, "hex", False),
        ("", "hex?", True),
        (True, "number", False),
        (1, "flag", False),
        ([], "object", False),
    ],
)
def test_types_are_told_apart(value: Any, kind: str, right: bool) -> None:
    assert fits(value, kind) is right
