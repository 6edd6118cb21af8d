"""The repertoire: JIS X 0208 (6,879 characters) and JIS X 0212 (6,066), not JIS X 0213.

Python's ``euc_jp`` codec is the table: code set 1 is JIS X 0208, code set 3 (after SS3, 0x8F)
is JIS X 0212. Its code sets 0 (ASCII) and 2 (half-width kana) are not part of the repertoire.
"""

from __future__ import annotations

_SS3 = b"\x8f"
_ROWS = range(0xA1, 0xFF)


def _code_set(prefix: bytes) -> frozenset[str]:
    found = set()
    for row in _ROWS:
        for cell in _ROWS:
            try:
                character = (prefix + bytes((row, cell))).decode("euc_jp")
            except UnicodeDecodeError:
                continue
            # The codec reads JIS X 0212's tilde (2-23) as the ASCII one, which encodes elsewhere.
            if not character.isascii():
                found.add(character)
    return frozenset(found)


JIS_X_0208 = _code_set(b"")
"""Levels 1 and 2 kanji, kana, Latin, Greek, Cyrillic, symbols; all in their full-width form."""

JIS_X_0212 = _code_set(_SS3)
"""The supplementary kanji (補助漢字) and letters."""

REPERTOIRE = JIS_X_0208 | JIS_X_0212
"""Every character that a name or an address in a certificate may hold."""
