"""A statement of usage on paper: 利用実績明細書, as PDF with its font in it (R5.2.2).

The same statement is the same octets, by the same font, fpdf2 and fontTools: its time is what it
says, and nothing else is of the moment at which it is written down.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from fontTools.ttLib import TTLibError
from fpdf import FPDF
from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace, TTFFont

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.cli.misused import Misused
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
_FAMILY = "japanese"
_MARGIN, _LINE, _LABEL = 18.0, 6.0, 32.0
_GREY = 235


def as_pdf(statement: Statement, font: Path) -> bytes:
    """It on A4. ``font``: a TrueType font with Japanese. Raises :class:`Misused` for another, and
    for a way of providing that it has no column for."""
    if not all(row.way in _WAYS for row in statement.month.rows):
        raise Misused(_NEWER)
    paper = _Paper(font)
    paper.set_creation_date(statement.made_at)
    paper.set_title(TITLE)
    paper.set_lang("ja-JP")
    paper.add_page()
    paper.said(TITLE, 18, align="C")
    paper.ln(4)
    for label, value in _head(statement):
        paper.labelled(label, value)
    paper.ln(2)
    paper.said(_UNITS, 8)
    paper.ln(2)
    _sums(paper, statement.month.rows)
    _days(paper, statement.month.rows)
    if not all(map(paper.has, paper.drawn)):
        raise _unfit(font)
    return bytes(paper.output())


_NEWER = Text(
    ja="この版では明細書に記載できない提供の方法が含まれています。新しい版を使うか、csvを指定してください。",
    en="there are ways of providing that this version can't put on paper; use a newer one, or csv",
)


def _unfit(font: Path) -> Misused:
    return Misused(
        Text(
            ja=f"{font}を日本語のTrueTypeフォントとして読み込めません。--fontで別のフォントを指定してください"
            "（Debianではfonts-ipaexfont-gothicパッケージに含まれています）。",
            en=f"{font} can't be read as a TrueType font with Japanese; say one with --font "
            "(Debian has one in fonts-ipaexfont-gothic)",
        )
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


def _sums(paper: _Paper, rows: Sequence[Row]) -> None:
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


def _days(paper: _Paper, rows: Sequence[Row]) -> None:
    days: dict[tuple[str, str], dict[str, list[Row]]] = {}
    for row in rows:
        of = days.setdefault((row.verifier, row.authority), {})
        of.setdefault(row.period, []).append(row)
    for (verifier, authority), found in sorted(days.items()):
        # With some of its days, or on the next page.
        if paper.will_page_break(6 * _LINE):
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


class _Paper(FPDF):
    def __init__(self, font: Path) -> None:
        super().__init__(orientation="P", unit="mm", format="A4")
        try:
            self.add_font(_FAMILY, fname=font)
        except (OSError, ValueError, TTLibError) as error:
            # ValueError: of another kind by its name, as .pfb.
            raise _unfit(font) from error
        self.set_margin(_MARGIN)
        self.set_auto_page_break(auto=True, margin=_MARGIN + 4)
        self.set_font(_FAMILY, size=10)
        self.drawn = set(TITLE)
        """Characters that are on it."""

    def has(self, character: str) -> bool:
        """Whether the font has it."""
        font = self.fonts[_FAMILY]
        return isinstance(font, TTFFont) and ord(character) in font.cmap

    def footer(self) -> None:
        """The number of the page, on each."""
        self.set_y(-_MARGIN)
        self.set_font(_FAMILY, size=8)
        self.cell(0, _LINE, f"{TITLE}　{self.page_no()} / {{nb}}", align="C")

    def said(self, text: str, size: float, align: str = "L") -> None:
        """A paragraph."""
        self.drawn |= set(text)
        self.set_font(_FAMILY, size=size)
        height = max(_LINE, size * 0.5)
        self.multi_cell(0, height, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def labelled(self, label: str, value: str) -> None:
        """What something is."""
        self.drawn |= {*label, *value}
        self.set_font(_FAMILY, size=10)
        self.cell(_LABEL, _LINE, label)
        self.multi_cell(0, _LINE, value, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def tabled(
        self,
        headings: Sequence[str],
        lines: Iterable[Sequence[str]],
        *,
        widths: tuple[int, ...],
        texts: int,
    ) -> None:
        """``texts``: columns that are not numbers."""
        self.set_font(_FAMILY, size=9)
        aligned = tuple("LEFT" if n < texts else "RIGHT" for n in range(len(headings)))
        with self.table(
            borders_layout=TableBordersLayout.ALL,
            col_widths=widths,
            line_height=_LINE - 0.5,
            text_align=aligned,
            headings_style=FontFace(emphasis="", fill_color=_GREY),
        ) as table:
            for line in (headings, *lines):
                self.drawn |= set("".join(line))
                row = table.row()
                for text in line:
                    row.cell(text)
