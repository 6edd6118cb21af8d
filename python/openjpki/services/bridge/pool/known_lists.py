"""Revocation lists that were read before, by their SHA-256: a large one is read once."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final

from openjpki.errors import OpenJpkiError
from openjpki.x509.foreign.reading import read_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.signer_core import PathRevocationList

ROOM: Final = 256 << 20
"""Octets of memory, of lists kept beyond those in use; the ones not asked for longest go."""


@dataclass(slots=True)
class KnownLists:
    """Safe for use by many threads."""

    room: int = ROOM
    unreadable: dict[bytes, OpenJpkiError] = field(default_factory=dict)
    """Lists that can't be read, by SHA-256, with the rule that each breaks."""
    _kept: OrderedDict[bytes, tuple[PathRevocationList, int]] = field(default_factory=OrderedDict)
    _octets: int = 0
    _lock: Lock = field(default_factory=Lock)

    def find(self, sha256: bytes) -> PathRevocationList | None:
        """The list of this SHA-256, if it is known."""
        with self._lock:
            known = self._kept.get(sha256)
            if known is None:
                return None
            self._kept.move_to_end(sha256)
            return known[0]

    def get(self, sha256: bytes, fetch: Callable[[], bytes]) -> PathRevocationList:
        """The list of this SHA-256; ``fetch`` gives its octets where it is not known. Raises what
        :func:`~openjpki.x509.foreign.reading.read_list` raises."""
        known = self.find(sha256)
        if known is not None:
            return known
        fault = self.unreadable.get(sha256)
        if fault is not None:
            raise fault
        der = fetch()
        try:
            read = read_list(der, whatever_is_critical=True)
        except OpenJpkiError as error:
            self.unreadable[sha256] = error
            raise
        self.keep(read)
        return read

    def keep(self, read: PathRevocationList) -> None:
        """Keep a list that was read elsewhere: nobody needs to read it again."""
        sha256, octets = read.sha256, read.memory
        with self._lock:
            if sha256 not in self._kept:
                self._kept[sha256] = read, octets
                self._octets += octets
            while self._octets > self.room and len(self._kept) > 1:
                _, (_, oldest) = self._kept.popitem(last=False)
                self._octets -= oldest
