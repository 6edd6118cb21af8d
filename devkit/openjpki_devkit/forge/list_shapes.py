"""Revocation lists whose cost a stranger chooses."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from openjpki_devkit.forge import extensions as ext
from openjpki_devkit.forge.certificates import AT, Certificate, RevocationList, entry, name_of
from openjpki_devkit.forge.shape import Shape, authority

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SERIAL: Final = 77
_ALIKE: Final = 1 << 72 | _SERIAL
"""Ends in the same eight octets as the target's serial number."""
_MINUTE: Final = timedelta(minutes=1)


def long_list(entries: int) -> Shape:
    """A list of so many entries, none of them the target's."""
    revoked = [entry(1 << 70 | place) for place in range(entries)]
    return _listed(RevocationList(issuer="A", revoked=revoked), accepted=True)


def many_lists(count: int) -> Shape:
    """So many lists of the target's issuer, each for other certificates, signed by strangers."""
    lists = [RevocationList(issuer="A", signer=f"S{place}") for place in range(count)]
    return _listed(*lists, accepted=False)


def alike(entries: int, *, accepted: bool) -> Shape:
    """So many entries of other certificates, which the index can't tell from the target's."""
    own = RevocationList(issuer="A", revoked=[entry(_ALIKE)] * entries)
    return _listed(own, accepted=accepted)


def alike_of_others(entries: int) -> Shape:
    """So many entries of the target's serial number, all of another issuer's certificates."""
    others = entry(_SERIAL, ext.certificate_issuer(name_of("Z")))
    revoked = [others, *[entry(_SERIAL)] * (entries - 1)]
    own = RevocationList(
        issuer="A", revoked=revoked, changes=[ext.issuing_distribution_point(indirect=True)]
    )
    return _listed(own, accepted=True)


def points(count: int) -> Shape:
    """A target and a list of so many distribution points each, none of them the same."""
    many = ext.distribution_points(
        *(ext.distribution_point(ext.uri(f"http://a/{place}")) for place in range(count))
    )
    names = [ext.uri(f"http://b/{place}") for place in range(count)]
    own = RevocationList(issuer="A", changes=[ext.issuing_distribution_point(names)])
    return _listed(own, accepted=False, changes=[many])


def partitions(count: int, lists: int) -> Shape:
    """So many partitions that the target names, and forged lists of them."""
    places = [ext.uri(f"http://a/{place}") for place in range(count)]
    many = ext.distribution_points(*map(ext.distribution_point, places))
    forged = [
        RevocationList(
            issuer="A", signer="nobody", number=place + 1,
            changes=[ext.issuing_distribution_point([places[place % count]])],
        )
        for place in range(lists)
    ]  # fmt: skip
    return _listed(*forged, accepted=False, changes=[many])


def superseded(count: int) -> Shape:
    """So many forged lists of one row and number, each of which came before the next."""
    forged = [
        RevocationList(issuer="A", signer="nobody", this_update=AT - (place + 1) * _MINUTE)
        for place in range(count)
    ]
    return _listed(*forged, accepted=False)


LIST_SHAPES: Final[dict[str, Callable[[], Shape]]] = {
    "list of 100,000 entries": lambda: long_list(100_000),
    "500 lists of strangers": lambda: many_lists(500),
    "65,536 entries that end alike": lambda: alike(65_536, accepted=True),
    "65,537 entries that end alike": lambda: alike(65_537, accepted=False),
    "600,000 entries that end alike": lambda: alike(600_000, accepted=False),
    "65,536 entries of one number, of another issuer": lambda: alike_of_others(65_536),
    "12,000 distribution points of target and list": lambda: points(12_000),
    "300 partitions, 1,500 forged lists": lambda: partitions(300, 1_500),
    "2,000 forged lists one after another": lambda: superseded(2_000),
}


def _listed(*lists: RevocationList, accepted: bool, changes: Sequence[ext.Extension] = ()) -> Shape:
    """A target below one authority, and what lists there are of that authority."""
    pool = [authority("A", "R"), RevocationList(issuer="R").make(), *(one.make() for one in lists)]
    target = Certificate(subject="E", issuer="A", serial=_SERIAL, changes=changes).make()
    return Shape(
        target=target, anchor=authority("R", "R"), pool=pool, accepted=accepted, revocation=True
    )
