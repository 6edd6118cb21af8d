"""電子証明書の写し: what a certificate says, on one page for its holder (R2.4.2, report 2-4(2))."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import segno
from fpdf.enums import TableBordersLayout, VAlign
from fpdf.fonts import FontFace

from openjpki.cli.paper import GREY, LINE, MARGIN, Paper
from openjpki.domain.characters import replaced, split
from openjpki.domain.japanese_era import in_both_calendars
from openjpki.domain.person import FEMALE, MALE, in_words
from openjpki.domain.window import JAPAN

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from openjpki.domain.characters import Substituted
    from openjpki.domain.municipality import Municipality
    from openjpki.x509.profiles.said_by_certificate import SaidByCertificate

TITLE = "電子証明書の写し"
_LEAD = (
    "この書面は、署名用電子証明書に記録されている内容を、読むことができるように印刷したものです。",
    "電子証明書そのものではないため、電子署名や本人確認には使用できません。",
)
_NOTES = (
    "カードの紛失や盗難、暗証番号の漏えいなど、秘密鍵を他人に使用されるおそれがあるときは、直ちに市区町村の窓口に"
    "届け出てください。オンラインで届け出ることはできません。",
    "氏名や住所などに変更があると、有効期間の途中でも電子証明書は失効します。",
    "記載の内容に誤りがあるときは、この書面を持って市区町村の窓口にお申し出ください。",
)
_OF_FINGERPRINT = (
    "電子証明書全体から計算した値です。QRコードにも、同じ値を記録しています。",
    "お手元の電子証明書の値と一致すれば、この書面はその電子証明書の写しです。",
)
_SEXES = {MALE.code: "男", FEMALE.code: "女"}
_NAMES = "names"
_LABELS, _VALUES = 40, 134
_IN_LINE, _OF_GROUP = 4, 4
_CELL = 21.0
_QUIET = 4
"""Modules around a QR code that must be white (ISO/IEC 18004)."""
_QR = 34.0
_GETA = "〓"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Copied:
    """What goes on it. No ``repr``: personal data."""

    said: SaidByCertificate
    registered_name: str
    """As the register writes it."""
    registered_address: str
    application_id: str
    municipality: Municipality
    """Whose window hands it over."""
    made_at: datetime

    def __repr__(self) -> str:
        return "Copied(hidden)"


def copy_pdf(copied: Copied, font: Path, names_font: Path) -> bytes:
    """One page of A4. ``names_font``: of what the register writes; for a character that it lacks
    stands 〓 with its code. Raises :class:`Misused` for what is no TrueType font with Japanese, and
    ``INVALID_FIELD`` for spellings that the certificate is not of."""
    paper = Paper(TITLE, font, copied.made_at)
    paper.add_face(_NAMES, names_font)
    paper.said(TITLE, 18, align="C")
    paper.ln(3)
    for line in _LEAD:
        paper.said(line, 9)
    _section(paper, "署名利用者", _person(copied), family=_NAMES, size=12)
    _section(paper, "電子証明書", _certificate(copied.said))
    _fingerprint(paper, copied.said.sha256)
    paper.ln(3)
    paper.said("ご注意", 11)
    for note in _NOTES:
        paper.item(note, 9)
    paper.ln(3)
    made, by = copied.made_at.astimezone(JAPAN), copied.municipality
    paper.said(
        f"作成　{_moment(made)}　{by.prefecture.name}{by.name}　　申請の番号　"
        f"{copied.application_id}",
        8,
    )
    return paper.octets()


def _section(
    paper: Paper,
    heading: str,
    rows: Iterable[tuple[str, str]],
    *,
    family: str | None = None,
    size: float = 10,
) -> None:
    paper.ln(3)
    paper.said(heading, 11)
    label = FontFace(fill_color=GREY, size_pt=10)
    value = FontFace(family=family, size_pt=size)
    with paper.table(
        borders_layout=TableBordersLayout.ALL,
        col_widths=(_LABELS, _VALUES),
        line_height=LINE,
        text_align="LEFT",
        v_align=VAlign.M,
        padding=(0.8, 2),
        first_row_as_headings=False,
    ) as table:
        for name, text in rows:
            if family is None:
                paper.drawn |= set(text)
                shown = text
            else:
                shown = in_font(paper, text)
            paper.drawn |= set(name)
            row = table.row()
            row.cell(name, style=label)
            row.cell(shown, style=value)


def _person(copied: Copied) -> Iterable[tuple[str, str]]:
    said = copied.said
    yield from _spelt("氏名", said.name, copied.registered_name)
    yield "生年月日", in_words(said.birth_date)
    sex = said.person.sex
    yield "男女の別", _SEXES.get(sex, f"コード{sex}")
    yield from _spelt("住所", said.address, copied.registered_address)


def _spelt(what: str, certified: Substituted, registered: str) -> Iterable[tuple[str, str]]:
    yield what, certified.text
    found = replaced(registered, certified)
    if not found:
        return
    yield f"住民票の{what}", registered
    yield (
        "代替文字",
        "\n".join(
            f"{one.position}文字目の「{one.certified}」（住民票では「{one.registered}」）"
            for one in found
        ),
    )


def _certificate(said: SaidByCertificate) -> Iterable[tuple[str, str]]:
    begin, end = (one.astimezone(JAPAN) for one in (said.not_before, said.not_after))
    yield "発行の番号", " ".join(_groups(f"{said.serial:X}"))
    yield "有効期間", f"{_moment(begin)}から\n{_moment(end)}まで"
    yield "発行者", f"{said.issuer_in_japanese}\n{said.issuer}"
    yield "主体者", said.subject
    yield "証明書ポリシー", "\n".join((*said.policies, *said.cps))
    yield "公開鍵", f"RSA　{said.key_bits}ビット"


def _fingerprint(paper: Paper, sha256: bytes) -> None:
    """In groups, its QR code beside them."""
    if paper.will_page_break(_QR + LINE):
        paper.add_page()
    paper.ln(3)
    paper.said("フィンガープリント（SHA-256）", 11)
    text = sha256.hex().upper()
    top, size = paper.get_y(), paper.font_size_pt
    paper.set_font_size(13)
    groups = _groups(text)
    for first in range(0, len(groups), _IN_LINE):
        paper.set_x(MARGIN + 2)
        for group in groups[first : first + _IN_LINE]:
            paper.cell(_CELL, LINE + 0.5, group)
        paper.ln()
    paper.set_font_size(size)
    paper.ln(1)
    paper.set_right_margin(MARGIN + _QR + 4)
    for line in _OF_FINGERPRINT:
        paper.said(line, 8)
    paper.set_right_margin(MARGIN)
    _qr(paper, text, paper.w - MARGIN - _QR, top - LINE)
    paper.set_y(max(paper.get_y(), top - LINE + _QR))


def _qr(paper: Paper, text: str, left: float, top: float) -> None:
    """A square of ``_QR`` millimetres with its white around it; ``text`` of 0-9 and A-Z."""
    rows = segno.make_qr(text, error="m").matrix
    module = _QR / (len(rows) + 2 * _QUIET)
    paper.set_fill_color(0)
    for y, row in enumerate(rows, start=_QUIET):
        for x, dark in enumerate(row, start=_QUIET):
            if dark:
                paper.rect(left + x * module, top + y * module, module, module, style="F")


def in_font(paper: Paper, text: str) -> str:
    """For a paper with the face of names: what that has, and the codes of the rest. A selector
    chooses no glyph here, and a character that is not there would be an empty box."""
    return "".join(
        one
        if len(one) == 1 and (one == "\n" or paper.has(one, _NAMES))
        else f"{one[0] if paper.has(one[0], _NAMES) else _GETA}"
        f"（{' '.join(f'U+{ord(each):04X}' for each in one)}）"
        for one in split(text)
    )


def _groups(text: str) -> list[str]:
    """As people read figures off to each other."""
    return [text[first : first + _OF_GROUP] for first in range(0, len(text), _OF_GROUP)]


def _moment(at: datetime) -> str:
    return f"{in_both_calendars(at.date())}{at.hour}時{at.minute:02}分{at.second:02}秒"
