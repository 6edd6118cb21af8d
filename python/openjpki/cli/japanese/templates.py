"""Texts with values in them, and their Japanese."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_PLACE: Final = re.compile(r"\{([0-9])\}")
_TELLING: Final = 2
"""A text with fewer words of its own says nothing of what its values are: the last of them is then
something that is known, or at least no word."""
_WORDS: Final = re.compile(r"[a-z -]*")


class Templates:
    """By the English, with {} for each value; in Japanese {0} is the first of them."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        # The most telling first: those with most text of their own.
        self._with_values = sorted(
            (english for english in texts if "{}" in english),
            key=lambda english: len(english.replace("{}", "")),
            reverse=True,
        )

    def in_japanese(
        self, text: str, value: Callable[[str], str | None] = lambda _: None
    ) -> str | None:
        """None where there is no Japanese for it. ``value``: that of one of its values, if any."""
        return self.texts.get(text) or next(self._filled(text, value), None)

    def _filled(self, text: str, of_value: Callable[[str], str | None]) -> Iterator[str]:
        for english in self._with_values:
            pattern = "(.*?)".join(re.escape(each) for each in english.split("{}"))
            found = re.fullmatch(pattern, text, re.DOTALL)
            if found is None:
                continue
            values = [(value, of_value(value)) for value in found.groups()]
            vague = len(english.replace("{}", " ").split()) < _TELLING
            if vague and values[-1][1] is None and _WORDS.fullmatch(values[-1][0]):
                continue
            japanese = _filled_in(self.texts[english], [known or value for value, known in values])
            if not japanese.isascii():
                yield japanese


def _filled_in(japanese: str, values: list[str]) -> str:
    return _PLACE.sub(lambda place: values[int(place[1])], japanese)
