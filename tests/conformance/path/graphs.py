"""Authorities that certify one another in graphs drawn by chance; many branches lead wrong.

Whether there is a path is found on the graph itself, over good certificates alone, so the answer
is known without reading any. Each kind of flaw breaks every path through its certificate.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from openjpki_devkit.forge import extensions as ext
from openjpki_devkit.forge.certificates import (
    AT,
    ECDSA_SHA1,
    Certificate,
    RevocationList,
    entry,
    name_of,
)
from tests.support.path_asking import Asked

if TYPE_CHECKING:
    from collections.abc import Iterator

_DAY: Final = timedelta(days=1)

FLAWS: Final[dict[str, dict[str, Any]]] = {
    "expired": {"not_after": AT - _DAY},
    "not yet valid": {"not_before": AT + _DAY},
    "signed by another key": {"signer": "nobody"},
    "no authority": {"changes": [ext.basic_constraints(ca=False), ext.key_usage("signature")]},
    "no basicConstraints": {"without": [ext.BASIC_CONSTRAINTS]},
    "may not sign certificates": {"changes": [ext.key_usage("crl")]},
    "unknown critical extension": {"changes": [ext.unknown()]},
    "names of others only": {"changes": [ext.name_constraints([ext.dns("others.test")])]},
    "SHA-1": {"algorithm": ECDSA_SHA1},
    "a policy twice": {"policies": (ext.POLICY, ext.POLICY)},
    "no authorityKeyIdentifier": {"without": [ext.AUTHORITY_KEY]},
    "no subjectKeyIdentifier": {"without": [ext.SUBJECT_KEY]},
    "revoked": {},
}
_TAKEN_BY_OTHERS: Final = frozenset(
    {"a policy twice", "no authorityKeyIdentifier", "no subjectKeyIdentifier", "revoked"}
)
"""Flaws that others do not ask about: MUSTs of RFC 5280 4.2, and revocation."""
_ODD: Final[tuple[dict[str, Any], ...]] = (
    {},
    {},
    {"changes": [ext.authority_key(b"\1" * 20)]},
    {"changes": [ext.subject_key(b"\2" * 20)]},
)
"""What key identifiers may say without a path being lost (RFC 4158 3.5.12)."""


@dataclass(frozen=True)
class _Edge:
    issuer: str
    subject: str
    flaw: str | None


@dataclass(frozen=True)
class Graph:
    """A question, and what is known of it."""

    asked: Asked
    reaches: bool
    """Whether there is a path."""
    reaches_by_others: bool
    """Whether there is one where less is asked about."""


def graphs(count: int, seed: int = 1) -> Iterator[Graph]:
    """So many; the same for the same seed."""
    for number in range(count):
        yield _graph(f"graph {seed}-{number}", random.Random(f"{seed}-{number}"))  # noqa: S311


def _graph(title: str, chance: random.Random) -> Graph:
    names = [f"N{place}" for place in range(chance.randint(3, 9))]
    edges = [_Edge(*pair, flaw) for pair in _pairs(names, chance) for flaw in _flaws(chance)]
    target = "target"
    above = chance.choice(names)
    revocation = chance.random() < 0.4
    revoked: dict[str, list[int]] = defaultdict(list)
    pool = []
    for serial, edge in enumerate(edges, start=1000):
        odd = chance.choice(_ODD) if edge.flaw is None else FLAWS[edge.flaw]
        made = Certificate(subject=edge.subject, issuer=edge.issuer, ca=True, serial=serial)
        pool.append(replace(made, **odd).make())
        if edge.flaw == "revoked":
            revoked[edge.issuer].append(serial)
    last = Certificate(
        subject=target, issuer=above,
        changes=[ext.alternative_names(ext.dns("a.test"))],
    ).make()  # fmt: skip
    if revocation:
        pool += [
            RevocationList(issuer=name, revoked=[entry(one) for one in revoked[name]]).make()
            for name in names
        ]
    chance.shuffle(pool)
    good = {
        (edge.issuer, edge.subject)
        for edge in edges
        if edge.flaw is None or (edge.flaw == "revoked" and not revocation)
    }
    anchor = Certificate(subject=names[0], issuer=names[0], ca=True).make()
    asked = Asked(id=title, anchors=[anchor], pool=pool, target=last, revocation=revocation)
    lax = {
        (edge.issuer, edge.subject)
        for edge in edges
        if edge.flaw is None or edge.flaw in _TAKEN_BY_OTHERS
    }
    return Graph(asked, _reaches(names[0], above, good), _reaches(names[0], above, lax))


def _pairs(names: list[str], chance: random.Random) -> list[tuple[str, str]]:
    """Sparse enough that about half of the targets are out of reach."""
    every = [(a, b) for a in names for b in names if a != b]
    return chance.sample(every, k=min(len(every), round(len(names) * chance.uniform(1.0, 2.5))))


def _flaws(chance: random.Random) -> list[str | None]:
    """The certificates of one pair: a good one, flawed ones, or both."""
    found: list[str | None] = [None] if chance.random() < 0.6 else []
    found += chance.sample(list(FLAWS), k=chance.randint(0 if found else 1, 2))
    return found


def _reaches(begin: str, end: str, good: set[tuple[str, str]]) -> bool:
    seen, waiting = set(), [begin]
    while waiting:
        here = waiting.pop()
        if here == end:
            return True
        seen.add(here)
        waiting += [b for a, b in good if a == here and b not in seen]
    return False


def generations() -> Iterator[tuple[Asked, bool]]:
    """An authority whose keys were renewed: all under one name, certified by one another or not."""
    name = name_of("old")
    first = Certificate(subject="old", issuer="R", ca=True).make()
    for linked in (True, False):
        links, above = [], "old"
        for number in range(2, 8):
            key = f"old{number}"
            link = Certificate(subject=name, key=key, ca=True, issuer=name, signer=above)
            links.append(link.make())
            above = key
        kept = links if linked else links[:2] + links[3:]
        target = Certificate(subject="E", issuer=name, signer=above).make()
        anchor = Certificate(subject="R", issuer="R", ca=True).make()
        title = f"seven generations under one name, {'linked' if linked else 'one missing'}"
        yield (
            Asked(id=title, anchors=[anchor], pool=[*reversed(kept), first], target=target),
            linked,
        )


def hidden() -> Iterator[tuple[Asked, bool]]:
    """A good certificate of an authority, and what another one made so that it is not found."""
    away = ext.name_constraints([], [ext.dns("a.test")])
    policies = [f"1.2.{number}" for number in range(50_001)]
    late: dict[str, Any] = {"ca": True, "not_before": AT - _DAY}
    made = {
        "many": [
            Certificate(subject="A", issuer="M", changes=[away], serial=number, **late)
            for number in range(1, 400)
        ],
        "costly": [Certificate(subject="A", issuer="M", policies=tuple(policies), **late)],
    }
    names = ext.alternative_names(ext.dns("a.test"))
    for title, others in made.items():
        pool = [Certificate(subject=one, issuer="R", ca=True) for one in "MP"]
        pool += [*others, Certificate(subject="A", issuer="P", ca=True)]
        yield (
            Asked(
                id=f"a good one beside {title}",
                anchors=[Certificate(subject="R", issuer="R", ca=True).make()],
                pool=[one.make() for one in pool],
                target=Certificate(subject="E", issuer="A", changes=[names]).make(),
            ),
            True,
        )
