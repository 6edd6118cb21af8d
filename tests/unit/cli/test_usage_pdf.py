"""A statement on paper says what the CSV of the same counts says (R5.2.2)."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.cli.fonts import FONT
from openjpki.cli.misused import Misused
from openjpki.cli.usage_counts import Asked, Gap, Month, Row
from openjpki.cli.usage_csv import Statement, as_csv
from openjpki.cli.usage_pdf import TITLE, as_pdf
from openjpki.errors import Language

if TYPE_CHECKING:
    from pathlib import Path

WAYS = {
    "OCSP": pb.PROVIDING_WAY_OCSP_HTTP,
    "gRPC": pb.PROVIDING_WAY_GRPC,
    "失効情報ファイルの取得": pb.PROVIDING_WAY_LISTS,
}
OFFICE, BANK = "tax-office", "bank-1"
LINE = re.compile(r"(2026-10-\d\d) (確定|未確定) ([\d,]+) ([\d,]+) ([\d,]+)")
SECTION = re.compile(r"日別の内訳\s+(\S+)\s+\S+ (\S+)")
Told = dict[tuple[str, str, str], tuple[int, ...]]


def row(day: int, verifier: str, authority: str, way: int, told: int) -> Row:
    return Row(f"2026-10-{day:02}", verifier, authority, way, told, complete=day < 30)


def statement(rows: list[Row], verifier: str = "", open_from: str = "2026-10-30") -> Statement:
    month = Month(date(2026, 10, 1), date(2026, 10, 31), rows, open_from)
    asked = Asked("signing-13", verifier, "2026-10", by_day=True)
    return Statement(asked, month, datetime(2026, 11, 2, 15, 2, 3, tzinfo=UTC))


ROWS = sorted(
    (
        row(day, verifier, "signing-13", way, day * 7919 * way)
        for day in range(1, 32)
        for verifier in (OFFICE, BANK)
        for way in WAYS.values()
        # Not each day has all.
        if (day + way) % 4
    ),
    key=lambda one: (one.period, one.verifier, one.way),
)


def pages(octets: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(octets)).pages]


def in_csv(octets: bytes) -> Told:
    """By day, verifier and authority: OCSP, gRPC and lists."""
    found: dict[tuple[str, str, str], Counter[int]] = {}
    for line in csv.DictReader(io.StringIO(octets.decode("utf-8-sig"))):
        key = line["期間"], line["署名検証者"], line["認証局"]
        found.setdefault(key, Counter())[WAYS[line["提供の方法"]]] += int(line["回数"])
    return {key: tuple(one[way] for way in WAYS.values()) for key, one in found.items()}


def on_paper(text: list[str]) -> Told:
    found: Told = {}
    of = ("", "")
    for line in "\n".join(text).splitlines():
        if section := SECTION.match(line):
            of = section[1], section[2]
        elif day := LINE.match(line):
            numbers = tuple(int(one.replace(",", "")) for one in day.groups()[2:])
            key = (day[1], *of)
            assert key not in found
            found[key] = numbers
    return found


def test_its_figures_are_those_of_the_csv() -> None:
    text = pages(as_pdf(statement(ROWS), FONT))
    expected = in_csv(as_csv(ROWS, Language.JA))
    assert on_paper(text) == expected
    sums = [sum(one) for one in zip(*expected.values(), strict=True)]
    assert " ".join(["総計", *(f"{one:,}" for one in sums)]) in re.sub(" +", " ", text[0])


def test_it_says_of_whom_and_when_and_by_what_it_is_known() -> None:
    made = statement([one for one in ROWS if one.verifier == OFFICE], OFFICE)
    text = pages(as_pdf(made, FONT))
    for said in (
        TITLE,
        "署名検証者 tax-office",
        "東京都（署名用） signing-13",
        "令和8年10月1日（2026-10-01）から令和8年10月31日（2026-10-31）まで",
        "令和8年11月3日（2026-11-03） 00:02:03",
        "未確定（2026-10-30以降",
        made.sha256,
    ):
        assert said in text[0]
    assert BANK not in "".join(text)
    for number, page in enumerate(text, start=1):
        assert f"{number} / {len(text)}" in page


def test_a_month_of_which_nothing_is_open_is_said_to_be_complete() -> None:
    text = pages(as_pdf(statement([], OFFICE, "2026-11-01"), FONT))
    assert len(text) == 1
    assert "確定（この期間の回数は、今後変わりません。）" in text[0]
    assert "総計 0 0 0" in re.sub(" +", " ", text[0])


def test_a_possible_gap_is_named() -> None:
    begins = datetime(2026, 10, 3, 14, 59, tzinfo=UTC)
    made = statement(ROWS)
    month = replace(made.month, gaps=(Gap(begins, begins + timedelta(hours=1)),))
    text = pages(as_pdf(replace(made, month=month), FONT))
    assert "計上漏れの可能性 2026-10-03 23:59:00から2026-10-04 00:59:00まで" in text[0]
    assert "計上漏れ" not in pages(as_pdf(made, FONT))[0]
    # What is complete with a gap does not contradict itself.
    month = replace(month, open_from="2026-11-01")
    assert "確定（ただし、下記の時間帯" in pages(as_pdf(replace(made, month=month), FONT))[0]


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (1, "集計済みの期間 まだありません"),
        (5, "から令和8年10月4日（2026-10-04）まで"),
    ],
)
def test_of_a_month_that_goes_on_it_says_up_to_when_it_is_counted(day: int, said: str) -> None:
    made = replace(statement([]), made_at=datetime(2026, 10, day, 3, tzinfo=UTC))
    assert said in pages(as_pdf(made, FONT))[0]


def test_a_way_that_it_has_no_column_for_is_refused() -> None:
    with pytest.raises(Misused, match="newer"):
        as_pdf(statement([row(1, OFFICE, "signing-13", 9, 1)]), FONT)


def test_the_same_statement_is_the_same_octets() -> None:
    octets = as_pdf(statement(ROWS), FONT)
    assert octets == as_pdf(statement(ROWS), FONT)
    assert octets != as_pdf(statement(ROWS[:-1]), FONT)
    about = PdfReader(io.BytesIO(octets)).metadata
    assert about is not None
    assert about.creation_date == datetime(2026, 11, 2, 15, 2, 3, tzinfo=UTC)


def test_its_font_is_in_it() -> None:
    octets = as_pdf(statement(ROWS), FONT)
    embedded, others = PdfReader(io.BytesIO(octets)).pages[0]._get_fonts()
    assert (len(embedded), others) == (1, set())


def test_what_is_no_font_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "font.ttf").write_bytes(b"no font")
    (tmp_path / "font.pfb").write_bytes(b"no TrueType")
    for name in ("font.ttf", "nowhere.ttf", "font.pfb"):
        with pytest.raises(Misused, match=name):
            as_pdf(statement(ROWS), tmp_path / name)
