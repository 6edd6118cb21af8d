"""Texts with values in them, and their Japanese."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PLACE: Final = re.compile(r"\{([0-9])([=#]?)\}")
"""Where a value stands in the Japanese. With = it is shown as it came, as words are that somebody
has to type; with # too, and it is a number, or the text is another one."""
_TELLING: Final = 3
"""A text with fewer words of its own says nothing of what its values are: the last of them is then
something that is known, or at least no word."""
_WORDS: Final = re.compile(r"[a-z ,'-]+|[a-z]+ [A-Za-z ,'-]+")


class Templates:
    """By the English, with {} for each value; in Japanese {0} is the first of them.

    ``telling``: how many words of its own a text needs to be known by them alone.
    """

    def __init__(self, texts: Mapping[str, str], *, telling: int = _TELLING) -> None:
        self.texts = texts
        self._telling = telling
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
            marks = [mark for _, mark in sorted(PLACE.findall(self.texts[english]))]
            values = [
                (value, None if mark else of_value(value))
                for value, mark in zip(found.groups(), marks, strict=True)
            ]
            if not self._is_meant(english, values, marks):
                continue
            japanese = _filled_in(self.texts[english], [known or value for value, known in values])
            if not japanese.isascii():
                yield japanese

    def _is_meant(
        self, english: str, values: list[tuple[str, str | None]], marks: list[str]
    ) -> bool:
        """Whether a text that fits is this one, and not another of which nothing is known."""
        if any(
            mark == "#" and not value.isdecimal()
            for (value, _), mark in zip(values, marks, strict=True)
        ):
            return False
        last, known = values[-1]
        own = english.replace("{}", " ")
        if not re.search("[a-z]", own) and " " not in last:
            # Nothing but values: the last is a rule, and none is one word.
            return False
        vague = len(own.split()) < self._telling
        return not (vague and known is None and _WORDS.fullmatch(last))


def _filled_in(japanese: str, values: list[str]) -> str:
    return PLACE.sub(lambda place: values[int(place[1])], japanese)
