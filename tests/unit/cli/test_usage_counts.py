"""What a governor and a verifier are shown of usage, and the statement that is written."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.cli import output, usage_counts, usage_statement
from openjpki.cli.fonts import FONT
from openjpki.cli.misused import Misused
from openjpki.cli.usage_counts import Asked
from openjpki.cli.usage_statement import StatementFormat
from openjpki.errors import Language, OpenJpkiError, Reason

if TYPE_CHECKING:
    from pathlib import Path

OCSP, GRPC = pb.PROVIDING_WAY_OCSP_HTTP, pb.PROVIDING_WAY_GRPC


def count(day: str, told: int, way: Any = GRPC, verifier: str = "tax-office") -> pb.UsageCount:
    return pb.UsageCount(
        day=day, verifier_id=verifier, authority_id="signing-13", way=way, told=told
    )


COUNTS = [
    count("2027-04-01", 2, OCSP),
    count("2027-04-01", 3),
    count("2027-04-02", 4),
    count("2027-04-02", 1, verifier="bank-1"),
]


class Stub:
    """A page of one count at a time."""

    open_from = "2027-05-01"
    gaps: tuple[pb.UsageGap, ...] = ()

    def __init__(self, asked: list[pb.GetUsageRequest]) -> None:
        self._asked = asked

    def GetUsage(self, request: pb.GetUsageRequest) -> pb.GetUsageResponse:  # noqa: N802
        seen = pb.GetUsageRequest()
        seen.CopyFrom(request)
        self._asked.append(seen)
        page = COUNTS[len(self._asked) - 1 :][:1]
        return pb.GetUsageResponse(counts=page, open_from=self.open_from, gaps=self.gaps)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[pb.GetUsageRequest]:
    """The requests that were made."""
    made: list[pb.GetUsageRequest] = []
    monkeypatch.setattr(usage_counts, "UsageServiceStub", lambda _: Stub(made))
    monkeypatch.setattr(output, "_format", output.OutputFormat.JSON)
    return made


def shown(capsys: pytest.CaptureFixture[str], **of: Any) -> Any:
    usage_counts.show(None, Asked(month="2027-04", **of))  # type: ignore[arg-type]
    return json.loads(capsys.readouterr().out)


def test_a_month_is_summed(
    asked: list[pb.GetUsageRequest], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = shown(capsys, authority_id="signing-13")
    assert [(one["verifier"], one["way"], one["told"]) for one in rows] == [
        ("bank-1", "grpc", 1),
        ("tax-office", "ocsp-http", 2),
        ("tax-office", "grpc", 7),
    ]
    assert {(one["period"], one["complete"]) for one in rows} == {("2027-04", True)}
    assert (asked[0].first_day, asked[0].last_day) == ("2027-04-01", "2027-04-30")
    behind = [(one.after_day, one.after_verifier_id, one.after_way) for one in asked]
    assert behind == [
        ("", "", 0),
        *((one.day, one.verifier_id, one.way) for one in COUNTS),
    ]


@pytest.mark.parametrize(
    ("open_from", "complete"),
    [
        ("2027-04-01", [False, False]),
        ("2027-04-02", [True, False]),
        ("2027-04-03", [True, True]),
    ],
)
def test_a_day_is_complete_before_the_first_that_is_open(
    asked: list[pb.GetUsageRequest],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    open_from: str,
    complete: list[bool],
) -> None:
    monkeypatch.setattr(Stub, "open_from", open_from)
    rows = shown(capsys, by_day=True)
    said = {one["period"]: one["complete"] for one in rows}
    assert said == dict(zip(("2027-04-01", "2027-04-02"), complete, strict=True))


def test_a_statement_is_in_the_language_of_whoever_writes_it(
    asked: list[pb.GetUsageRequest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "_language", Language.JA)
    asks = Asked(month="2027-04")
    usage_statement.write(None, asks, tmp_path / "s.csv", StatementFormat.CSV, FONT)  # type: ignore[arg-type]
    octets = (tmp_path / "s.csv").read_bytes()
    assert octets.startswith(b"\xef\xbb\xbf")
    assert octets.decode("utf-8-sig").splitlines() == [
        "期間,署名検証者,認証局,提供の方法,回数,集計の状況,計上漏れの可能性がある時間帯",
        "2027-04,bank-1,signing-13,gRPC,1,確定,",
        "2027-04,tax-office,signing-13,OCSP,2,確定,",
        "2027-04,tax-office,signing-13,gRPC,7,確定,",
    ]


def test_a_possible_gap_is_named_on_its_days(
    asked: list[pb.GetUsageRequest],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # From the first to the second of April in Japan.
    gap = pb.UsageGap(begins_at=1806591600 - 60, ends_at=1806591600)
    assert datetime.fromtimestamp(gap.ends_at, UTC) == datetime(2027, 4, 1, 15, tzinfo=UTC)
    named = ["2027-04-01T14:59:00Z/2027-04-01T15:00:00Z"]
    monkeypatch.setattr(Stub, "gaps", (gap,))
    assert [one["possible_gaps"] for one in shown(capsys)] == [named] * 3
    asked.clear()
    # Nothing of the day that begins at its end. Two of one time are one.
    monkeypatch.setattr(Stub, "gaps", (gap, gap))
    by_day = {one["period"]: one["possible_gaps"] for one in shown(capsys, by_day=True)}
    assert by_day == {"2027-04-01": named, "2027-04-02": []}
    asked.clear()
    monkeypatch.setattr(Stub, "gaps", (pb.UsageGap(begins_at=gap.ends_at, ends_at=gap.ends_at),))
    by_day = {one["period"]: one["possible_gaps"] for one in shown(capsys, by_day=True)}
    second = ["2027-04-01T15:00:00Z/2027-04-01T15:00:00Z"]
    assert by_day == {"2027-04-01": [], "2027-04-02": second}


def test_a_statement_on_paper_is_by_day(
    asked: list[pb.GetUsageRequest], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to, asks = tmp_path / "s.pdf", Asked(month="2027-04", verifier_id="tax-office")
    usage_statement.write(None, asks, to, StatementFormat.PDF, FONT)  # type: ignore[arg-type]
    assert to.read_bytes().startswith(b"%PDF-")
    # Of two days, one with two ways and one with two verifiers.
    assert json.loads(capsys.readouterr().out)["rows"] == 4


def test_on_paper_there_is_one_verifier(asked: list[pb.GetUsageRequest], tmp_path: Path) -> None:
    """Whoever is sent it must not read what others were told."""
    to, asks = tmp_path / "s.pdf", Asked(month="2027-04", authority_id="signing-13")
    with pytest.raises(Misused, match="--verifier"):
        usage_statement.write(None, asks, to, StatementFormat.PDF, FONT)  # type: ignore[arg-type]
    assert (asked, to.exists()) == ([], False)


@pytest.mark.parametrize("month", ["2027", "2027-4", "2027-13", "202704", "9999-12", "2027-W1"])
def test_what_is_no_month_is_refused(month: str) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        usage_counts.show(None, Asked(month=month))  # type: ignore[arg-type]
    assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, "--month")
