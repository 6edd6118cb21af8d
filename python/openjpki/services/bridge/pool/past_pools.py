"""What paths are built from at a time that has passed: with the lists of that time."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final

from openjpki.services.bridge.pool.elements import lists_of_numberings, lists_of_time
from openjpki.services.bridge.pool.path_material import (
    pool_of_time,
    read_lists,
    tell_unreadable,
)

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.pool.known_lists import KnownLists
    from openjpki.services.bridge.pool.path_material import PathMaterial, PoolOfTime

_KEPT: Final = 4
"""Pools of the times that were asked about last."""


@dataclass(slots=True)
class PastPools:
    """Safe for use by many threads. They are made one after the other: whoever asks about many
    times at once has many large lists in memory at no time."""

    bridge: BridgeContext
    known: KnownLists
    _kept: OrderedDict[tuple[object, ...], PoolOfTime] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def at(self, material: PathMaterial, at: datetime) -> PoolOfTime:
        """The certificates of ``material`` with the lists of a time, superseded ones among them,
        and with the cross certificates that ended later."""
        if at >= material.begins:
            return material.now
        later = [one.certificate for one in material.ended if one.at > at]
        ended = [one.certificate for one in material.ended if one.at <= at]
        with self._lock:
            told = {*self.known.unreadable}
            with self.bridge.database.reading() as tx:
                of_time = list(lists_of_time(tx, self.known, at))
                found = [*of_time, *lists_of_numberings(tx, self.known, of_time)]
            left_out = [one for one in found if one.read is None and one.sha256 not in told]
            if left_out:
                tell_unreadable(left_out, self.known)
            lists = read_lists(found)
            key = (material.version, len(ended), *sorted({one.sha256 for one in lists}))
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
                return known
            made = pool_of_time([*material.certificates, *later], ended, lists, material.accepted)
            self._kept[key] = made
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made
