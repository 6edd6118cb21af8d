"""The list of who was taken back since a backup is read whole, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.officers import Officer
from openjpki.domain.officers.enrolment import RevocationOfOfficer
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.taken_back import (
    TakenBack,
    credential_line,
    officer_line,
    parse_taken_back,
    told_line,
)
from openjpki.services.common.tell_taken_back import told_since
from openjpki.services.common.told_from import MARGIN
from openjpki.storage.kernel import journal_time
from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import upgrade
from tests.support.journal_samples import append

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.storage.kernel.unreadable import Unreadable

TANAKA = "window-officer/13101/tanaka"
STOLEN = "spiffe://openjpki.example/registration/13"
CERTIFICATE = f"sha256:{'0a' * 32}"


def test_a_line_for_each() -> None:
    lines = [
        "# what the papers say\n",
        "\n",
        f"officer {TANAKA} left\n",
        f"credential {STOLEN}   compromised\n",
        f"credential {CERTIFICATE} suspended",
    ]
    assert parse_taken_back(lines) == TakenBack(
        officers=((Officer.parse(TANAKA), RevocationOfOfficer.LEFT),),
        credentials=((STOLEN, "COMPROMISED"), (CERTIFICATE, "SUSPENDED")),
    )
    assert parse_taken_back([]) == TakenBack()


@pytest.mark.parametrize("year", [1, 999, 2026])
def test_what_a_service_tells_is_read_as_it_was_told(year: int) -> None:
    """Whoever wants all of it says the first year that there is."""
    since = datetime(year, 11, 28, 3, tzinfo=UTC)
    told = [
        told_line("ca", since),
        *(officer_line(Officer.parse(TANAKA), cause) for cause in RevocationOfOfficer),
        *(credential_line(STOLEN, cause) for cause in ("LEFT", "COMPROMISED", "SUSPENDED")),
    ]
    read = parse_taken_back(told)
    assert read.told == (("ca", since),)
    assert [cause for _, cause in read.officers] == list(RevocationOfOfficer)
    assert [cause for _, cause in read.credentials] == ["LEFT", "COMPROMISED", "SUSPENDED"]


@pytest.mark.parametrize(
    "line",
    [
        "tanaka",
        f"officer {TANAKA}",
        f"officer {TANAKA} LEFT",
        f"officer {TANAKA} compromised",
        f"officer {TANAKA} left again",
        "officer window-officer/13000/tanaka left",
        "told ca yesterday",
        "told ca 2026-11-28T03:00:00",
        f"credential {STOLEN} key_compromise",
        f"credential {STOLEN}/more compromised",
        "credential sha256:00 left",
        f"person {STOLEN} left",
    ],
)
def test_what_can_not_be_read_is_not_left_out(line: str) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        parse_taken_back([f"officer {TANAKA} left", line])
    assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, "--taken-back")
    assert "line 2" in refused.value.message


def none_left_out(row: Unreadable) -> None:
    raise AssertionError(row)


def test_an_act_of_the_future_does_not_say_up_to_when_a_database_knows(tmp_path: Path) -> None:
    """Entered by a clock that was ahead for a minute, long ago: from then on others would be asked
    for nothing after a restore."""
    database = Database(f"sqlite:///{tmp_path / 'ca.db'}")
    upgrade(database, "ca")
    now = datetime(2026, 11, 29, 12, tzinfo=UTC)
    with database.transaction() as tx:
        append(tx, at=now - timedelta(days=300))
        append(tx, at=now + timedelta(days=66))
        append(tx, at=now)
    assert told_since(database, left_out=none_left_out) == now + timedelta(days=66) - MARGIN
    with database.transaction() as tx:
        # As a service keeps it once a minute.
        journal_time.take(tx, now)
        journal_time.put(tx, now)
    assert told_since(database, left_out=none_left_out) == now - MARGIN
    database.close()
