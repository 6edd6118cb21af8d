"""All help texts in one table."""

from __future__ import annotations

from typing import Final

from openjpki.cli.japanese import (
    agreement,
    authority,
    bridge,
    console,
    devkit,
    officer,
    path,
    program,
    verifier,
    window,
)

TABLES: Final = (
    program,
    window,
    authority,
    verifier,
    agreement,
    officer,
    bridge,
    path,
    console,
    devkit,
)

HELP: Final[dict[str, str]] = {
    english: japanese for table in TABLES for english, japanese in table.TEXTS.items()
}
"""By the English paragraph, its words with one space between."""


def in_japanese(text: str) -> str:
    """A help text, paragraph by paragraph; what no table has stays as it is."""
    paragraphs = (" ".join(each.split()) for each in text.split("\n\n"))
    return "\n\n".join(HELP.get(each, each) for each in paragraphs)
