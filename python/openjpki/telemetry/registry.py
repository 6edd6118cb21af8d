"""A registry of metrics of which some are counted elsewhere, as in the signing core."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Histogram, Metric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from prometheus_client.registry import RestrictedRegistry


class Registry(CollectorRegistry):
    """A registry that has others bring what they counted elsewhere before it is read."""

    def __init__(self) -> None:
        super().__init__()
        self._before: list[Callable[[], None]] = []

    def before(self, bring: Callable[[], None]) -> None:
        """Called before each reading from now on."""
        self._before.append(bring)

    def no_longer_before(self, bring: Callable[[], None]) -> None:
        """Called once more, and then no longer."""
        bring()
        self._before.remove(bring)

    def restricted_registry(self, names: Iterable[str]) -> RestrictedRegistry:
        """The metrics of these names, with what others bring."""
        for bring in tuple(self._before):
            bring()
        return super().restricted_registry(names)

    def collect(self) -> Iterator[Metric]:
        """Every metric, with what others bring."""
        for bring in tuple(self._before):
            bring()
        yield from super().collect()


class CountedElsewhere(Histogram):
    """A histogram that also takes in many observations at once."""

    def add(self, counts: Sequence[int], total: float) -> None:
        """``counts``: how many there were up to each of its bounds and not up to the one before."""
        self._sum.inc(total)
        for bucket, count in zip(self._buckets, counts, strict=True):
            bucket.inc(count)
