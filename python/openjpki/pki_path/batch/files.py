"""The files that a batch names, each read once however often it is named."""

from __future__ import annotations

import os
import stat
from collections import OrderedDict
from dataclasses import dataclass, field
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
_OF_ITSELF: Final = 8 << 10
"""Octets that what was made of a file takes beside the file's own, about: small files count too."""

Kept = TypeVar("Kept")


@dataclass(slots=True)
class _Shelf(Generic[Kept]):
    """What was made of files, as long as there is room."""

    room: int
    _kept: OrderedDict[Hashable, tuple[Kept, int]] = field(default_factory=OrderedDict)
    _weight: int = 0

    def known(self, key: Hashable) -> Kept | None:
        """What was made, if it is kept."""
        found = self._kept.get(key)
        return None if found is None else found[0]

    def get(self, key: Hashable, make: Callable[[], tuple[Kept, int]]) -> Kept:
        """``make`` gives the value and the octets behind it."""
        known = self._kept.get(key)
        if known is not None:
            self._kept.move_to_end(key)
            return known[0]
        value, octets = make()
        self.put(key, value, octets)
        return value

    def put(self, key: Hashable, value: Kept, octets: int) -> None:
        """Keeps what was made of so many octets, unless it is there."""
        if key in self._kept:
            return
        made = value, octets + _OF_ITSELF
        self._kept[key] = made
        self._weight += made[1]
        while self._weight > self.room and len(self._kept) > 1:
            _, (_, weight) = self._kept.popitem(last=False)
            self._weight -= weight


@dataclass(slots=True)
class BatchFiles:
    """Not for use by several threads at once. What changes on the disk meanwhile is not seen."""

    _targets: _Shelf[bytes] = field(default_factory=lambda: _Shelf(_KEPT // 4))
    _materials: _Shelf[tuple[PathMaterial, int]] = field(default_factory=lambda: _Shelf(_KEPT))
    _anchors: _Shelf[list[PathCertificate]] = field(default_factory=lambda: _Shelf(_KEPT // 4))
    _pools: _Shelf[tuple[PathPool, int]] = field(default_factory=lambda: _Shelf(_KEPT))
    _folders: _Shelf[_Below | None] = field(default_factory=lambda: _Shelf(_KEPT // 4))
    _places: _Shelf[str] = field(default_factory=lambda: _Shelf(_KEPT // 4))

    def target(self, name: str) -> bytes:
        """Octets of a file. Raises ``OSError``."""

        place = self._place(name)

        def make() -> tuple[bytes, int]:
            # What anchors and pools were made of is not kept as it came.
            known = self._materials.known(place)
            if known is not None and len(known[0].certificates) == 1 and not known[0].left_out:
                octets = known[0].certificates[0].octets
            else:
                octets = _read(name)
            return octets, len(octets)

        return self._targets.get(place, make)

    def anchors(self, names: tuple[str, ...]) -> list[PathCertificate]:
        """Every certificate in these files; what can't be read is trusted by nobody. Raises
        ``OSError``."""

        def make() -> tuple[list[PathCertificate], int]:
            materials = [self._material(name) for name in names]
            found = [one for material, _ in materials for one in material.certificates]
            return found, sum(octets for _, octets in materials)

        return self._anchors.get(names, make)

    def pool(self, names: tuple[str, ...], *, all_there: bool = False) -> tuple[PathPool, int]:
        """What these files, and the files below these folders, hold together; how much was left
        out of it because it can't be read. With ``all_there`` raises ``OSError`` for what is named
        and can't be."""

        def make() -> tuple[tuple[PathPool, int], int]:
            materials: dict[str, tuple[PathMaterial, int]] = {}
            missing: set[str] = set()
            for name in names:
                below = self._below(name)
                missing.update(() if below is None else below.unread)
                for file in (name,) if below is None else below.files:
                    try:
                        materials[self._place(file)] = self._material(file)
                    except OSError:
                        if all_there and below is None:
                            raise
                        # One element never ends the rest.
                        missing.add(file)
            pool = PathPool([material for material, _ in materials.values()])
            weight = sum(octets for _, octets in materials.values())
            return (pool, pool.left_out + len(missing)), weight

        return self._pools.get((names, all_there), make)

    def _material(self, name: str) -> tuple[PathMaterial, int]:
        place = self._place(name)

        def make() -> tuple[tuple[PathMaterial, int], int]:
            known = self._targets.known(place)
            octets = _read(name) if known is None else known
            material = PathMaterial.read(octets)
            # What finds a list's entries takes as much again as a list of short ones.
            weight = len(octets) + sum(one.memory - one.size for one in material.lists)
            return (material, weight), weight

        return self._materials.get(place, make)

    def _place(self, name: str) -> str:
        """Where the file is, whatever it is named as; links are followed once."""

        def make() -> tuple[str, int]:
            place = os.path.realpath(name)
            return place, len(name) + len(place)

        return self._places.get(name, make)

    def _below(self, name: str) -> _Below | None:
        def make() -> tuple[_Below | None, int]:
            # Neither is a name that is too long, nor what is in a folder that is not for us to see.
            if not os.path.isdir(name):  # noqa: PTH112
                return None, 0
            found = _Below.walk(name)
            for file, place in found.places.items():
                self._places.put(file, place, len(file) + len(place))
            return found, sum(map(len, found.files))

        return self._folders.get(name, make)


@dataclass(frozen=True, slots=True)
class _Below:
    """What is below a folder."""

    files: tuple[str, ...]
    """A folder's in the order of their names, then those of the folders below it."""
    unread: tuple[str, ...]
    """Folders that can't be read."""
    places: dict[str, str]
    """Where files are that are no links: following each name from the root takes longer than
    reading what is there."""

    @classmethod
    def walk(cls, name: str) -> _Below:
        """Links to folders are not followed: they may lead around."""
        found: list[str] = []
        unread: list[str] = []
        places: dict[str, str] = {}
        ahead = [(name, os.path.realpath(name))]
        while ahead:
            folder, place = ahead.pop()
            try:
                with os.scandir(folder) as entries:
                    listed = sorted(entries, key=lambda one: one.name)
            except OSError:
                unread.append(folder)
                continue
            below = []
            for one in listed:
                link = one.is_symlink()
                if _is_folder(one):
                    if not link:
                        below.append((one.path, os.path.join(place, one.name)))  # noqa: PTH118
                    continue
                found.append(one.path)
                if not link:
                    places[one.path] = os.path.join(place, one.name)  # noqa: PTH118
            ahead += reversed(below)
        return cls(tuple(found), tuple(unread), places)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A link that leads around. What it is shows when it is read.
        return False


def _read(name: str) -> bytes:
    """A regular file's octets: a device or a pipe would never end. Raises ``OSError``."""
    # A pipe that nobody writes to would not even open.
    descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(None, "is no regular file", name)
        pieces: list[bytes] = []
        left = MAX_FILE + 1
        most = max(status.st_size + 1, 4096)
        # Most come whole; one that grows meanwhile is read as far as it has come.
        while left and (piece := os.read(descriptor, min(left, most))):
            pieces.append(piece)
            left -= len(piece)
        if not left:
            raise OSError(None, f"is longer than {MAX_FILE} octets", name)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
    finally:
        os.close(descriptor)
