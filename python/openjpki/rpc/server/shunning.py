"""Has the kernel drop what comes to a listening port from some addresses.

A filter on the listening socket (Linux, ``SO_ATTACH_FILTER``, no privilege needed) sees a packet
before there is a connection: who is shunned costs neither a handshake nor a thread. Connections
that are open already are not touched.
"""

from __future__ import annotations

import ctypes
import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection
    from ipaddress import IPv4Address, IPv6Address

_ATTACH, _DETACH = 26, 27
"""``SO_ATTACH_FILTER``, ``SO_DETACH_FILTER`` (asm-generic/socket.h)."""
_NETWORK_HEADER = 0xFFF00000
"""``SKF_NET_OFF`` as an offset: from where the IP header begins."""
_IPV4_SOURCE, _IPV6_SOURCE = _NETWORK_HEADER + 12, _NETWORK_HEADER + 8


class _Step(NamedTuple):
    """One instruction of classic BPF (linux/filter.h)."""

    code: int
    if_true: int
    if_false: int
    operand: int


_LOAD_WORD, _LOAD_OCTET, _AND, _EQUALS, _GO, _RETURN = 0x20, 0x30, 0x54, 0x15, 0x05, 0x06
_DROP = _Step(_RETURN, 0, 0, 0)
_PASS = _Step(_RETURN, 0, 0, 0xFFFFFFFF)


def shun(listening: socket.socket, addresses: Collection[IPv4Address | IPv6Address]) -> None:
    """From now on these, and no others. Raises ``OSError`` where the kernel will not."""
    if not addresses:
        with suppress(FileNotFoundError):  # There was none.
            listening.setsockopt(socket.SOL_SOCKET, _DETACH, 0)
        return
    steps = _program(addresses)
    octets = b"".join(struct.pack("=HBBI", *step) for step in steps)
    program = ctypes.create_string_buffer(octets, len(octets))
    # struct sock_fprog: how many, padding, where.
    described = struct.pack("@HP", len(steps), ctypes.addressof(program))
    listening.setsockopt(socket.SOL_SOCKET, _ATTACH, described)


def _program(addresses: Collection[IPv4Address | IPv6Address]) -> list[_Step]:
    four = [_Step(_LOAD_WORD, 0, 0, _IPV4_SOURCE)]
    six: list[_Step] = []
    for address in addresses:
        words = struct.unpack(f">{len(address.packed) // 4}I", address.packed)
        if len(words) == 1:
            four += [_Step(_EQUALS, 0, 1, words[0]), _DROP]
            continue
        for number, word in enumerate(words):
            # Past the rest of this address: two steps a word, and the drop.
            rest = 2 * (len(words) - 1 - number) + 1
            six += [
                _Step(_LOAD_WORD, 0, 0, _IPV6_SOURCE + 4 * number),
                _Step(_EQUALS, 0, rest, word),
            ]
        six.append(_DROP)
    four.append(_PASS)
    six.append(_PASS)
    return [
        _Step(_LOAD_OCTET, 0, 0, _NETWORK_HEADER),
        _Step(_AND, 0, 0, 0xF0),
        _Step(_EQUALS, 1, 0, 0x40),
        _Step(_GO, 0, 0, len(four)),
        *four,
        *six,
    ]
