"""What the engine says of lists and OCSP responses, beside a plain reading of their RFC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable

    from tests.support.path_asking import Asked, PathBatch

VERDICTS = ("good", "revoked", "unknown")
_REASONS = {None: "good", "revoked": "revoked", "revocation_unknown": "unknown"}


class Drawn(Protocol):
    """One draw of a generator."""

    @property
    def asked(self) -> Asked:
        """What the engine is asked about it."""


Mix = TypeVar("Mix", bound=Drawn)


def misread(
    batch: PathBatch,
    mixes: Iterable[Mix],
    reading: Callable[[Mix], str],
    read: Counter[str],
) -> list[str]:
    """Where the engine says otherwise than ``reading``; ``read`` counts what is right."""
    made = list(mixes)
    answers = batch.ask(one.asked for one in made)
    found = []
    for mix in made:
        right, said = reading(mix), answers[mix.asked.id]
        read[right] += 1
        if _REASONS.get(said.reason, said.reason) != right:
            found.append(f"{said.id}: {said.reason} {said.rule}, right is {right}")
    return found
