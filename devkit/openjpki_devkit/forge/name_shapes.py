"""Names, and constraints of names, whose cost a stranger chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openjpki_devkit.forge import extensions as ext
from openjpki_devkit.forge.certificates import Certificate, dn
from openjpki_devkit.forge.shape import Shape, authority

if TYPE_CHECKING:
    from collections.abc import Callable


def text(value: str, *, accepted: bool) -> Shape:
    """An authority of this name, which its target's issuer has to be compared with."""
    name = dn(("CN", value))
    middle = Certificate(subject=name, key="A", issuer="R", ca=True).make()
    target = Certificate(subject="E", issuer=name, signer="A").make()
    return Shape(target=target, anchor=authority("R", "R"), pool=[middle], accepted=accepted)


def parts(count: int) -> Shape:
    """A name of so many relative names."""
    target = Certificate(subject=dn(*[("CN", "a")] * count), key="E", issuer="A").make()
    pool = [authority("A", "R")]
    return Shape(target=target, anchor=authority("R", "R"), pool=pool, accepted=None)


def hosts(names: int, stated: int) -> Shape:
    """So many host names below as many constraints, in one certificate each."""
    excluded = [ext.dns(f"b{place}.test") for place in range(stated)]
    wanted = [ext.dns(f"a{place}.test") for place in range(names)]
    return _constrained([ext.dns("test")], excluded, wanted)


def addresses(names: int) -> Shape:
    """So many addresses, and an excluded network of every length of mask that has none of them."""
    masks = [(1 << 128) - (1 << 128 - bits) for bits in range(1, 129)]
    networks = [((1 << 127) & mask).to_bytes(16) + mask.to_bytes(16) for mask in masks]
    wanted = [ext.address(*place.to_bytes(16)) for place in range(names)]
    return _constrained([], [ext.address(*one) for one in networks], wanted)


def locations(names: int, stated: int) -> Shape:
    """So many URIs of hosts of many labels below as many constraints."""
    excluded = [ext.uri(f".b{place}.test") for place in range(stated)]
    host = ".".join("a" * 8)
    wanted = [ext.uri(f"http://{host}.{place}.test/") for place in range(names)]
    return _constrained([], excluded, wanted)


def labels(count: int) -> Shape:
    """One host name of so many labels."""
    return _constrained([ext.dns("test")], [], [ext.dns("a." * count + "test")])


def directories(names: int, stated: int) -> Shape:
    """So many directory names, none within as many that are excluded."""
    excluded = [ext.directory(dn(("CN", f"y{place}"))) for place in range(stated)]
    wanted = [ext.directory(dn(("CN", f"x{place}"))) for place in range(names)]
    return _constrained([], excluded, wanted)


def expanding_directories(names: int, letters: int) -> Shape:
    """So many directory names of so many letters that each become eighteen."""
    wanted = [ext.directory(dn(("CN", LIGATURE * letters)))] * names
    excluded = [ext.directory(dn(("CN", "q")))]
    return _constrained([], excluded, wanted)


LIGATURE: Final = "\ufdfa"
"""Three octets of UTF-8, and eighteen characters when it is normalized."""
MARKS: Final = "\u0316\u0301"
"""Two marks of different classes, which normalizing sorts."""

NAME_SHAPES: Final[dict[str, Callable[[], Shape]]] = {
    "a name of 2,700 letters that become 18 each": lambda: text(LIGATURE * 2_700, accepted=True),
    "a name of 160,000 letters that become 18 each": lambda: text(
        LIGATURE * 160_000, accepted=False
    ),
    "a name of 250,000 combining marks": lambda: text("a" + MARKS * 125_000, accepted=False),
    "a name of 250,000 letters": lambda: text("a" * 250_000, accepted=True),
    "a name of 250,000 spaces": lambda: text(" " * 250_000, accepted=True),
    "30,000 relative names": lambda: parts(30_000),
    "30,000 host names below 20,000 constraints": lambda: hosts(30_000, 20_000),
    "20,000 addresses, networks of 128 masks": lambda: addresses(20_000),
    "10,000 URIs below 15,000 constraints": lambda: locations(10_000, 15_000),
    "a host name of 200,000 labels": lambda: labels(200_000),
    "15,000 directory names below 10,000 constraints": lambda: directories(15_000, 10_000),
    "60 directory names of 2,700 letters that become 18 each": lambda: expanding_directories(
        60, 2_700
    ),
}


def _constrained(permitted: list[bytes], excluded: list[bytes], names: list[bytes]) -> Shape:
    pool = [authority("A", "R", ext.name_constraints(permitted, excluded))]
    wanted = [ext.alternative_names(*names)]
    target = Certificate(subject="E", issuer="A", changes=wanted).make()
    return Shape(target=target, anchor=authority("R", "R"), pool=pool, accepted=None)
