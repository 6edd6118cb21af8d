"""Paths whose cost a stranger chooses: what each is made of, and what is right to answer."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from openjpki_devkit.forge import der
from openjpki_devkit.forge import extensions as ext
from openjpki_devkit.forge.certificates import (
    Certificate,
    RevocationList,
    dn,
    entry,
    name_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One question. Certificates and lists are DER."""

    target: bytes
    anchor: bytes
    pool: Sequence[bytes]
    accepted: bool | None
    """Nothing: right is either, as limits may end it."""
    revocation: bool = False
    policies: Sequence[str] = field(default_factory=tuple)
    explicit_policy: bool = False


def mesh(authorities: int, crosses: int, *, reached: bool = True) -> Shape:
    """Authorities that certify one another at random; the anchor certifies one of them, or none."""
    chance = random.Random(authorities)  # noqa: S311
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < crosses:
        a, b = chance.randrange(authorities), chance.randrange(authorities)
        if a != b:
            pairs.add((a, b))
    pool = [_authority(f"M{b}", f"M{a}") for a, b in sorted(pairs)]
    chance.shuffle(pool)
    if reached:
        pool.append(_authority("M0", "R"))
    return Shape(
        target=Certificate(subject="E", issuer=f"M{authorities - 1}").make(),
        anchor=_authority("R", "R"),
        pool=pool,
        accepted=reached,
    )


def one_name(authorities: int) -> Shape:
    """Authorities of one name without key identifiers: only signatures tell who issued what."""
    name = name_of("same")
    plain = [ext.AUTHORITY_KEY, ext.SUBJECT_KEY]
    pool = [
        Certificate(
            subject=name, issuer=name, key=f"S{place}", signer=f"S{place + 1}", ca=True,
            without=plain,
        ).make()
        for place in range(authorities)
    ]  # fmt: skip
    target = Certificate(subject="E", issuer=name, signer="unknown", without=plain).make()
    return Shape(target=target, anchor=_authority("R", "R"), pool=pool, accepted=False)


def constraints(authorities: int, stated: int, names: int) -> Shape:
    """So many constraints in each authority, over a target of so many names."""
    pool, above = [], "R"
    permitted = [ext.dns(f"p{place}.example") for place in range(stated - 1)] + [
        ext.dns("t.example")
    ]
    excluded = [ext.dns(f"x{place}.example") for place in range(stated)]
    for place in range(authorities):
        constraint = ext.name_constraints(permitted, excluded)
        pool.append(_authority(f"A{place}", above, constraint))
        above = f"A{place}"
    alternatives = ext.alternative_names(
        *(ext.dns(f"n{place}.t.example") for place in range(names))
    )
    target = Certificate(subject="E", issuer=above, changes=[alternatives]).make()
    return Shape(target=target, anchor=_authority("R", "R"), pool=pool, accepted=None)


def directory_constraints(stated: int, names: int) -> Shape:
    """The same with directory names of a few parts each."""

    def name(label: str) -> bytes:
        return dn(("C", "JP"), ("O", "Ö" * 20), ("OU", label))

    excluded = [ext.directory(name(f"x{place}")) for place in range(stated)]
    alternatives = [ext.directory(name(f"n{place}")) for place in range(names)]
    pool = [_authority("A", "R", ext.name_constraints([], excluded))]
    stated_names = ext.alternative_names(*alternatives)
    target = Certificate(subject="E", issuer="A", changes=[stated_names]).make()
    return Shape(target=target, anchor=_authority("R", "R"), pool=pool, accepted=None)


def values(count: int) -> Shape:
    """A relative name of so many values, in another order in the target's issuer."""
    first = [("OU", f"unit {place:05}") for place in range(count)]
    name, again = dn(list(first)), dn([(kind, text.upper()) for kind, text in reversed(first)])
    middle = Certificate(subject=name, key="A", issuer="R", ca=True).make()
    target = Certificate(subject="E", issuer=again, signer="A").make()
    return Shape(target=target, anchor=_authority("R", "R"), pool=[middle], accepted=None)


