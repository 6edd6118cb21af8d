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


def is_der(octets: bytes) -> bool:
    """Whether lengths, booleans, integers and strings are as X.690 10 and 11 want them."""
    try:
        return _of_der(octets, whole=True)
    except IndexError:
        return False


def _of_der(octets: bytes, *, whole: bool = False) -> bool:
    at = 0
    while at < len(octets):
        tag, length, begin = octets[at], octets[at + 1], at + 2
        if tag & 0x1F == 0x1F or length == 0x80:
            return False
        if length & 0x80:
            begin += length & 0x7F
            length = int.from_bytes(octets[at + 2 : begin])
        content = octets[begin : begin + length]
        if octets[at + 1 : begin] != der.length_of(length) or len(content) != length:
            return False
        if not (_of_der(content) if tag & 0x20 else _primitive(tag, content)):
            return False
        at = begin + length
        if whole and at != len(octets):
            return False
    return True


def _primitive(tag: int, content: bytes) -> bool:
    if tag == 0x01:
        return content in {b"\0", b"\xff"}
    if tag == 0x02:
        spare = content[:1] in {b"\0", b"\xff"} and len(content) > 1
        return bool(content) and not (spare and (content[0] ^ content[1]) & 0x80 == 0)
    if tag == 0x03:
        unused = content[0]
        return unused < 8 and not (len(content) > 1 and content[-1] & ((1 << unused) - 1))
    return tag & 0xC0 != 0 or tag not in {0x10, 0x11}


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
