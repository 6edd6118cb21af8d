"""What rows know of a peer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    Rate: TypeAlias = Callable[[], float]
    """Signs for a while; says how many signatures that makes in a second."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A library that signs, and how its rate is taken."""

    suffix: str
    """Ends the ids of the rows that compare with it."""
    name: str
    """As the table shows it."""
    needs: str
    """What to install where it is missing."""
    version: Callable[[], str | None]
    """What is installed; ``None`` where it is missing."""
    signing: Callable[[int, float], AbstractContextManager[Rate]]
    """Makes a key and is ready, inside, to sign with it on so many threads for so many seconds."""
    prepare: Callable[[], object] = bool
    """What is done once, before anything is pinned to a core: building the program."""
    seconds: float = 1.0
    """How long a turn takes, ours and the peer's."""
    on_many: str = "{} cores"
    """What the table says of so many threads."""
    command: str | None = None
    """What repeats the figure, where anything but the row does."""

    def on(self, threads: int) -> str:
        """How the table names it, signing on so many threads."""
        return f"{self.name}, {'one core' if threads == 1 else self.on_many.format(threads)}"
