"""Small meshes drawn by chance, with policies, mappings, constraints, new keys and loops.

`graphs.py` knows the answer from the graph, as its flaws break a path alone. Here what one
certificate says of policies and names decides together with the others, so that openssl is asked
about every path that names and keys allow (`Mesh.paths`). The same seed makes the same meshes.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from openjpki_devkit.forge import extensions as ext
from openjpki_devkit.forge.certificates import AT, Certificate, dn, name_of
from tests.support.path_asking import Asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openjpki_devkit.forge.extensions import Extension

POLICIES: Final = tuple(f"{ext.POLICY}.{place}" for place in range(1, 6))
_ROOT: Final = "R"
_DEEPEST: Final = 7
_MOST_PATHS: Final = 400
_DAY: Final = timedelta(days=1)

_CONSTRAINTS: Final = (
    *(ext.dns(one) for one in ("test", "a.test", "b.test")),
    *(ext.email(one) for one in ("a.test", ".test", "x@a.test")),
    *(ext.uri(one) for one in ("a.test", ".test")),
    ext.address(10, 0, 0, 0, 255, 0, 0, 0),
    ext.address(10, 1, 0, 0, 255, 255, 0, 0),
    ext.directory(dn(("C", "JP"))),
    ext.directory(dn(("C", "JP"), ("O", "Path tests"))),
    ext.directory(dn(("C", "US"))),
)
_NAMES: Final = (
    *(ext.dns(one) for one in ("a.test", "x.a.test", "b.test", "other.example")),
    *(ext.email(one) for one in ("x@a.test", "y@b.test")),
    *(ext.uri(one) for one in ("http://a.test/", "http://x.test/")),
    ext.address(10, 1, 2, 3),
    ext.address(10, 2, 2, 3),
    ext.address(11, 0, 0, 1),
)
_POLICY_CONSTRAINTS: Final = (
    (0, None), (1, None), (2, None), (None, 0), (None, 1), (0, 0), (1, 1),
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What a certificate says of policies and names."""

    policies: tuple[str, ...]
    mapped: tuple[tuple[str, str], ...] = ()
    inhibits_any: bool = False
    more: tuple[Extension, ...] = ()

    def maps_from_any(self) -> bool:
        """Whether it maps a policy that it asserts by anyPolicy alone."""
        return ext.ANY_POLICY in self.policies and any(
            issuer not in self.policies for issuer, _ in self.mapped
        )

    def extensions(self) -> list[Extension]:
        """All but the policies."""
        mapped = [ext.policy_mappings(*self.mapped)] if self.mapped else []
        return [*mapped, *self.more]


@dataclass(frozen=True)
class Link:
    """One authority's certificate, by the names and keys it binds."""

    issuer: str
    subject: str
    key: str
    said: Said
    made: bytes


@dataclass(frozen=True)
class Mesh:
    """A question, and what it is made of."""

    asked: Asked
    links: Sequence[Link]
    paths: Sequence[Sequence[Link]]
    """From the target's issuer up to the anchor; no name with the same key twice."""

    def on(self, path: Sequence[str]) -> list[Link]:
        """Those on a path of an answer, from below the anchor down; SHA-256, hexadecimal."""
        known = {hashlib.sha256(link.made).hexdigest(): link for link in self.links}
        return [known[sha256] for sha256 in path if sha256 in known]


def meshes(count: int, seed: int = 1) -> Iterator[Mesh]:
    """So many."""
    for number in range(seed, seed + count):
        yield _mesh(f"mesh {number}", random.Random(number))  # noqa: S311


