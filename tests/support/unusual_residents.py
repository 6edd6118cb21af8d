"""Residents as real registers have them too: names of one word or several, births known in part,
characters that no certificate can hold."""

from __future__ import annotations

from dataclasses import replace

from tests.support.registration_service import TOYAMA_CITY, residents_of

_USUAL = residents_of(TOYAMA_CITY, 210)[200:]
_CHANGES: tuple[dict[str, str], ...] = (
    {"name": "カクウ"},
    {"name": "ＫＡＫＵＵ　ＶＡＮ　ＡＮＨ", "name_kana": ""},
    {"name": "カクウ　デ　ソウザ　サントス"},
    {"birth_date": "1950-03-00"},
    {"birth_date": "1951-00-00"},
    {"birth_date": "1989-01-00"},
    {"name": "架空　髙𠮷"},
    {"name": "架空　直樹\U000e0102"},
    {"address": "富山県富山市髙架空町１番地"},
    {"name": "ＫＡＫＵＵ　ＪＯＨＮ", "also_known_as": "架空　次郎"},
)
UNUSUAL = [replace(one, **changes) for one, changes in zip(_USUAL, _CHANGES, strict=True)]
"""Of Toyama; their names and births tell them apart from everybody else there."""
