"""Text of others on a terminal: what could move the cursor, hide words or turn them round is
written out instead of done."""

from __future__ import annotations

import json
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


def escaped_in_json(text: str) -> str:
    """JSON that means the same, each such character in it as JSON's own escape: a program reads
    what there was, and a terminal that is shown it obeys nothing. Lines and indents stay."""
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(
        json.dumps(each)[1:-1] if _acts(each) and each != "\n" else each for each in text
    ).replace("\x7f", "\\u007f")


def _acts(character: str) -> bool:
    return unicodedata.category(character) in _ACTS


def _written_out(character: str) -> str:
    if not _acts(character):
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
