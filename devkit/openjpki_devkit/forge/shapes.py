"""Paths whose cost a stranger chooses: what each is made of, and what is right to answer."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from openjpki_devkit.forge import der
from openjpki_devkit.forge import extensions as ext
from openjpki_devkit.forge.certificates import AT, Certificate, dn, name_of
from openjpki_devkit.forge.list_shapes import LIST_SHAPES
from openjpki_devkit.forge.name_shapes import NAME_SHAPES
from openjpki_devkit.forge.pool_shapes import POOL_SHAPES
from openjpki_devkit.forge.shape import Shape, authority

if TYPE_CHECKING:
    from collections.abc import Callable


def mesh(authorities: int, crosses: int, *, reached: bool = True) -> Shape:
    """Authorities that certify one another at random; the anchor certifies one of them, or none."""
    chance = random.Random(authorities)  # noqa: S311
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < crosses:
        a, b = chance.randrange(authorities), chance.randrange(authorities)
        if a != b:
            pairs.add((a, b))
    pool = [authority(f"M{b}", f"M{a}") for a, b in sorted(pairs)]
    chance.shuffle(pool)
    if reached:
        pool.append(authority("M0", "R"))
    return Shape(
        target=Certificate(subject="E", issuer=f"M{authorities - 1}").make(),
        anchor=authority("R", "R"),
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
    return Shape(target=target, anchor=authority("R", "R"), pool=pool, accepted=False)


def constraints(authorities: int, stated: int, names: int) -> Shape:
    """So many constraints in each authority, over a target of so many names."""
    pool, above = [], "R"
    permitted = [ext.dns(f"p{place}.example") for place in range(stated - 1)] + [
        ext.dns("t.example")
    ]
    excluded = [ext.dns(f"x{place}.example") for place in range(stated)]
    for place in range(authorities):
        constraint = ext.name_constraints(permitted, excluded)
        pool.append(authority(f"A{place}", above, constraint))
        above = f"A{place}"
    alternatives = ext.alternative_names(
        *(ext.dns(f"n{place}.t.example") for place in range(names))
    )
    target = Certificate(subject="E", issuer=above, changes=[alternatives]).make()
    return Shape(target=target, anchor=authority("R", "R"), pool=pool, accepted=None)


def directory_constraints(stated: int, names: int) -> Shape:
    """The same with directory names of a few parts each."""

    def name(label: str) -> bytes:
        return dn(("C", "JP"), ("O", "Ö" * 20), ("OU", label))

    excluded = [ext.directory(name(f"x{place}")) for place in range(stated)]
    alternatives = [ext.directory(name(f"n{place}")) for place in range(names)]
    pool = [authority("A", "R", ext.name_constraints([], excluded))]
    stated_names = ext.alternative_names(*alternatives)
    target = Certificate(subject="E", issuer="A", changes=[stated_names]).make()
    return Shape(target=target, anchor=authority("R", "R"), pool=pool, accepted=None)


def values(count: int) -> Shape:
    """A relative name of so many values, in another order in the target's issuer."""
    first = [("OU", f"unit {place:05}") for place in range(count)]
    name, again = dn(list(first)), dn([(kind, text.upper()) for kind, text in reversed(first)])
    middle = Certificate(subject=name, key="A", issuer="R", ca=True).make()
    target = Certificate(subject="E", issuer=again, signer="A").make()
    return Shape(target=target, anchor=authority("R", "R"), pool=[middle], accepted=None)


