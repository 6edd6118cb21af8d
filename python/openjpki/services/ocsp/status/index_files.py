"""Status indexes on disk: a replica that starts anew goes on from its own instead of reading
everything from ca (docs/adr/0032-status-indexes-in-files.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from openjpki.services.common.background import NotDoneError
from openjpki.services.ocsp.status.own_folder import be_own, hold
from openjpki.services.ocsp.status.saved_position import SavedPosition, UnfitFileError, boot_id
from openjpki.signer_core import InvalidArgumentError, StatusIndex
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import (
    INDEX_FILE_AS_OF,
    INDEX_FILE_READ_SECONDS,
    INDEX_FILES_REFUSED,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.clock import Clock
    from openjpki.services.ocsp.status.statuses import Position

LOOK_SECONDS = 10.0
"""Seconds between looks at which files are old."""
SAVE_SECONDS = 1800.0
"""Age at which a file is written anew. ca goes on from any position of the last week; a nation's
indexes are two gigabytes to write."""

_SUFFIX = ".index"
_WRITTEN = ".written"
"""Of a file that is whole, until it is seen that nothing in it is in doubt."""
_log = get_logger("index-files")


@dataclass(slots=True)
class IndexFiles:
    """One file of each authority, in a folder that is this replica's alone."""

    directory: Path
    clock: Clock
    most_certificates: int
    """So many are taken of one authority."""
    boot: str = field(default_factory=boot_id)
    counter: Callable[[], float] = monotonic
    """Seconds that passed, from any beginning."""
    _saved: dict[AuthorityId, tuple[datetime, float]] = field(default_factory=dict)
    """As of when each file is true, and when it was written by the counter. Of one that was read:
    as of when it is true, or a replica that starts again and again would never write another."""

    def load(self, authority_id: AuthorityId) -> Position | None:
        """What an authority's file says; ``None`` without one, or one that is not taken."""
        began, authority = self.counter(), str(authority_id)
        INDEX_FILES_REFUSED.labels(authority)
        try:
            position = self._read(authority_id)
        except FileNotFoundError:
            return None
        except (OSError, InvalidArgumentError, UnfitFileError) as error:
            INDEX_FILES_REFUSED.labels(authority).inc()
            _log.error("a file of status is refused", authority=authority, rule=_why(error))
            return None
        seconds = self.counter() - began
        INDEX_FILE_READ_SECONDS.labels(authority).set(seconds)
        self._keeps(authority_id, position, position.age(self.clock.now()))
        _log.info(
            "status read from a file",
            authority=authority,
            sequence=position.sequence,
            seconds=round(seconds, 3),
        )
        return position

    def save(
        self,
        authorities: Iterable[AuthorityId],
        undoubted: Callable[[AuthorityId], Position | None],
    ) -> None:
        """Write each whose file is old, or is not there, and of which nothing is in doubt. Raises
        :class:`NotDoneError` when one could not be written, having written the others."""
        failed = False
        for authority_id in authorities:
            # Asked only now: writing those before may have taken minutes.
            position = undoubted(authority_id)
            if position is None or not self._is_old(authority_id, position):
                continue
            try:
                self._write(authority_id, position, undoubted)
            except (OSError, InvalidArgumentError, UnfitFileError) as error:
                failed = True
                authority, why = str(authority_id), _why(error)
                _log.error("a file of status was not written", authority=authority, rule=why)
        if failed:
            raise NotDoneError

    def _is_old(self, authority_id: AuthorityId, position: Position) -> bool:
        if authority_id not in self._saved:
            return True
        as_of, at = self._saved[authority_id]
        # Where nothing was heard since, it would say the same.
        return position.as_of != as_of and self.counter() - at >= SAVE_SECONDS

    def _write(
        self,
        authority_id: AuthorityId,
        position: Position,
        undoubted: Callable[[AuthorityId], Position | None],
    ) -> None:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._hold()
        # The position was there before: the index has what it says, and perhaps more.
        about = SavedPosition.of(authority_id, position, self.boot).encoded()
        path = self._path(authority_id)
        written = path.with_suffix(_WRITTEN)
        position.index.save(str(written), about)
        # What is told in doubt goes into the index that is there: it may be in this file by now,
        # and would be for good.
        now = undoubted(authority_id)
        if now is None or now.index is not position.index:
            written.unlink()
            return
        written.replace(path)
        self._keeps(authority_id, position, 0.0)

    def _read(self, authority_id: AuthorityId) -> Position:
        self._hold()
        path = self._path(authority_id)
        be_own(path)
        index, about = StatusIndex.load(str(path), self.most_certificates)
        said = SavedPosition.parse(about)
        if said.authority != str(authority_id):
            raise UnfitFileError("it is another authority's")
        return said.position(index, self.clock.now(), self.boot)

    def _keeps(self, authority_id: AuthorityId, position: Position, age: float) -> None:
        self._saved[authority_id] = position.as_of, self.counter() - age
        INDEX_FILE_AS_OF.labels(str(authority_id)).set(position.as_of.timestamp())

    def _hold(self) -> None:
        if hold(self.directory):
            # What a process that was killed was writing.
            for left in self.directory.glob(f"*{_WRITTEN}"):
                left.unlink(missing_ok=True)

    def _path(self, authority_id: AuthorityId) -> Path:
        return self.directory / f"{authority_id}{_SUFFIX}"


def _why(error: Exception) -> str:
    """Without the path, which says nothing more."""
    return (isinstance(error, OSError) and error.strerror) or str(error)
