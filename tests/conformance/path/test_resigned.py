"""Changed and signed again: never valid where openssl and the second opinion both refuse.

Both do where key identifiers differ, which by RFC 4158 3.5.12 is no reason: the table of
disagreements has the sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conformance.path.disagreements import explained
from tests.conformance.path.judges import resigned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.conformance.path.judges import Judged

SAMPLE = 1500
SEED = 6818


def test_never_valid_where_both_refuse() -> None:
    judged = resigned((SEED, SAMPLE))
    assert too_lenient(judged) == []
    assert sum(one.ours.accepted for one in judged) > SAMPLE // 20


def too_lenient(judged: Iterable[Judged]) -> list[str]:
    """What we accept alone, without a sentence for it."""
    return [
        f"{one.mutation.asked.id} {one.mutation.field} {one.mutation.kind}: "
        f"{one.openssl.text} / {one.second.kind} {one.second.text[:160]}"
        for one in judged
        if one.ours.accepted
        and one.openssl is not None
        and not one.openssl.valid
        and one.second is not None
        and not one.second.valid
        and explained(one) is None
    ]