def combining(count: int) -> Shape:
    """A name of so many combining marks, in disorder: normalising sorts them."""
    marks = "a" + "\u0301\u0323\u0315\u035c" * (count // 4)
    name = dn(("CN", marks))
    middle = Certificate(subject=name, key="A", issuer="R", ca=True).make()
    target = Certificate(subject="E", issuer=name, signer="A").make()
    return Shape(target=target, anchor=authority("R", "R"), pool=[middle], accepted=None)


def mappings(levels: int, width: int) -> Shape:
    """Each level maps every policy to every other: a tree would have width ** levels leaves."""
    arcs = [f"{ext.POLICY}.{place}" for place in range(width)]
    every = ext.policy_mappings(*((a, b) for a in arcs for b in arcs))
    pool, above = [], "R"
    for place in range(levels):
        pool.append(authority(f"A{place}", above, ext.policies(*arcs), every))
        above = f"A{place}"
    target = Certificate(subject="E", issuer=above, policies=tuple(arcs)).make()
    return Shape(
        target=target, anchor=authority("R", "R"), pool=pool, accepted=None,
        policies=arcs[:1], explicit_policy=True,
    )  # fmt: skip


def policies(count: int) -> Shape:
    """So many policies in each of four certificates."""
    arcs = tuple(f"{ext.POLICY}.{place}" for place in range(count))
    pool, above = [], "R"
    for place in range(3):
        pool.append(authority(f"A{place}", above, ext.policies(*arcs)))
        above = f"A{place}"
    target = Certificate(subject="E", issuer=above, policies=arcs).make()
    return Shape(target=target, anchor=authority("R", "R"), pool=pool, accepted=None)


def fresh_policies(count: int, authorities: int) -> Shape:
    """So many policies in each authority, none of them above it, beside anyPolicy; and a path of as
    many plain ones to the last of them, which comes second, as that was certified there earlier."""
    names = ["R", *(f"A{place}" for place in range(authorities))]
    costly = [
        Certificate(
            subject=name, issuer=above, ca=True, not_before=AT - timedelta(days=1),
            policies=(*(f"1.3.{place}.{one}" for one in range(count)), ext.ANY_POLICY),
        ).make()
        for place, (above, name) in enumerate(pairwise(names))
    ]  # fmt: skip
    others = ["R", *(f"B{place}" for place in range(authorities - 1)), names[-1]]
    plain = [authority(name, above) for above, name in pairwise(others)]
    target = Certificate(subject="E", issuer=names[-1]).make()
    anchor = authority("R", "R")
    return Shape(target=target, anchor=anchor, pool=[*costly, *plain], accepted=True)


def chain(length: int) -> Shape:
    """So many authorities below one another."""
    names = ["R", *(f"A{place}" for place in range(length))]
    pool = [authority(name, above) for above, name in pairwise(names)]
    target = Certificate(subject="E", issuer=names[-1]).make()
    return Shape(target=target, anchor=authority("R", "R"), pool=pool, accepted=None)


def extensions(count: int) -> Shape:
    """A target of so many unknown extensions, all different."""
    more = [ext.Extension(f"{ext.UNKNOWN}.{place}", b"\x05\x00") for place in range(count)]
    target = Certificate(subject="E", issuer="R", more=more).make()
    return Shape(target=target, anchor=authority("R", "R"), pool=[], accepted=None)


def nested(depth: int) -> Shape:
    """A name whose value is sequences within sequences."""
    content = b""
    for _ in range(depth):
        content = der.sequence(content)
    unknown = ext.alternative_names(ext.other(ext.UNKNOWN, content))
    target = Certificate(subject="E", issuer="R", changes=[unknown]).make()
    return Shape(target=target, anchor=authority("R", "R"), pool=[], accepted=None)


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
    return Shape(target=target, anchor=authority("R", "R"), pool=[middle], accepted=False)


def one_identifier(authorities: int, *, rsa: bool = False) -> Shape:
    """So many keys of one name and one key identifier, none of which signed the target; which an
    RSA key signed, or so it says."""
    same = ext.subject_key(b"same")
    pool = [
        Certificate(
            subject=name_of("K"), key=f"K{place}", issuer="R", ca=True, changes=[same]
        ).make()
        for place in range(authorities)
    ]
    target = Certificate(subject="E", issuer="K", signer="unknown").make()
    if rsa:
        algorithm = der.sequence(der.oid("1.2.840.113549.1.1.11"), der.tlv(5))
        made = Certificate(subject="E", issuer="K", algorithm=algorithm)
        target = der.sequence(made.tbs(), algorithm, der.bits(b"\1" * 256))
    return Shape(target=target, anchor=authority("R", "R"), pool=pool, accepted=False)


def chains(count: int, length: int) -> Shape:
    """So many chains of so many keys down to the target's authority, each without a choice; nobody
    signed the first of any."""
    pool = []
    for chain in range(count):
        names = ["R", *(f"{chain}-{place}" for place in range(length))]
        pool += [
            Certificate(
                subject=name, issuer=above, signer="nobody" if above == "R" else above, ca=True
            ).make()
            for above, name in pairwise(names)
        ]
        pool.append(authority("K", names[-1]))
    target = Certificate(subject="E", issuer="K").make()
    return Shape(target=target, anchor=authority("R", "R"), pool=pool, accepted=False)


def one_key(certificates: int) -> Shape:
    """So many certificates of one authority, each with a critical extension that nobody knows."""
    pool = [
        Certificate(
            subject="K", issuer="R", ca=True, serial=5_000 + place, changes=[ext.unknown()]
        ).make()
        for place in range(certificates)
    ]
    target = Certificate(subject="E", issuer="K").make()
    return Shape(target=target, anchor=authority("R", "R"), pool=pool, accepted=False)


def one_mapping(pairs: int) -> Shape:
    """So many policy mappings in one certificate."""
    mapped = ((f"1.3.6.{place}", f"1.3.7.{place}") for place in range(pairs))
    pool = [authority("M", "R", ext.policy_mappings(*mapped))]
    target = Certificate(subject="E", issuer="M").make()
    return Shape(
        target=target, anchor=authority("R", "R"), pool=pool, accepted=None, explicit_policy=True
    )


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
    "12,000 policies of its own in each of four authorities": lambda: fresh_policies(12_000, 4),
    "100 policies of its own in each of 45 authorities": lambda: fresh_policies(100, 45),
    "chain of 200": lambda: chain(200),
    "3,000 extensions": lambda: extensions(3_000),
    "10,000 sequences in one another": lambda: nested(10_000),
    "key of 16,384 bits": lambda: huge_key(16_384),
    "1,500 keys of one identifier": lambda: one_identifier(1_500),
    "1,500 certificates of one key": lambda: one_key(1_500),
    "20,000 mappings in one certificate": lambda: one_mapping(20_000),
    **NAME_SHAPES,
    **LIST_SHAPES,
    **POOL_SHAPES,
    "18,000 keys of P-256, a signature of RSA": lambda: one_identifier(18_000, rsa=True),
    "60 chains of 250 keys each": lambda: chains(60, 250),
}
"""Title → what makes it; some take seconds to make."""
