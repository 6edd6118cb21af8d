"""What three judges say of changed paths, a part at a time, in processes of their own."""

from __future__ import annotations

import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from tests.conformance.path.mutations import Mutation, mutations
from tests.support.libcrypto import OpensslVerdict, openssl_verdict
from tests.support.path_asking import Answer, PathBatch
from tests.support.second_opinion import SecondOpinion, second_opinion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.path_asking import Asked

PART: Final = 1000
One = TypeVar("One")


@dataclass(frozen=True)
class Judged:
    """A changed path and what was said of it."""

    mutation: Mutation
    ours: Answer
    second: SecondOpinion | None
    openssl: OpensslVerdict | None


def both(part: tuple[int, int]) -> list[Judged]:
    """Ours and the second opinion, of paths signed again or not; where they differ, openssl too.

    ``part`` is seed and how many.
    """
    judged = []
    for one, ours in _ours(part, signed=None):
        second = _second(one.asked)
        third = _openssl(one.asked) if ours.accepted is not second.valid else None
        judged.append(Judged(one, ours, second, third))
    return judged


def resigned(part: tuple[int, int]) -> list[Judged]:
    """Ours, of paths signed again; the others only of what we accept."""
    judged = []
    for one, ours in _ours(part, signed=True):
        openssl = _openssl(one.asked) if ours.accepted else None
        second = _second(one.asked) if openssl and not openssl.valid else None
        judged.append(Judged(one, ours, second, openssl))
    return judged


def in_parts(judge: Callable[[tuple[int, int]], list[One]], count: int, seed: int) -> Iterator[One]:
    """All of ``count``, on all processors; the same for the same seed."""
    parts = [(seed + at, min(PART, count - at)) for at in range(0, count, PART)]
    with ProcessPoolExecutor() as pool:
        for judged in pool.map(judge, parts):
            yield from judged


def _ours(part: tuple[int, int], *, signed: bool | None) -> Iterator[tuple[Mutation, Answer]]:
    seed, count = part
    made = list(mutations(count, seed, signed=signed))
    folder = Path(tempfile.mkdtemp(prefix="paths-"))
    try:
        answers = PathBatch(folder).ask(one.asked for one in made)
    finally:
        shutil.rmtree(folder)
    for one in made:
        yield one, answers[one.asked.id]


def _second(asked: Asked) -> SecondOpinion:
    target, anchors, pool = _octets(asked)
    return second_opinion(
        target=target, anchors=anchors, pool=pool, crls=pool, at=asked.time, revocation=True
    )


def _openssl(asked: Asked) -> OpensslVerdict:
    target, anchors, pool = _octets(asked)
    return openssl_verdict(
        target=target, anchors=anchors, pool=pool, crls=pool, at=asked.time, revocation=True
    )


def _octets(asked: Asked) -> tuple[bytes, list[bytes], list[bytes]]:
    def read(content: bytes | Path) -> bytes:
        return content if isinstance(content, bytes) else content.read_bytes()

    return read(asked.target), [read(one) for one in asked.anchors], [*map(read, asked.pool)]
