"""Watch: the present status of each certificate, then every change to one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.status.watchers import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import grpc

    from openjpki.services.ocsp.status.statuses import AuthorityStatus

LOOK = 0.5
"""Seconds after which a quiet stream looks whether it may go on."""
PATIENCE = 10.0
"""Seconds a change may wait for its reader."""


def watch(
    authority: AuthorityStatus,
    serials: Iterable[bytes],
    context: grpc.ServicerContext,
    still_allowed: Callable[[], None],
    stopping: Callable[[], bool],
) -> Iterator[ocsp_pb2.WatchResponse]:
    """Ends only with the call, or by raising: ``FEED_NOT_READY`` when the status is no longer
    fresh (silence would look like "nothing changed"), ``READER_TOO_SLOW``, what ``still_allowed``
    raises, ``SERVICE_UNAVAILABLE`` when the service stops.
    """
    watcher = Watcher(serials, cancel=context.cancel)
    sent: dict[bytes, tuple[int, int, int]] = {}
    # Told first, looked up second: a change between the two comes twice, and is sent once.
    authority.watchers.add(watcher)
    try:
        changed: Iterable[bytes] = watcher.serials
        while context.is_active():
            if stopping():
                raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "the service stops")
            still_allowed()
            position = authority.current()
            for serial in changed:
                answer = authority.lookup(position, serial)
                if sent.get(serial) == answer:
                    continue
                sent[serial] = answer
                # Comes back once the peer's window took it; Watchers ends a call that is stuck.
                with watcher.sending():
                    yield _message(serial, answer, position.sequence)
                if watcher.behind > PATIENCE:
                    raise OpenJpkiError(
                        Reason.READER_TOO_SLOW, "changes waited too long to be read"
                    )
            changed = watcher.take(LOOK)
    finally:
        authority.watchers.remove(watcher)


def _message(serial: bytes, answer: tuple[int, int, int], sequence: int) -> ocsp_pb2.WatchResponse:
    status, reason, at = answer
    return ocsp_pb2.WatchResponse(
        serial=serial,
        status=ocsp_pb2.CheckResponse(
            status=status,  # type: ignore[arg-type]
            reason=reason,
            revoked_at=at,
            sequence=sequence,
        ),
    )
