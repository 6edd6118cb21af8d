"""One form for what keyboards and systems write in several: widths, vendor variants, kana marks.

Only differences that leave nobody a choice are evened out, each to its one twin in JIS X 0208.
Kanji are never touched: Unicode normalisation would turn compatibility ideographs into other
characters, and whether a name may be written with another kanji is for its bearer to say.
"""

from __future__ import annotations

import re
import unicodedata

# Left: how Windows code page 932 and others read a JIS X 0208 cell. Right: the standard's reading.
_VENDOR_VARIANTS = {
    0xFF0D: 0x2212,  # － FULLWIDTH HYPHEN-MINUS      → − MINUS SIGN (1-61)
    0xFF5E: 0x301C,  # ～ FULLWIDTH TILDE             → 〜 WAVE DASH (1-33)
    0x2014: 0x2015,  # — EM DASH                      → ― HORIZONTAL BAR (1-29)
    0x2225: 0x2016,  # ∥ PARALLEL TO                  → ‖ DOUBLE VERTICAL LINE (1-34)
    0xFFE0: 0x00A2,  # ￠ FULLWIDTH CENT SIGN         → ¢ (1-81)
    0xFFE1: 0x00A3,  # ￡ FULLWIDTH POUND SIGN        → £ (1-82)
    0xFFE2: 0x00AC,  # ￢ FULLWIDTH NOT SIGN          → ¬ (2-44)
}
# ASCII quotation marks have no cell of their own in JIS X 0208, hence no twin.
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F) if chr(code) not in "\"'"}
_TWINS = {
    0x20: 0x3000,
    **{code: _VENDOR_VARIANTS.get(full, full) for code, full in _FULL_WIDTH.items()},
    **_VENDOR_VARIANTS,
}
_HALF_WIDTH_KANA = re.compile("[\uff61-\uff9f]+")
_MARKED_KANA = re.compile("[\u3041-\u30ff][\u3099\u309a]")
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_CHARACTER = re.compile(f"[^{_SELECTORS}][{_SELECTORS}]?|.", re.DOTALL)


def canonical(text: str) -> str:
    """The form in which names and addresses are kept, compared and certified; idempotent.

    ASCII and half-width kana become full width (a space U+3000), vendor variants of hyphen, tilde
    and a few signs the standard's character, a kana with a combining voice mark one character.
    Nothing is refused here and nothing else changes.
    """
    text = _HALF_WIDTH_KANA.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)
    text = _MARKED_KANA.sub(lambda pair: unicodedata.normalize("NFC", pair[0]), text)
    return text.translate(_TWINS)


def split(text: str) -> tuple[str, ...]:
    """The characters of ``text``; a base with its variation selector is one (UTS 37)."""
    return tuple(_CHARACTER.findall(text))
