"""A statement of usage on paper: 利用実績明細書, as PDF with its font in it (R5.2.2)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.cli.misused import Misused
from openjpki.cli.paper import LINE, Paper
from openjpki.domain.authority import AuthorityId, AuthorityKind
from openjpki.domain.japanese_era import in_era
from openjpki.domain.usage import newest_shown
from openjpki.domain.window import JAPAN
from openjpki.errors import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from openjpki.cli.usage_counts import Row
    from openjpki.cli.usage_csv import Statement

TITLE = "利用実績明細書"
_WAYS = (pb.PROVIDING_WAY_OCSP_HTTP, pb.PROVIDING_WAY_GRPC, pb.PROVIDING_WAY_LISTS)
# No sum of them: statuses and downloads are not the same thing.
_WAY_HEADINGS = ("OCSP（件）", "gRPC（件）", "失効情報ファイルの取得（回）")
_UNITS = (
    "OCSP及びgRPCは証明書の状態を回答した件数（同じ証明書への回答も、その都度1件と数えます。）、"
    "失効情報ファイルの取得は取得を開始した回数です。"
    "どの証明書について照会されたかは記録していません。"
    "SHA-256は、同じ内容のCSV（日本語・日別）のものです。"
)
_KINDS = {AuthorityKind.SIGNING: "署名用", AuthorityKind.AUTHENTICATION: "利用者証明用"}
_LABEL = 32.0


def as_pdf(statement: Statement, font: Path) -> bytes:
    """It on A4. ``font``: a TrueType font with Japanese. Raises :class:`Misused` for another, and
    for a way of providing that it has no column for."""
    if not all(row.way in _WAYS for row in statement.month.rows):
        raise Misused(_NEWER)
    paper = Paper(TITLE, font, statement.made_at)
    paper.said(TITLE, 18, align="C")
    paper.ln(4)
    for label, value in _head(statement):
        paper.labelled(label, value, _LABEL)
    paper.ln(2)
    paper.said(_UNITS, 8)
    paper.ln(2)
    _sums(paper, statement.month.rows)
    _days(paper, statement.month.rows)
    return paper.octets()


_NEWER = Text(
    ja="この版では明細書に記載できない提供の方法が含まれています。新しい版を使うか、csvを指定してください。",
    en="there are ways of providing that this version can't put on paper; use a newer one, or csv",
)


def _head(statement: Statement) -> Iterable[tuple[str, str]]:
    asked, month = statement.asked, statement.month
    made = statement.made_at.astimezone(JAPAN)
    yield "署名検証者", asked.verifier_id or "すべて"
    yield "認証局", _authority(asked.authority_id) if asked.authority_id else "すべて"
    yield "対象期間", f"{_day(month.first)}から{_day(month.last)}まで"
    yield "作成日時", f"{_day(made.date())} {made:%H:%M:%S}（日本時間）"
    counted = newest_shown(statement.made_at)
    if counted < month.first:
        yield "集計済みの期間", "まだありません（回数は、日が終わってから集計されます。）"
    elif counted < month.last:
        yield "集計済みの期間", f"{_day(month.first)}から{_day(counted)}まで"
    if month.complete and month.gaps:
        yield (
            "集計の状況",
            "確定（ただし、下記の時間帯に計上漏れの可能性があります。）",
        )
    elif month.complete:
        yield "集計の状況", "確定（この期間の回数は、今後変わりません。）"
    else:
        yield "集計の状況", f"未確定（{month.open_from}以降の回数は、今後増えることがあります。）"
    for gap in month.gaps:
        begins, ends = (one.astimezone(JAPAN) for one in (gap.begins, gap.ends))
        yield "計上漏れの可能性", f"{begins:%F %T}から{ends:%F %T}まで（日本時間）"
    yield "SHA-256", statement.sha256


def _sums(paper: Paper, rows: Sequence[Row]) -> None:
    told: dict[tuple[str, str], Counter[int]] = {}
    for row in rows:
        told.setdefault((row.verifier, row.authority), Counter())[row.way] += row.told
    paper.said("署名検証者・認証局別の集計", 12)
    lines = [
        (verifier, _short(authority), *_numbers(counts))
        for (verifier, authority), counts in sorted(told.items())
    ]
    everything: Counter[int] = sum(told.values(), Counter())
    paper.tabled(
        ("署名検証者", "認証局", *_WAY_HEADINGS),
        [*lines, ("総計", "", *_numbers(everything))],
        widths=(30, 40, 26, 26, 52),
        texts=2,
    )


def _days(paper: Paper, rows: Sequence[Row]) -> None:
    days: dict[tuple[str, str], dict[str, list[Row]]] = {}
    for row in rows:
        of = days.setdefault((row.verifier, row.authority), {})
        of.setdefault(row.period, []).append(row)
    for (verifier, authority), found in sorted(days.items()):
        # With some of its days, or on the next page.
        if paper.will_page_break(6 * LINE):
            paper.add_page()
        else:
            paper.ln(5)
        paper.said(f"日別の内訳　{verifier}　{_authority(authority)}", 12)
        lines = []
        for day, told in sorted(found.items()):
            counts = Counter({one.way: one.told for one in told})
            complete = all(one.complete for one in told)
            lines.append((day, "確定" if complete else "未確定", *_numbers(counts)))
        paper.tabled(
            ("月日", "集計の状況", *_WAY_HEADINGS), lines, widths=(36, 34, 26, 26, 52), texts=2
        )


def _numbers(counts: Counter[int]) -> list[str]:
    return [f"{counts[way]:,}" for way in _WAYS]


def _authority(text: str) -> str:
    return f"{_short(text)} {text}"


def _short(text: str) -> str:
    found = AuthorityId.parse(text)
    # The bridge answers nothing to verifiers.
    return text if found.prefecture is None else f"{found.prefecture.name}（{_KINDS[found.kind]}）"


def _day(day: date) -> str:
    return f"{in_era(day)}（{day.isoformat()}）"
