"""Fonts of what commands write as PDF: where they are, and the options that name others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

FontOption = Annotated[
    Path,
    typer.Option("--font", help="TrueType font with Japanese that goes into a PDF."),
]
FONT = Path("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf")
"""Where Debian's fonts-ipaexfont-gothic puts it."""
NAMES_FONT = Path("/usr/share/fonts/truetype/ipamj/ipamjm.ttf")
"""Where Debian's fonts-ipamj-mincho puts it: whatever a register writes, the repertoire of
certificates among it, of which the other lacks a quarter."""
NamesFontOption = Annotated[
    Path | None,
    typer.Option(
        "--names-font",
        help="TrueType font of names and addresses; without: IPAmj Mincho where it is installed, "
        "else the other.",
    ),
]


def names_font(said: Path | None, font: Path) -> Path:
    """The font of names and addresses."""
    if said is not None:
        return said
    return NAMES_FONT if NAMES_FONT.exists() else font
