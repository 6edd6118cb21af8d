"""The files that a batch names, each read once however often it is named."""

from __future__ import annotations

import os
import stat
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from openjpki.signer_core import PathMaterial, PathPool

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from openjpki.signer_core import PathCertificate

MAX_FILE: Final = 80 << 20
"""Octets: a list of 64 MiB, in PEM too."""
_KEPT: Final = 512 << 20
"""Octets of files whose content, or what was made of it, is kept at once; the ones that were not
asked for longest go."""

Kept = TypeVar("Kept")


@dataclass(slots=True)
class _Shelf(Generic[Kept]):
    """What was made of files, as long as there is room."""

    room: int
    _kept: OrderedDict[Hashable, tuple[Kept, int]] = field(default_factory=OrderedDict)
    _weight: int = 0

    def get(self, key: Hashable, make: Callable[[], tuple[Kept, int]]) -> Kept:
        """``make`` gives the value and the octets behind it."""
        known = self._kept.get(key)
        if known is not None:
            self._kept.move_to_end(key)
            return known[0]
        made = make()
        self._kept[key] = made
        self._weight += made[1]
        while self._weight > self.room and len(self._kept) > 1:
            _, (_, weight) = self._kept.popitem(last=False)
            self._weight -= weight
        return made[0]


@dataclass(slots=True)
class BatchFiles:
    """Not for use by several threads at once. What changes on the disk meanwhile is not seen."""

    _targets: _Shelf[bytes] = field(default_factory=lambda: _Shelf(_KEPT // 4))
    _materials: _Shelf[tuple[PathMaterial, int]] = field(default_factory=lambda: _Shelf(_KEPT))
    _anchors: _Shelf[list[PathCertificate]] = field(default_factory=lambda: _Shelf(_KEPT // 4))
    _pools: _Shelf[tuple[PathPool, int]] = field(default_factory=lambda: _Shelf(_KEPT))
    _folders: _Shelf[tuple[str, ...] | None] = field(default_factory=lambda: _Shelf(1 << 20))

    def target(self, name: str) -> bytes:
        """Octets of a file. Raises ``OSError``."""

        def make() -> tuple[bytes, int]:
            octets = _read(name)
            return octets, len(octets)

        return self._targets.get(name, make)

    def anchors(self, names: tuple[str, ...]) -> list[PathCertificate]:
        """Every certificate in these files; what can't be read is trusted by nobody. Raises
        ``OSError``."""

        def make() -> tuple[list[PathCertificate], int]:
            materials = [self._material(name) for name in names]
            found = [one for material, _ in materials for one in material.certificates]
            return found, sum(octets for _, octets in materials)

        return self._anchors.get(names, make)

    def pool(self, names: tuple[str, ...]) -> tuple[PathPool, int]:
        """What these files, and the files below these folders, hold together; how much was left
        out of it because it can't be read. Raises ``OSError`` for what is named and not there."""

        def make() -> tuple[tuple[PathPool, int], int]:
            materials: dict[str, tuple[PathMaterial, int]] = {}
            missing = 0
            for name in names:
                below = self._below(name)
                for file in (name,) if below is None else below:
                    try:
                        materials[file] = self._material(file)
                    except OSError:
                        if below is None:
                            raise
                        # One file of a folder does not end the folder.
                        missing += 1
            pool = PathPool([material for material, _ in materials.values()])
            weight = sum(octets for _, octets in materials.values())
            return (pool, pool.left_out + missing), weight

        return self._pools.get(names, make)

    def _material(self, name: str) -> tuple[PathMaterial, int]:
        def make() -> tuple[tuple[PathMaterial, int], int]:
            octets = _read(name)
            return (PathMaterial.read(octets), len(octets)), len(octets)

        return self._materials.get(name, make)

    def _below(self, name: str) -> tuple[str, ...] | None:
        """The regular files below a folder, in the order of their names; None for a file."""

        def make() -> tuple[tuple[str, ...] | None, int]:
            if not Path(name).is_dir():
                return None, 1
            found: list[str] = []
            for folder, below, files in os.walk(name):
                below.sort()
                paths = (os.path.join(folder, file) for file in sorted(files))  # noqa: PTH118
                found += [path for path in paths if Path(path).is_file()]
            return tuple(found), 1 + len(found)

        return self._folders.get(name, make)


def _read(name: str) -> bytes:
    """A regular file's octets: a device or a pipe would never end. Raises ``OSError``."""

    def opener(path: str, flags: int) -> int:
        # A pipe that nobody writes to would not even open.
        descriptor = os.open(path, flags | os.O_NONBLOCK)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        raise OSError(None, "is no regular file", path)

    with open(name, "rb", opener=opener) as file:
        octets = file.read(MAX_FILE + 1)
        if len(octets) > MAX_FILE:
            raise OSError(None, f"is longer than {MAX_FILE} octets", name)
        return octets
