"""Watch: the present status of each certificate, then every change to one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.status.watchers import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from openjpki.domain.certificate_status import StatusAnswer
    from openjpki.services.ocsp.status.statuses import AuthorityStatus, Position

POLL_SECONDS = 0.2
"""Seconds after which a quiet stream looks whether it may go on; less than it is given to end in
(``rpc/server/running_streams.py``)."""
MAX_SECONDS_BEHIND = 10.0
"""Seconds a change may wait for its reader."""


class Call(Protocol):
    """Whoever reads the stream."""

    def is_active(self) -> bool:
        """Whether it is still there."""

    def cancel(self) -> object:
        """End its stream, from whichever thread."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one message says."""

    serial: bytes
    status: StatusAnswer
    position: Position
    """What it stands on."""


def watch(
    authority: AuthorityStatus,
    serials: Iterable[bytes],
    call: Call,
    still_allowed: Callable[[], None],
    stopping: Callable[[], bool],
) -> Iterator[Told]:
    """Ends only with the call, or by raising: ``FEED_NOT_READY`` when the status is no longer
    current (silence would look like "nothing changed"), ``READER_TOO_SLOW``, what ``still_allowed``
    raises, ``SERVICE_UNAVAILABLE`` when the service stops.
    """
    watcher = Watcher(serials, cancel=call.cancel)
    sent: dict[bytes, StatusAnswer] = {}
    # Changes are listened for before the statuses are looked up. A change between the two is
    # seen twice, and sent once.
    authority.watchers.add(watcher)
    try:
        changed: Iterable[bytes] = watcher.serials
        while call.is_active():
            if stopping():
                raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "the service stops")
            still_allowed()
            known = authority.current()
            for serial in changed:
                found = known.lookup(serial)
                if sent.get(serial) == found:
                    continue
                sent[serial] = found
                # Yielding returns once the peer has room for the message; Watchers ends a call that
                # is stuck.
                with watcher.sending():
                    yield Told(serial, found, known.position)
                if watcher.behind > MAX_SECONDS_BEHIND:
                    raise OpenJpkiError(
                        Reason.READER_TOO_SLOW, "changes waited too long to be read"
                    )
            changed = watcher.take(POLL_SECONDS)
    finally:
        authority.watchers.remove(watcher)
