"""利用の手引: what a holder is given with a certificate, in Japanese or English (report 2-4(2))."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.cli.guide_text import GUIDES, Guide
from openjpki.cli.paper import Paper
from openjpki.domain.japanese_era import in_both_calendars
from openjpki.domain.window import JAPAN
from openjpki.errors import Language

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from openjpki.domain.municipality import Municipality
    from openjpki.domain.window_rules import WindowRules

_TAGS = {Language.JA: "ja-JP", Language.EN: "en"}
_WIDTHS = (110, 64)


def guide_pdf(
    rules: WindowRules,
    municipality: Municipality,
    language: Language,
    font: Path,
    made_at: datetime,
) -> bytes:
    """On A4. Raises :class:`Misused` for a font without Japanese."""
    guide = GUIDES[language]
    paper = Paper(guide.name, font, made_at, _TAGS[language])
    paper.said(guide.name, 18, align="C")
    paper.ln(3)
    paper.said(guide.lead, 10)
    for section in guide.sections:
        paper.section(section.heading)
        for item in section.items:
            paper.item(item.format(months=rules.renewal_months), 10)
    paper.section(guide.fees.heading)
    paper.tabled(guide.fees.columns, _fees(rules, guide), widths=_WIDTHS, texts=1)
    paper.section(guide.terms.heading)
    for line in _terms(rules, guide):
        paper.said(line, 10)
    paper.ln(4)
    day = made_at.astimezone(JAPAN).date()
    place = f"{municipality.prefecture.name}{municipality.name}"
    if language is Language.EN:
        place = f"{municipality.romanised}, {municipality.prefecture.romanised}"
        shown = day.isoformat()
    else:
        shown = in_both_calendars(day)
    paper.said(guide.foot.format(place=place, day=shown, version=rules.version), 8)
    return paper.octets()


def _fees(rules: WindowRules, guide: Guide) -> Iterable[tuple[str, str]]:
    of = guide.fees
    for what, yen in ((of.issue, rules.fees.issue), (of.reissue, rules.fees.reissue)):
        yield what, of.unsettled if yen is None else of.yen.format(yen=yen)
    yield of.compromise, of.free


def _terms(rules: WindowRules, guide: Guide) -> Iterable[str]:
    if rules.terms is None:
        yield guide.terms.none
    else:
        yield guide.terms.accepted.format(version=rules.terms.version)
        yield guide.terms.where.format(uri=rules.terms.uri)