def combining(count: int) -> Shape:
    """A name of so many combining marks, in disorder: normalising sorts them."""
    marks = "a" + "\u0301\u0323\u0315\u035c" * (count // 4)
    name = dn(("CN", marks))
    middle = Certificate(subject=name, key="A", issuer="R", ca=True).make()
    target = Certificate(subject="E", issuer=name, signer="A").make()
    return Shape(target=target, anchor=_authority("R", "R"), pool=[middle], accepted=None)


def mappings(levels: int, width: int) -> Shape:
    """Each level maps every policy to every other: a tree would have width ** levels leaves."""
    arcs = [f"{ext.POLICY}.{place}" for place in range(width)]
    every = ext.policy_mappings(*((a, b) for a in arcs for b in arcs))
    pool, above = [], "R"
    for place in range(levels):
        pool.append(_authority(f"A{place}", above, ext.policies(*arcs), every))
        above = f"A{place}"
    target = Certificate(subject="E", issuer=above, policies=tuple(arcs)).make()
    return Shape(
        target=target, anchor=_authority("R", "R"), pool=pool, accepted=None,
        policies=arcs[:1], explicit_policy=True,
    )  # fmt: skip


def policies(count: int) -> Shape:
    """So many policies in each of four certificates."""
    arcs = tuple(f"{ext.POLICY}.{place}" for place in range(count))
    pool, above = [], "R"
    for place in range(3):
        pool.append(_authority(f"A{place}", above, ext.policies(*arcs)))
        above = f"A{place}"
    target = Certificate(subject="E", issuer=above, policies=arcs).make()
    return Shape(target=target, anchor=_authority("R", "R"), pool=pool, accepted=None)


def chain(length: int) -> Shape:
    """So many authorities below one another."""
    names = ["R", *(f"A{place}" for place in range(length))]
    pool = [_authority(name, above) for above, name in pairwise(names)]
    target = Certificate(subject="E", issuer=names[-1]).make()
    return Shape(target=target, anchor=_authority("R", "R"), pool=pool, accepted=None)


def extensions(count: int) -> Shape:
    """A target of so many unknown extensions, all different."""
    more = [ext.Extension(f"{ext.UNKNOWN}.{place}", b"\x05\x00") for place in range(count)]
    target = Certificate(subject="E", issuer="R", more=more).make()
    return Shape(target=target, anchor=_authority("R", "R"), pool=[], accepted=None)


def nested(depth: int) -> Shape:
    """A name whose value is sequences within sequences."""
    content = b""
    for _ in range(depth):
        content = der.sequence(content)
    unknown = ext.alternative_names(ext.other(ext.UNKNOWN, content))
    target = Certificate(subject="E", issuer="R", changes=[unknown]).make()
    return Shape(target=target, anchor=_authority("R", "R"), pool=[], accepted=None)


def huge_key(bits: int) -> Shape:
    """An authority with an RSA key of so many bits and an exponent as long."""
    number = der.integer((1 << bits) - 1)
    key = der.sequence(
        der.sequence(der.oid("1.2.840.113549.1.1.1"), der.tlv(5)),
        der.bits(der.sequence(number, number)),
    )
    rsa = der.sequence(der.oid("1.2.840.113549.1.1.11"), der.tlv(5))
    middle = Certificate(subject="A", issuer="R", ca=True, spki=key).make()
    made = Certificate(subject="E", issuer="A", algorithm=rsa)
    target = der.sequence(made.tbs(), rsa, der.bits(b"\1" * (bits // 8)))
    return Shape(target=target, anchor=_authority("R", "R"), pool=[middle], accepted=False)


def long_list(entries: int) -> Shape:
    """A list of so many entries, none of them the target's."""
    revoked = [entry(1 << 70 | place) for place in range(entries)]
    pool = [
        _authority("A", "R"),
        RevocationList(issuer="R").make(),
        RevocationList(issuer="A", revoked=revoked).make(),
    ]
    target = Certificate(subject="E", issuer="A").make()
    anchor = _authority("R", "R")
    return Shape(target=target, anchor=anchor, pool=pool, accepted=True, revocation=True)


def many_lists(count: int) -> Shape:
    """So many lists of the target's issuer, each for other certificates, signed by strangers."""
    pool = [_authority("A", "R"), RevocationList(issuer="R").make()]
    pool += [RevocationList(issuer="A", signer=f"S{place}").make() for place in range(count)]
    target = Certificate(subject="E", issuer="A").make()
    anchor = _authority("R", "R")
    return Shape(target=target, anchor=anchor, pool=pool, accepted=False, revocation=True)


SHAPES: Final[dict[str, Callable[[], Shape]]] = {
    "mesh of 300, 12,000 certificates": lambda: mesh(300, 12_000),
    "mesh of 300 that the anchor is not in": lambda: mesh(300, 12_000, reached=False),
    "mesh of 1,000": lambda: mesh(1_000, 6_000),
    "400 authorities of one name": lambda: one_name(400),
    "2,048 constraints, 2,048 names": lambda: constraints(1, 2_048, 2_048),
    "seven times 1,320 constraints, 1,500 names": lambda: constraints(7, 1_320, 1_500),
    "500 directory constraints, 500 names": lambda: directory_constraints(500, 500),
    "600 values in one name": lambda: values(600),
    "a name of 20,000 combining marks": lambda: combining(20_000),
    "nine levels of 60 policies mapped to 60": lambda: mappings(9, 60),
    "2,000 policies in four certificates": lambda: policies(2_000),
    "chain of 200": lambda: chain(200),
    "3,000 extensions": lambda: extensions(3_000),
    "10,000 sequences in one another": lambda: nested(10_000),
    "key of 16,384 bits": lambda: huge_key(16_384),
    "list of 100,000 entries": lambda: long_list(100_000),
    "500 lists of strangers": lambda: many_lists(500),
}
"""Title → what makes it; some take seconds to make."""


def _authority(name: str, issuer: str, *changes: ext.Extension) -> bytes:
    return Certificate(subject=name, issuer=issuer, ca=True, changes=changes).make()
