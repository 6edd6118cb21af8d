"""What the service does by itself: getting ready, then keeping everything current."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError
from openjpki.services.bridge.carry_out import finish_approved
from openjpki.services.bridge.own_authority import create_own, own_key, require_own
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.own_list import OwnListPublisher
    from openjpki.services.bridge.refresh import Refresher

_log = get_logger("jobs")

_UNTIL_READY = 0.5
"""Seconds from one attempt to get ready to the next."""
_WAITS_FOR_LISTS = 20
"""So many times: authorities that start beside this service need a moment for their first lists.
One that never makes any must not keep the others' paths from being validated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The pieces of one round."""

    bridge: BridgeContext
    publisher: OwnListPublisher
    refresher: Refresher
    organization: str
    key_bits: int
    make_key: bool

    def get_ready(self) -> None:
        """Authority, list, governors. Raises what keeps the service from being ready."""
        if self.make_key:
            create_own(
                self.bridge, organization=self.organization, bits=self.key_bits, actor="bridge"
            )
        with self.bridge.database.reading() as tx:
            own = require_own(tx)
        own_key(self.bridge, own)
        self.publisher.publish_due()
        self.refresher.look()

    def once(self) -> None:
        """What is due: half-done exchanges, the own list, the governors' lists."""
        for piece in (
            lambda: finish_approved(self.bridge),
            self.publisher.publish_due,
            self.refresher.look,
        ):
            _attempt(piece)


class Jobs:
    """A thread that first gets ready, says so, and then looks every ``every`` seconds."""

    def __init__(self, work: Work, *, every: float, on_ready: Callable[[], None]) -> None:
        self._work = work
        self._every = every
        self._on_ready = on_ready
        self._stop = Event()
        self._thread = Thread(target=self._run, name="bridge-jobs", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Begin nothing more."""
        self._stop.set()

    def stop(self) -> None:
        """End after the piece of work at hand."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not _attempt(self._work.get_ready):
            if self._stop.wait(_UNTIL_READY):
                return
        _attempt(lambda: finish_approved(self._work.bridge))
        for _ in range(_WAITS_FOR_LISTS):
            if self._work.refresher.complete or self._stop.wait(_UNTIL_READY):
                break
            _attempt(self._work.refresher.look)
        self._on_ready()
        while not self._stop.wait(self._every):
            self._work.once()


def _attempt(piece: Callable[[], object]) -> bool:
    try:
        piece()
    except OpenJpkiError as error:
        # A device, database or service that is away: the next round tries again.
        _log.warning("a job failed", reason=error.reason.name, rule=error.message)
    except Exception as error:  # noqa: BLE001 - the thread must outlive a fault in one round
        _log.error("a job failed", exc_info=error)
    else:
        return True
    return False
