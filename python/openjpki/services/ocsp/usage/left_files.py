"""Files of usage that runs before have left: put aside until they are settled, never thrown away.

Each goes into a folder of its own, so that none takes the place of another, also where one that was
copied is put back. Files that can't be read stay for whoever can: they may be of a newer release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.signer_core import OcspUsageFiles
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LEFT, _UNFIT = "left-", "unfit"
MOST_LEFT = 100
"""Folders at a time: with very many verifiers each is of some megabytes, and a pod that has no room
left is taken away, with all of them."""

_log = get_logger("usage")


def left_in(directory: Path) -> list[Path]:
    """The folders that were put aside and are not settled, the oldest first."""
    folders = [(one.lstat().st_mtime_ns, one) for one in directory.glob(f"{_LEFT}*")]
    return [folder for _, folder in sorted(folders)]


def put_aside(directory: Path, random: Callable[[int], bytes]) -> None:
    """Put aside what another run left, so that this one has its own. Raises ``OSError``."""
    left = OcspUsageFiles.newest(directory)
    if left is None:
        keep_unfit(directory, directory, random)
        return
    _move(directory, _new(directory, f"{_LEFT}{left[0].hex()}", random))
    left_too = left_in(directory)
    # Those with the least first: runs that end as soon as they begin push out none of weeks.
    for folder in sorted(left_too, key=_octets)[: max(len(left_too) - MOST_LEFT, 0)]:
        # Its run never ended: statements name the time of which nobody knows.
        _log.error(
            "too many runs of usage are left, and a small one is taken away", run=folder.name
        )
        OcspUsageFiles.forget(folder)
        folder.rmdir()


def keep_unfit(folder: Path, directory: Path, random: Callable[[int], bytes]) -> None:
    """Keep files that can't be read, if there are any, where nobody takes them for their own.
    Raises ``OSError``."""
    if not _files(folder):
        return
    kept = _new(directory, _UNFIT, random)
    _move(folder, kept)
    _log.error("files of usage can't be read, and are kept", folder=kept.name)


def _new(directory: Path, name: str, random: Callable[[int], bytes]) -> Path:
    made = directory / f"{name}-{random(4).hex()}"
    made.mkdir(mode=0o700)
    return made


def _move(folder: Path, to: Path) -> None:
    for file in _files(folder):
        file.rename(to / file.name)


def _octets(folder: Path) -> int:
    return sum(one.lstat().st_size for one in _files(folder))


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("usage.*"))
