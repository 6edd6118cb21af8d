"""A4 in Japanese, with its fonts in it: what every PDF of the command line is drawn on.

The same content is the same octets, by the same fonts, fpdf2 and fontTools: its time is what it is
told, and nothing else is of the moment at which it is written down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fontTools.ttLib import TTLibError
from fpdf import FPDF
from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace, TTFFont

from openjpki.cli.misused import Misused
from openjpki.errors import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

_FAMILY = "japanese"
MARGIN, LINE = 18.0, 6.0
"""Millimetres."""
_SMALL = 5.0
"""A line of what is smaller than usual."""
_USUAL = 10
"""Points."""
GREY = 235


def unfit(font: Path) -> Misused:
    """The refusal of a font that lacks what is to be written."""
    return Misused(
        Text(
            ja=f"{font}を日本語のTrueTypeフォントとして読み込めません。--fontで別のフォントを指定してください"
            "（Debianではfonts-ipaexfont-gothicパッケージに含まれています）。",
            en=f"{font} can't be read as a TrueType font with Japanese; say one with --font "
            "(Debian has one in fonts-ipaexfont-gothic)",
        )
    )


class Paper(FPDF):
    """Pages with a title, and its name and their number at their feet. Raises :class:`Misused` for
    what is no TrueType font."""

    def __init__(self, title: str, font: Path, made_at: datetime, language: str = "ja-JP") -> None:
        super().__init__(orientation="P", unit="mm", format="A4")
        self.heading = title
        self._font = font
        self.add_face(_FAMILY, font)
        self.set_margin(MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN + 4)
        self.set_font(_FAMILY, size=_USUAL)
        self.set_creation_date(made_at)
        self.set_title(title)
        self.set_lang(language)
        self.drawn = set(title)
        """Characters that are on it."""
        self.add_page()

    def add_face(self, family: str, font: Path) -> None:
        """A font by a name."""
        try:
            self.add_font(family, fname=font)
        except (OSError, ValueError, TTLibError) as error:
            # ValueError: of another kind by its name, as .pfb.
            raise unfit(font) from error

    def octets(self) -> bytes:
        """The file. Raises :class:`Misused` where the font lacks a character of it."""
        if not all(map(self.has, self.drawn - {"\n"})):
            raise unfit(self._font)
        return bytes(self.output())

    def has(self, character: str, family: str = _FAMILY) -> bool:
        """Whether the font has it."""
        font = self.fonts[family]
        return isinstance(font, TTFFont) and ord(character) in font.cmap

    def footer(self) -> None:
        """The number of the page, on each."""
        self.set_y(-MARGIN)
        self.set_font(_FAMILY, size=8)
        self.cell(0, LINE, f"{self.heading}　{self.page_no()} / {{nb}}", align="C")

    def said(self, text: str, size: float, align: str = "L") -> None:
        """A paragraph."""
        self.drawn |= set(text)
        self.set_font(_FAMILY, size=size)
        height = max(_SMALL if size < _USUAL else LINE, size * 0.5)
        self.multi_cell(0, height, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def section(self, heading: str) -> None:
        """A heading, with some of what follows or on the next page."""
        if self.will_page_break(5 * LINE):
            self.add_page()
        else:
            self.ln(3)
        self.said(heading, 12)

    def item(self, text: str, size: float) -> None:
        """One of a list; its lines begin below each other."""
        self.drawn |= {"・", *text}
        self.set_font(_FAMILY, size=size)
        height = max(_SMALL if size < _USUAL else LINE, size * 0.5)
        self.cell(self.get_string_width("・"), height, "・")
        left = self.l_margin
        self.set_left_margin(self.get_x())
        self.multi_cell(0, height, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")
        self.set_left_margin(left)
        self.set_x(left)

    def labelled(self, label: str, value: str, width: float) -> None:
        """What something is, behind a label of so many millimetres."""
        self.drawn |= {*label, *value}
        self.set_font(_FAMILY, size=_USUAL)
        self.cell(width, LINE, label)
        self.multi_cell(0, LINE, value, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

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
            line_height=LINE - 0.5,
            text_align=aligned,
            headings_style=FontFace(emphasis="", fill_color=GREY),
        ) as table:
            for line in (headings, *lines):
                self.drawn |= set("".join(line))
                row = table.row()
                for text in line:
                    row.cell(text)
