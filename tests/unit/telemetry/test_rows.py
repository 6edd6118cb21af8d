"""A row that can't be read is named in the log, whoever left it out or was refused for it."""

from __future__ import annotations

import json

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.apart import Apart
from openjpki.services.common.background import attempt
from openjpki.services.common.left_out import tell_left_out
from openjpki.storage.kernel.unreadable import Unreadable, not_readable
from openjpki.telemetry import rows
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import REGISTRY
from tests.support.captured_logs import captured_logs

ROW = Unreadable("revocations", "signing-16/abc", "TypeError")
NAMED = {"table": "revocations", "key": "signing-16/abc", "rule": "TypeError"}


@pytest.fixture(autouse=True)
def nothing_said_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_said", {})


def counted() -> float:
    return REGISTRY.get_sample_value("openjpki_rows_left_out_total", {"table": ROW.table}) or 0.0


def refuse() -> None:
    raise not_readable(ROW)


def apart() -> None:
    work = Apart(get_logger("lists"), "no list made")
    with work.of(partition="16201"):
        refuse()
    with pytest.raises(OpenJpkiError):
        work.end()


@pytest.mark.parametrize(
    ("tell", "event"),
    [
        (lambda: tell_left_out(ROW), rows.LEFT_OUT),
        (apart, rows.REFUSED),
        (lambda: attempt("publish_lists", refuse), rows.REFUSED),
    ],
    ids=["left out", "one of several pieces of work", "a task"],
)
def test_the_row_is_named_and_counted(tell: object, event: str) -> None:
    before = counted()
    with captured_logs(service="ca") as log:
        tell()  # type: ignore[operator]
        tell()  # type: ignore[operator]
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    (said,) = [line for line in lines if line["event"] == event]
    assert {key: said[key] for key in NAMED} == NAMED
    assert counted() == before + 2


def test_a_caller_is_not_told_the_row() -> None:
    refusal = not_readable(ROW)
    assert refusal.reason is Reason.STORED_UNREADABLE
    assert ROW.row not in str(refusal)
    assert refusal.metadata == {}
