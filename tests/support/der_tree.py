"""DER as a tree that can be changed and written again, whatever sense it makes afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field

from openjpki_devkit.forge import der

_EXTENSION_VALUE = 0x04


@dataclass
class Node:
    """One element: its children where its content is elements, else its octets."""

    tag: int
    content: bytes = b""
    children: list[Node] = field(default_factory=list)
    opened: bool = False
    """Whether the content is the children's, also where there are none."""
    raw: bytes | None = None
    """Stands for the whole element where it is set."""

    def write(self) -> bytes:
        """The octets."""
        if self.raw is not None:
            return self.raw
        if self.opened:
            return der.tlv(self.tag, *(child.write() for child in self.children))
        return der.tlv(self.tag, self.content)

    def walk(self) -> list[Node]:
        """This and all below, in the order of their octets."""
        found = [self]
        for child in self.children:
            found += child.walk()
        return found


def read(octets: bytes) -> Node:
    """The one element. Raises ``ValueError`` unless it is one, of definite lengths."""
    nodes = _read_all(octets)
    if len(nodes) != 1:
        raise ValueError("not one element")
    return nodes[0]


def _read_all(octets: bytes) -> list[Node]:
    nodes, at = [], 0
    while at < len(octets):
        if at + 2 > len(octets) or octets[at] & 0x1F == 0x1F:
            raise ValueError("no element")
        tag, length, begin = octets[at], octets[at + 1], at + 2
        if length == 0x80:
            raise ValueError("indefinite length")
        if length & 0x80:
            begin += length & 0x7F
            length = int.from_bytes(octets[at + 2 : begin])
        at = begin + length
        if at > len(octets):
            raise ValueError("too short")
        nodes.append(_node(tag, octets[begin:at]))
    return nodes


def _node(tag: int, content: bytes) -> Node:
    if tag & 0x20:
        return Node(tag, children=_read_all(content), opened=True)
    if tag == _EXTENSION_VALUE and content:
        # What an extension holds is DER again, mostly; key identifiers are not.
        try:
            return Node(tag, children=_read_all(content), opened=True)
        except ValueError:
            pass
    return Node(tag, content)
