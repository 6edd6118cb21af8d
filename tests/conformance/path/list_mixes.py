"""Lists drawn by chance about one certificate: partitions, indirect ones, deltas, reason-split.

What is drawn is kept as data, so that ``list_reading.py`` can say what RFC 5280 6.3.3 makes of it
without reading DER. The same seed makes the same.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from openjpki_devkit.forge import extensions as ext
from openjpki_devkit.forge.certificates import AT, Certificate, RevocationList, entry, name_of
from tests.support.path_asking import Asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SERIAL: Final = 77
ALL: Final = frozenset(range(1, 9))
"""Bits of ReasonFlags."""
_SOME: Final = frozenset({1, 2})
_REST: Final = ALL - _SOME
_PLACES: Final = (("http://a/1",), ("http://a/2",), ("http://a/1", "http://a/2"))
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Point:
    """One distribution point of the certificate."""

    names: tuple[str, ...] | None
    reasons: frozenset[int] | None
    issuer: str | None


@dataclass(frozen=True)
class Scope:
    """What a list is about; rows of one issuer are told apart by it."""

    names: tuple[str, ...] | None = None
    reasons: frozenset[int] | None = None
    users: bool = False
    authorities: bool = False
    attributes: bool = False
    indirect: bool = False


@dataclass(frozen=True)
class Entry:
    """One entry, and whose certificate it is about by 5.3.3."""

    serial: int
    issuer: str
    reason: int | None
    made: bytes


@dataclass(frozen=True)
class Listed:
    """One list."""

    issuer: str
    signer: str
    number: int
    since: datetime
    until: datetime
    base: int | None
    scope: Scope | None
    unknown: bool
    """Whether it has a critical extension that nobody knows."""
    entries: tuple[Entry, ...]

    def make(self) -> bytes:
        """Its octets."""
        more = []
        if (scope := self.scope) is not None:
            more.append(ext.issuing_distribution_point(
                None if scope.names is None else [*map(ext.uri, scope.names)],
                reasons=scope.reasons,
                users=scope.users, authorities=scope.authorities, indirect=scope.indirect,
                attributes=scope.attributes,
            ))  # fmt: skip
        if self.base is not None:
            more.append(ext.delta_indicator(self.base))
        if self.unknown:
            more.append(ext.unknown())
        return RevocationList(
            issuer=self.issuer, signer=self.signer, number=self.number, this_update=self.since,
            next_update=self.until, changes=more, revoked=[one.made for one in self.entries],
        ).make()  # fmt: skip


@dataclass(frozen=True)
class ListMix:
    """A question, and the evidence that was drawn for it."""

    asked: Asked
    authority: bool
    """Whether the certificate is an authority's."""
    points: Sequence[Point]
    lists: Sequence[Listed]
    certificates: Sequence[bytes]
    """Of the pool."""
    made: Sequence[bytes]
    """The lists of the pool."""


def list_mixes(count: int, seed: int = 1) -> Iterator[ListMix]:
    """So many."""
    for number in range(seed, seed + count):
        yield _mix(f"lists {number}", random.Random(number))  # noqa: S311


def _mix(title: str, chance: random.Random) -> ListMix:
    points = _points(chance) if chance.random() < 0.7 else []
    authority = chance.random() < 0.25
    pointed = [
        ext.distribution_point(
            *map(ext.uri, one.names or ()), reasons=one.reasons,
            issuer=name_of(one.issuer) if one.issuer else None,
        )
        for one in points
    ]  # fmt: skip
    target = Certificate(
        subject="E", issuer="A", serial=SERIAL, ca=authority,
        changes=[ext.distribution_points(*pointed)] if pointed else [],
    ).make()  # fmt: skip
    lists = [_listed(chance) for _ in range(chance.randint(1, 5))]
    certificates = [Certificate(subject=one, issuer="R", ca=True).make() for one in "AI"]
    made = [RevocationList(issuer="R").make(), *(one.make() for one in lists)]
    asked = Asked(
        id=title, target=target, pool=[*certificates, *made], revocation=True,
        anchors=[Certificate(subject="R", issuer="R", ca=True).make()],
    )  # fmt: skip
    return ListMix(asked, authority, points, lists, certificates, made)


def _points(chance: random.Random) -> list[Point]:
    found = []
    for _ in range(chance.choice((1, 1, 2))):
        names = chance.choice((None, *_PLACES))
        reasons = chance.choice((None, None, None, _SOME, _REST))
        issuer = chance.choice((None, None, None, None, "I"))
        if names is None and issuer is None:
            names = _PLACES[0]
        found.append(Point(names, reasons, issuer))
    return found


def _listed(chance: random.Random) -> Listed:
    issuer = chance.choice("AAAI")
    scope = _scope(issuer, chance) if chance.random() < 0.6 or issuer == "I" else None
    number = chance.randint(1, 6)
    base = chance.randint(1, number) if chance.random() < 0.25 else None
    return Listed(
        issuer, issuer if chance.random() > 0.1 else "X", number,
        since=AT - chance.choice((1, 2, 3, 4, 30)) * _HOUR,
        until=chance.choice((*[AT + _DAY] * 6, AT - _HOUR / 2, AT)),
        base=base, scope=scope, unknown=chance.random() < 0.04,
        entries=tuple(_entries(issuer, scope, base, chance)),
    )  # fmt: skip


def _scope(issuer: str, chance: random.Random) -> Scope | None:
    names = chance.choice(_PLACES) if chance.random() < 0.5 else None
    kind = chance.random()
    reasons = chance.choice((_SOME, _REST, frozenset({1, 2, 3})))
    indirect = chance.random() < (0.85 if issuer == "I" else 0.08)
    scope = Scope(
        names, reasons if chance.random() < 0.3 else None, users=kind < 0.15,
        authorities=0.15 <= kind < 0.3, attributes=0.3 <= kind < 0.34, indirect=indirect,
    )  # fmt: skip
    # 5.2.5: the extension is never empty.
    return None if scope == Scope() else scope


def _entries(
    issuer: str, scope: Scope | None, base: int | None, chance: random.Random
) -> Iterator[Entry]:
    whose = issuer
    for _ in range(chance.choice((0, 0, 1, 2))):
        # removeFromCRL is a delta's alone (5.3.1).
        reason = chance.choice((None, 1, 4, 6) if base is None else (None, 1, 4, 6, 8))
        more = [] if reason is None else [ext.crl_reason(reason)]
        if scope and scope.indirect and chance.random() < 0.5:
            whose = chance.choice("AZ")
            more.append(ext.certificate_issuer(name_of(whose)))
        serial = chance.choice((SERIAL, SERIAL, 5, 6))
        yield Entry(serial, whose, reason, entry(serial, *more))
