"""`--output`, `--language` and `--force` wherever they stand on the command line."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMES = ("--output", "-o")


def program_words_first(words: Sequence[str]) -> list[str]:
    """The words with these options in front, where the program itself has them; what stands behind
    ``--`` is no option."""
    moved: list[str] = []
    others: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            others += [word, *rest]
        elif word in {*_NAMES, "--language"}:
            moved += [word, *([value] if (value := next(rest, None)) is not None else [])]
        elif (
            word == "--force"
            or word.startswith(("--output=", "--language="))
            or _short_with_value(word)
        ):
            moved.append(word)
        else:
            others.append(word)
    return [*moved, *others]


def language_asked(words: Sequence[str]) -> str | None:
    """What ``--language`` says last, whether there is such a language or not."""
    front = list(itertools.takewhile(lambda word: word != "--", words))
    found = None
    for one, value in itertools.zip_longest(front, front[1:]):
        if one == "--language":
            found = value
        elif one.startswith("--language="):
            found = one.partition("=")[2]
    return found


def asks_for_json(words: Sequence[str]) -> bool:
    """Whether whoever reads the answer is a program, also where the words are not understood."""
    front = list(itertools.takewhile(lambda word: word != "--", words))
    pairs = itertools.pairwise(front)
    return any(one in front for one in ("--output=json", "-ojson")) or any(
        name in _NAMES and value == "json" for name, value in pairs
    )


def _short_with_value(word: str) -> bool:
    """``-ojson``: no other short option begins so."""
    return word.startswith("-o") and len(word) > len("-o")
