"""Which addresses are shunned, and until when: longer each time. Only values and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from ipaddress import IPv4Address, IPv6Address

    Ip = IPv4Address | IPv6Address

SHUN = 60.0
"""Seconds, the first time."""
LONGEST = 960.0
FORGIVEN = 3600.0
"""Seconds after which it is the first time again."""
MOST_SHUNNED = 256
"""Addresses; beyond that the first ones are let in again."""


class Shunned:
    """The time is passed in, in seconds of any clock that does not go back."""

    def __init__(self) -> None:
        self._until: dict[Ip, float] = {}
        self._again: dict[Ip, tuple[float, float]] = {}
        """For how long the last time, and until when that is remembered."""

    @property
    def now(self) -> Sequence[Ip]:
        """The latest last."""
        return list(self._until)

    def __contains__(self, ip: object) -> bool:
        return ip in self._until

    def add(self, ips: Collection[Ip], now: float) -> None:
        """Shun them from now on."""
        for ip in ips:
            shunned_until = self._until.pop(ip, now)
            last, remembered = self._again.pop(ip, (0.0, now))
            if shunned_until > now:
                time = last  # Still for the same: what it had sent before.
            elif remembered > now:
                time = min(2 * last, LONGEST)
            else:
                time = SHUN
            self._until[ip] = now + time
            self._again[ip] = time, now + time + FORGIVEN
        for kept in (self._until, self._again):
            for ip in list(kept)[:-MOST_SHUNNED]:
                del kept[ip]

    def let_in(self, now: float) -> bool:
        """Those whose time is over; whether there were any."""
        over = [ip for ip, until in self._until.items() if until <= now]
        for ip in over:
            del self._until[ip]
        return bool(over)