def _mesh(title: str, chance: random.Random) -> Mesh:
    size = chance.randint(1, 5)
    below = [f"N{place}" for place in range(size)]
    names = [*below, _ROOT]
    keys = {name: [name, f"{name}'"] if chance.random() < 0.2 else [name] for name in names}
    trusted = () if chance.random() < 0.5 else (ext.ANY_POLICY,)
    anchor = Certificate(subject=_ROOT, issuer=_ROOT, ca=True, policies=trusted).make()
    links = []
    for number in range(chance.randint(size, 2 * size + 2)):
        issuer = chance.choice(names) if number else _ROOT
        subject = issuer if chance.random() < 0.12 else chance.choice(below)
        signer = chance.choice(keys[issuer]) if chance.random() > 0.05 else "nobody"
        links.append(_link(issuer, subject, chance.choice(keys[subject]), signer, number, chance))
    issuer = chance.choice(names)
    target = _target(issuer, chance.choice(keys[issuer]), chance)
    wanted = () if chance.random() < 0.4 else tuple(chance.sample(POLICIES, chance.choice((1, 2))))
    asked = Asked(
        id=title, target=target, anchors=[anchor], pool=[one.made for one in links],
        policies=wanted, explicit_policy=chance.random() < 0.5,
        inhibit_mapping=chance.random() < 0.15, inhibit_any=chance.random() < 0.15,
    )  # fmt: skip
    return Mesh(asked, links, _paths(issuer, links)[:_MOST_PATHS])


def _link(
    issuer: str, subject: str, key: str, signer: str, number: int, chance: random.Random
) -> Link:
    said = _said(chance)
    until = AT - _DAY if chance.random() < 0.12 else AT + 100 * _DAY
    made = Certificate(
        subject=name_of(subject), key=key, issuer=name_of(issuer), signer=signer, ca=True,
        path_length=chance.choice((None, None, None, None, None, None, 0, 1, 2)),
        policies=said.policies, changes=said.extensions(), serial=1000 + number, not_after=until,
    ).make()  # fmt: skip
    return Link(issuer, subject, key, said, made)


def _target(issuer: str, signer: str, chance: random.Random) -> bytes:
    name = name_of("E") if chance.random() < 0.8 else dn(("C", "US"), ("CN", "E"))
    more = []
    if chance.random() < 0.7:
        more.append(ext.alternative_names(*chance.sample(_NAMES, chance.choice((1, 1, 2)))))
    return Certificate(
        subject=name, key="E", issuer=name_of(issuer), signer=signer, serial=5,
        policies=_asserted(chance), changes=more,
    ).make()  # fmt: skip


def _asserted(chance: random.Random) -> tuple[str, ...]:
    kind = chance.random()
    if kind < 0.12:
        return ()
    if kind < 0.3:
        return (ext.ANY_POLICY,)
    if kind < 0.4:
        return (ext.ANY_POLICY, chance.choice(POLICIES))
    return tuple(chance.sample(POLICIES, chance.choice((1, 1, 2, 3))))


def _said(chance: random.Random) -> Said:
    policies = _asserted(chance)
    mapped: set[tuple[str, str]] = set()
    if chance.random() < 0.45:
        for _ in range(chance.choice((1, 1, 2, 3))):
            known = policies if policies and chance.random() < 0.8 else POLICIES
            mapped.add((chance.choice(known), chance.choice(POLICIES)))
    mapped = {pair for pair in mapped if pair[0] != ext.ANY_POLICY}
    more = []
    if chance.random() < 0.25:
        explicit, mapping = chance.choice(_POLICY_CONSTRAINTS)
        more.append(ext.policy_constraints(explicit=explicit, mapping=mapping))
    if inhibits := chance.random() < 0.2:
        more.append(ext.inhibit_any(chance.choice((0, 1, 2))))
    if chance.random() < 0.25:
        permitted = chance.choices(_CONSTRAINTS, k=chance.choice((0, 1, 2)))
        excluded = chance.choices(_CONSTRAINTS, k=chance.choice((0, 0, 1)))
        if permitted or excluded:
            more.append(ext.name_constraints(permitted, excluded))
    return Said(policies, tuple(sorted(mapped)), inhibits, tuple(more))


def _paths(issuer: str, links: Sequence[Link]) -> list[list[Link]]:
    """Every way up, whatever the certificates on it say."""
    found: list[list[Link]] = []

    def climb(name: str, path: list[Link]) -> None:
        if name == _ROOT:
            found.append(path)
        if len(path) == _DEEPEST:
            return
        taken = {(one.subject, one.key) for one in path}
        for link in links:
            if link.subject == name and (link.subject, link.key) not in taken:
                climb(link.issuer, [*path, link])

    climb(issuer, [])
    return found
