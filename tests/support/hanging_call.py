"""A call that hangs while the process that serves it is stopped."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Callable


class HangingCall(threading.Thread):
    """Made at once, in a thread of its own."""

    def __init__(self, make: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._make = make
        self.answer: object = None
        self.refusal: Reason | None = None
        self.start()

    def run(self) -> None:
        """What came of it: an answer, or why there is none."""
        try:
            self.answer = self._make()
        except OpenJpkiError as error:
            self.refusal = error.reason

    def ends(self) -> None:
        """Wait until it has."""
        self.join(90)
        assert not self.is_alive()
