"""How long a call may take: every caller says so, and every hop leaves time for its own answer."""

from __future__ import annotations

import math
import time

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.current_call import current_call

HOP_MARGIN = 0.1
"""Seconds kept back from an outgoing call, to still answer the incoming one in time."""

DEFAULT_CAP = 60.0
"""Seconds: the most a unary call may take here, whatever its caller allows."""

DEFAULT_OUTGOING = 30.0
"""Seconds: an outgoing call's limit where neither its caller nor an incoming call sets one."""

_NO_DEADLINE = 10.0 * 365 * 24 * 3600
"""gRPC reports a call without deadline as one of centuries."""


def expiry(time_remaining: float, *, cap: float | None) -> float:
    """When a call ends, on ``time.monotonic()``'s scale, from what gRPC says remains.

    ``cap`` in seconds makes a deadline obligatory and bounds it; ``None`` (streams) allows a call
    that ends only with its connection. Raises ``DEADLINE_REQUIRED``, ``DEADLINE_EXCEEDED``.
    """
    if time_remaining <= 0:
        raise OpenJpkiError(Reason.DEADLINE_EXCEEDED, "the deadline passed before the call ran")
    endless = time_remaining > _NO_DEADLINE
    if cap is None:
        return math.inf if endless else time.monotonic() + time_remaining
    if endless:
        raise OpenJpkiError(Reason.DEADLINE_REQUIRED, "the call must carry a deadline")
    return time.monotonic() + min(time_remaining, cap)


def outgoing_timeout(asked: float | None, *, default: float | None) -> float | None:
    """Seconds to give an outgoing call: what is asked for (or the default), but no more than the
    call being served has left, less :data:`HOP_MARGIN`.

    Raises ``DEADLINE_EXCEEDED`` when nothing is left to give.
    """
    wanted = default if asked is None else asked
    serving = current_call()
    if serving is None or math.isinf(serving.expires_at):
        return wanted
    left = serving.expires_at - time.monotonic() - HOP_MARGIN
    if left <= 0:
        raise OpenJpkiError(Reason.DEADLINE_EXCEEDED, "no time is left to ask another service")
    return left if wanted is None else min(wanted, left)
