"""Where a call is made again after a refusal: the search for the instance that owns its subject."""

from __future__ import annotations

import time

from openjpki.domain.lease import OWNER, OWNER_ADDRESS, Instance
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.grpc_failures import nobody_answered
from openjpki.rpc.status import RETRY_DELAY

PATIENCE = 15.0
"""Seconds after the first refusal: an owner that died is replaced within five, and its successor
finishes what it left open first."""

HOPS = 3
"""Instances asked one straight after the other: what they say of each other may be outdated."""


class Search:
    """One call's. It ends with its deadline or when patience does, whichever is first."""

    def __init__(self, timeout: float | None) -> None:
        """``timeout``: seconds that the whole may take."""
        self._began = time.monotonic()
        self._timeout = timeout
        self._gives_up_at = float("inf")
        self._hops = 0
        self._asked_again = False

    def left(self) -> float | None:
        """Seconds for the next attempt."""
        if self._timeout is None:
            return None
        return max(self._began + self._timeout - time.monotonic(), 0.0)

    def next(self, refused: OpenJpkiError, asked: str | None) -> str | None:
        """Where to ask next, after what ``asked`` answered; None is the service's own address.

        Waits where asking at once would be of no use. Raises the refusal itself when it is the
        call's answer, and ``SERVICE_UNAVAILABLE`` when no owner was found in time: who owns what
        concerns nobody but the caller.
        """
        if refused.reason is Reason.NOT_THE_OWNER:
            owner = _named(refused)
            if owner is not None and owner != asked and self._hops < HOPS:
                self._hops += 1
                return owner
            self._wait(_nobody(refused))
        elif nobody_answered(refused) and (asked is not None or not self._asked_again):
            # An instance that went. At the service's own address another one answers soon; where
            # none does, nobody needs to wait for an owner.
            self._asked_again |= asked is None
            self._wait(refused)
        else:
            raise refused
        self._hops = 0
        return None

    def _wait(self, last: OpenJpkiError) -> None:
        now = time.monotonic()
        ends = float("inf") if self._timeout is None else self._began + self._timeout
        self._gives_up_at = min(self._gives_up_at, now + PATIENCE)
        if now + RETRY_DELAY >= min(ends, self._gives_up_at):
            raise last
        time.sleep(RETRY_DELAY)


def _named(refused: OpenJpkiError) -> str | None:
    """The owner's address, if the refusal has one."""
    said = refused.metadata
    try:
        return Instance(said.get(OWNER, ""), said.get(OWNER_ADDRESS, "")).address
    except OpenJpkiError:
        return None


def _nobody(refused: OpenJpkiError) -> OpenJpkiError:
    error = OpenJpkiError(
        Reason.SERVICE_UNAVAILABLE, "no instance of the service took this call in time"
    )
    error.__cause__ = refused
    return error
