"""Change notices by commands: the key given, a file sent in two goes, the month reconciled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.window import JAPAN
from tests.support.installation import CHIYODA, answer, refusal
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.installation import RunningInstallation


def write(file: Path, rows: list[tuple[int, str, datetime]]) -> Path:
    lines = [f"{number},{resident},{at:%FT%TZ}" for number, resident, at in rows]
    file.write_text("\n".join(["sequence,resident_id,noticed_at", *lines]), encoding="utf-8")
    return file


@pytest.mark.requirement("R3.1.2a", "R3.1.2d")
def test_a_register_sends_resumes_and_reconciles(
    installation: RunningInstallation, tmp_path: Path
) -> None:
    resident = installation.issue()
    key = tmp_path / "register.key"
    given = answer(installation.cli("register", "link-key", CHIYODA, "--to", str(key)))
    assert given == {"municipality": CHIYODA, "key_file": str(key)}
    assert key.stat().st_mode & 0o777 == 0o600
    again = refusal(installation.cli("register", "link-key", CHIYODA, "--to", str(key)))
    assert (again["error"], again["field"]) == ("KEY_EXISTS", "--to")

    def notify(file: Path) -> dict[str, object]:
        done = installation.cli("register", "notify", CHIYODA, str(file), "--key", str(key))
        sent: dict[str, object] = answer(done)
        return sent

    # Whoever has no certificate is no news; and the row's time is after the application.
    without = [row["resident_id"] for row in installation.rows(CHIYODA)[-3:]]
    now = datetime.now(UTC) + timedelta(seconds=2)
    rows = [(number, one, now) for number, one in enumerate(without, 1)]
    first = notify(write(tmp_path / "first.csv", rows))
    assert (first["sent"], first["taken_before"], first["position"]) == (3, 0, 3)
    rows.append((4, resident.row["resident_id"], now))
    second = notify(write(tmp_path / "second.csv", rows))
    assert (second["sent"], second["taken_before"], second["position"]) == (1, 3, 4)

    gap = write(tmp_path / "gap.csv", [(9, without[0], now)])
    refused = refusal(installation.cli("register", "notify", CHIYODA, str(gap), "--key", str(key)))
    assert (refused["error"], refused["metadata"]["expected"]) == ("NOTICE_GAP", "5")
    gap.write_text("sequence,resident_id,noticed_at\n5,not a number,2027-03-25T00:00:00Z\n")
    refused = refusal(installation.cli("register", "notify", CHIYODA, str(gap), "--key", str(key)))
    assert (refused["field"], refused["metadata"]["line"]) == ("resident_id", "2")
    assert "not a number" not in str(refused)

    month = f"{now.astimezone(JAPAN):%Y-%m}"

    def reconciled() -> dict[str, object]:
        found: dict[str, object] = answer(
            installation.cli("register", "reconcile", CHIYODA, "--month", month)
        )
        return found

    wait_until(lambda: reconciled()["waiting"] == 0)
    assert reconciled() == {
        "municipality": CHIYODA,
        "month": month,
        "received": 4,
        "first_sequence": 1,
        "last_sequence": 4,
        "missing": 0,
        "ended": 1,
        "without_certificate": 3,
        "certified_since": 0,
        "waiting": 0,
        "application_open": 0,
        "position": 4,
        "certificates_without_link": 0,
    }
    show = ("window", "show", resident.application_id, "--municipality", CHIYODA)
    found = answer(installation.cli(*show))
    assert found["history"][-1]["step"] == "revoked"
