"""領収証書: that a fee was paid, on one page for who paid it (R5.1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.cli.copy_pdf import in_font
from openjpki.cli.paper import LINE, Paper
from openjpki.domain.japanese_era import in_both_calendars, in_era
from openjpki.domain.window import JAPAN

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from openjpki.domain.municipality import Municipality

TITLE = "領収証書"
_FOR = "署名用電子証明書の発行手数料として、上記の金額を領収しました。"
_FREE = "都道府県単位認証局の秘密鍵の危殆化に伴う署名用電子証明書の再発行のため、手数料は無料です。"
_NAMES = "names"
_LABEL = 34


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PrintedReceipt:
    """What goes on it. No ``repr``: personal data."""

    year: int
    number: int
    yen: int
    free: bool
    """After a compromise of the governor's key."""
    applicant: str
    """Name, as it is certified; empty once it is destroyed: the paper then says none."""
    application_id: str
    municipality: Municipality
    taken_at: datetime
    made_at: datetime

    def __repr__(self) -> str:
        return "PrintedReceipt(hidden)"


def receipt_pdf(printed: PrintedReceipt, font: Path, names_font: Path) -> bytes:
    """One page of A4. ``names_font``: of the applicant's name. Raises :class:`Misused` for what is
    no TrueType font with Japanese."""
    paper = Paper(TITLE, font, printed.made_at)
    paper.add_face(_NAMES, names_font)
    paper.said(TITLE, 18, align="C")
    paper.ln(4)
    if printed.applicant:
        paper.set_font(_NAMES, size=14)
        paper.cell(0, 2 * LINE, in_font(paper, f"{printed.applicant}\u3000様"))
        paper.ln()
    paper.said(f"金　{printed.yen:,}円", 18, align="C")
    paper.ln(4)
    paper.said(_FREE if printed.free else _FOR, 10)
    paper.ln(3)
    day = printed.taken_at.astimezone(JAPAN).date()
    by = printed.municipality
    # Years of an era are counted by the day on which the fiscal year begins.
    year = in_era(day.replace(year=printed.year, month=4, day=1)).partition("年")[0]
    paper.labelled("番号", f"{year}年度　第{printed.number}号", _LABEL)
    paper.labelled("領収日", in_both_calendars(day), _LABEL)
    paper.labelled("申請の番号", printed.application_id, _LABEL)
    paper.ln(6)
    paper.said(f"{by.prefecture.name}{by.name}", 12, align="R")
    return paper.octets()
