"""Text of others on a terminal: what could move the cursor, hide words or turn them round is
written out instead of done."""

from __future__ import annotations

import unicodedata

_ACTS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""General categories of what a terminal obeys instead of showing: control characters (escape
sequences begin with one), the marks that set the direction of writing, what joins or parts words
unseen, half of a pair, and separators of lines."""


def visible(text: str) -> str:
    """``text`` with each such character as ``\\u202e``; a backslash stays one.

    Ideographic variation sequences are marks, not controls, and stay: names have them.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_written_out(each) for each in text)


def _written_out(character: str) -> str:
    if unicodedata.category(character) not in _ACTS:
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
