"""What stands after a call that changes something has failed.

A refusal of the request settles that nothing was done. No answer, an answer that went astray or a
failure behind the service does not: the act may have been done, or be done yet. And under a new
request id, which every run of a command has, doing it again is another act.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from openjpki.cli import output
from openjpki.cli.next_steps import AGAIN, DONE, LOOK, OUTCOME, UNKNOWN, Again
from openjpki.errors import OpenJpkiError, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

UNSETTLED = frozenset(
    {"ABORTED", "CANCELLED", "DEADLINE_EXCEEDED", "INTERNAL", "UNAVAILABLE", "UNKNOWN"}
)
"""The codes of gRPC after which the caller can't know."""
_stands: Mapping[str, str] = {}
_ONLY_THE_FILE = Text(
    ja="処理そのものは完了しています。書き込めなかったのはファイルだけです。",
    en="What was asked for is done; only the file is missing.",
)


def stands() -> Mapping[str, str]:
    """As in a refusal's metadata, should this run of the command line end now without a word: empty
    before it has asked for a change, and after a refusal."""
    return _stands


def _standing(outcome: str | None, how: Mapping[str, str]) -> None:
    global _stands
    _stands = {OUTCOME: outcome, **how} if outcome else {}


@contextmanager
def changing(
    look: str | None = None,
    *,
    again: Again = Again.SAFE,
    state: Callable[[], str] | None = None,
) -> Iterator[None]:
    """Around the one call that changes something; adds to its refusal how things stand.

    ``look``: the command that shows it; where there is none, ``again`` says what the same command
    would do. ``state`` asks the service at once, where an act is carried out by others behind it,
    who may refuse what stands here all the same: an approval, say.
    """
    how = {LOOK: look} if look else {AGAIN: again}
    _standing(UNKNOWN, how)
    try:
        yield
    except OpenJpkiError as error:
        found = _asked(state) if state else None
        if found is None and error.reason.grpc_code in UNSETTLED:
            found = UNKNOWN
        if found is not None:
            error.metadata |= {OUTCOME: found, **how}
        _standing(found, how)
        raise
    _standing(DONE, how)


def _asked(state: Callable[[], str]) -> str | None:
    try:
        return state()
    except OpenJpkiError:
        # What is told is why the act failed, not why nobody says how it stands.
        return None


@contextmanager
def keeping(fetch: str) -> Iterator[None]:
    """Around the writing of what an act gave. ``fetch``: the command that writes it later."""
    try:
        yield
    except OSError as error:
        error.add_note(f"{_ONLY_THE_FILE.in_language(output.language())} [{fetch}]")
        raise
