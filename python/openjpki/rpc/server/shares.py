"""How many connections an address may make before it is known who calls.

Only values and rules; the time is passed in, in seconds of any clock that does not go back.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable
    from ipaddress import IPv4Address

NEW_AT_ONCE, NEW_A_SECOND = 64, 8.0
"""Connections of one address: a site behind one that starts again, then a small part of a
processor's handshakes."""
REFUSED_AT_ONCE, REFUSED_A_SECOND = 512, 32.0
"""Connections of one address beyond that: clients that come again later, as gRPC's do, stay within
it; whoever does not wait for anything does not."""
MOST_ADDRESSES = 4096
"""Beyond that the first ones are forgotten."""


class Bucket:
    """So many at once, and so many more a second."""

    __slots__ = ("_a_second", "_at", "_at_once", "_left")

    def __init__(self, at_once: float, a_second: float, now: float) -> None:
        self._at_once, self._a_second = at_once, a_second
        self._left, self._at = at_once, now

    def take(self, now: float) -> bool:
        """One of them, if there is one."""
        self._left = min(self._at_once, self._left + (now - self._at) * self._a_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Arrivals:
    """New connections, by the address they come from."""

    def __init__(self) -> None:
        self._of: dict[Hashable, tuple[Bucket, Bucket]] = {}

    def may_come(self, ip: IPv4Address | IPv6Address, now: float) -> bool | None:
        """Whether one more may; ``None``: so many came that nothing of it should be taken."""
        # A network of IPv6 has one owner, and more addresses than can be remembered.
        whose = ip_network((ip, 64), strict=False) if isinstance(ip, IPv6Address) else ip
        if (buckets := self._of.pop(whose, None)) is None:
            buckets = (
                Bucket(NEW_AT_ONCE, NEW_A_SECOND, now),
                Bucket(REFUSED_AT_ONCE, REFUSED_A_SECOND, now),
            )
            if len(self._of) >= MOST_ADDRESSES:
                del self._of[next(iter(self._of))]
        self._of[whose] = buckets
        new, refused = buckets
        if new.take(now):
            return True
        return False if refused.take(now) else None
