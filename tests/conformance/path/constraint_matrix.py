"""Name constraints: every pair of constraint and name of a table, in every place it can stand.

The table says of each pair whether the name is within the constraint, by RFC 5280 4.2.1.10; what a
certificate with them is worth follows by set theory alone, so nothing here compares names.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Final

from openjpki_devkit.forge import der
from openjpki_devkit.forge import extensions as ext
from openjpki_devkit.forge.certificates import Certificate, dn
from tests.support.path_asking import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


@dataclass(frozen=True)
class Form:
    """A form of names: constraints, names, and which name is within which constraint."""

    title: str
    constraint: Callable[[str], bytes]
    name: Callable[[str], bytes]
    within: dict[str, tuple[str, ...]]
    """Constraint → the names within it."""
    names: tuple[str, ...]
    """All of them."""


def _numbers(text: str) -> bytes:
    return ext.address(*(int(part, 16) for part in text.split()))


def _directory(text: str) -> bytes:
    return ext.directory(_dn(text))


def _dn(text: str) -> bytes:
    return dn(*(tuple(part.split("=", 1)) for part in text.split("/") if part))  # type: ignore[arg-type]


FORMS: Final = (
    Form(
        "DNS", ext.dns, ext.dns,
        {
            "example": ("example", "EXAMPLE", "a.example", "b.a.example", "B.a.Example",
                        "xa.example"),
            "a.example": ("a.example", "b.a.example", "B.a.Example"),
            "A.EXAMPLE": ("a.example", "b.a.example", "B.a.Example"),
            "ample": (),
            "example.a": (),
            "": ("example", "EXAMPLE", "a.example", "b.a.example", "B.a.Example", "notexample",
                 "xa.example", "other"),
        },
        ("example", "EXAMPLE", "a.example", "b.a.example", "B.a.Example", "notexample",
         "xa.example", "other"),
    ),
    Form(
        "mail", ext.email, ext.email,
        {
            "u@a.example": ("u@a.example", "u@A.EXAMPLE"),
            "U@a.example": ("U@a.example",),
            "a.example": ("u@a.example", "u@A.EXAMPLE", "U@a.example"),
            ".a.example": ("u@b.a.example",),
            ".example": ("u@a.example", "u@A.EXAMPLE", "U@a.example", "u@b.a.example",
                         "u@xa.example"),
            "example": ("u@example",),
        },
        ("u@a.example", "u@A.EXAMPLE", "U@a.example", "u@b.a.example", "u@xa.example", "u@example"),
    ),
    Form(
        "URI", ext.uri, ext.uri,
        {
            "a.example": ("http://a.example/", "https://u@A.example:8080/b?c@d", "ldap://a.example"),
            ".example": ("http://a.example/", "https://u@A.example:8080/b?c@d", "ldap://a.example",
                         "http://b.a.example/", "http://xa.example/a.example"),
            "example": ("http://example#x@a.example",),
            ".a.example": ("http://b.a.example/",),
        },
        ("http://a.example/", "https://u@A.example:8080/b?c@d", "ldap://a.example",
         "http://b.a.example/", "http://xa.example/a.example", "http://example#x@a.example"),
    ),
    Form(
        "address", _numbers, _numbers,
        {
            "c0 0 2 0 ff ff ff 0": ("c0 0 2 0", "c0 0 2 9", "c0 0 2 ff"),
            "c0 0 2 9 ff ff ff ff": ("c0 0 2 9",),
            "c0 0 2 8 ff ff ff f8": ("c0 0 2 9",),
            "0 0 0 0 0 0 0 0": ("c0 0 2 0", "c0 0 2 9", "c0 0 2 ff", "c0 0 3 1"),
            "20 1 d b8 0 0 0 0 0 0 0 0 0 0 0 0 ff ff ff ff 0 0 0 0 0 0 0 0 0 0 0 0": (
                "20 1 d b8 0 0 0 0 0 0 0 0 0 0 0 1",),
        },
        ("c0 0 2 0", "c0 0 2 9", "c0 0 2 ff", "c0 0 3 1", "20 1 d b8 0 0 0 0 0 0 0 0 0 0 0 1",
         "0 0 0 0 0 0 0 0 0 0 0 0 c0 0 2 9"),
    ),
    Form(
        "directory", _directory, _directory,
        {
            "O=X": ("O=X", "O=X/CN=a", "O= x /CN=b", "O=X/OU=Y/CN=a"),
            "O=X/OU=Y": ("O=X/OU=Y/CN=a",),
            "CN=a": (),
            "O=XX": (),
            "": ("O=X", "O=X/CN=a", "O= x /CN=b", "O=X/OU=Y/CN=a", "O=Y", "OU=X", "C=JP/O=X"),
        },
        ("O=X", "O=X/CN=a", "O= x /CN=b", "O=X/OU=Y/CN=a", "O=Y", "OU=X", "C=JP/O=X"),
    ),
)  # fmt: skip

NEVER: Final = {
    "DNS": ("a..example", ".example", "a b.example", "exämple"),
    "mail": ("u", "@example", "u@", "u@a@example", "u@.example", "u@a..example"),
    "URI": ("a.example", "urn:example:a", "http:///a.example", "http://192.0.2.9/",
            "http://[2001:db8::1]/", "http://"),
    "address": ("c0 0 2", "c0 0 2 0 ff ff ff 0", "c0"),
}  # fmt: skip
"""Names that cannot be read in their form, or have no host: beside a constraint they are refused,
permitted or excluded ("MUST reject" for URIs without a host, 4.2.1.10)."""


def matrix() -> Iterator[tuple[Asked, bool]]:
    """Questions and whether to accept."""
    for form in FORMS:
        for stated, inside in form.within.items():
            one = [form.constraint(stated)]
            for name in form.names:
                title = f"{form.title} {stated!r} {name!r}"
                is_in = name in inside
                yield from _single(title, form, one, name, is_in=is_in)
        yield from _pairs(form)
        yield from _beside(form)
        for name in NEVER.get(form.title, ()):
            stated = next(iter(form.within))
            for way in ("permitted", "excluded"):
                constraint = _constraint(way, [form.constraint(stated)])
                title = f"{form.title} {way} {stated!r} never {name!r}"
                yield _ask(title, [constraint], [form.name(name)]), False


def _single(
    title: str, form: Form, one: list[bytes], name: str, *, is_in: bool
) -> Iterator[tuple[Asked, bool]]:
    named = form.name(name)
    for way, accepted in (("permitted", is_in), ("excluded", not is_in)):
        constraint = _constraint(way, one)
        yield _ask(f"{way} {title}", [constraint], [named]), accepted
        if form.title != "directory":
            # An authority between would have to be within a constraint on directory names itself.
            yield _ask(f"{way} above {title}", [constraint, None], [named]), accepted
        second = [ext.dns("unconstrained.test"), named] if form.title != "DNS" else [named, named]
        yield _ask(f"{way} second {title}", [constraint], second), accepted
        if form.title == "directory" and name:
            yield _ask(f"{way} subject {title}", [constraint], [], subject=_dn(name)), accepted
        if form.title == "mail":
            subject = dn(("CN", "no names"), ("E", name.encode(), der.IA5))
            yield _ask(f"{way} subject {title}", [constraint], [], subject=subject), accepted


def _pairs(form: Form) -> Iterator[tuple[Asked, bool]]:
    """Two constraints: beside each other, one above the other, one excluded out of the other."""
    for (first, in_first), (second, in_second) in product(form.within.items(), repeat=2):
        both = [form.constraint(first), form.constraint(second)]
        for name in form.names[::2]:
            named = [form.name(name)]
            title = f"{form.title} {first!r} {second!r} {name!r}"
            a, b = name in in_first, name in in_second
            yield _ask(f"either {title}", [_constraint("permitted", both)], named), a or b
            yield _ask(f"neither {title}", [_constraint("excluded", both)], named), not (a or b)
            if form.title != "directory":
                narrowed = [_constraint("permitted", both[:1]), _constraint("permitted", both[1:])]
                yield _ask(f"narrowed {title}", narrowed, named), a and b
            holed = [ext.name_constraints(both[:1], both[1:])]
            yield _ask(f"holed {title}", holed, named), a and not b


def _beside(form: Form) -> Iterator[tuple[Asked, bool]]:
    """A constraint says nothing of names of other forms."""
    for other, stated in product(FORMS, list(form.within)[:2]):
        if other is form:
            continue
        named = [other.name(other.names[0])]
        for way in ("permitted", "excluded"):
            constraint = _constraint(way, [form.constraint(stated)])
            # The subject is a directory name itself: an empty one leaves only what is asked about.
            asked = _ask(
                f"{way} {form.title} {stated!r} and a {other.title}", [constraint], named,
                subject=dn(),
            )  # fmt: skip
            yield asked, True


def _constraint(way: str, subtrees: list[bytes]) -> ext.Extension:
    permitted = subtrees if way == "permitted" else []
    return ext.name_constraints(permitted, [] if permitted else subtrees)


def _ask(
    title: str,
    constraints: Sequence[ext.Extension | None],
    names: list[bytes],
    *,
    subject: bytes | None = None,
) -> Asked:
    """Root → an authority for each constraint, below one another → the target."""
    # A subject of its own would be judged too; without one the names are critical (4.1.2.6).
    subject = dn() if subject is None else subject
    above, pool = "R", []
    for depth, constraint in enumerate(constraints):
        pool.append(_authority(f"A{depth}", above, constraint))
        above = f"A{depth}"
    stated = [ext.alternative_names(*names, critical=subject == dn())] if names else []
    target = Certificate(subject=subject, key="E", issuer=above, changes=stated)
    return Asked(id=title, anchors=[_authority("R", "R", None)], pool=pool, target=target.make())


@cache
def _authority(name: str, issuer: str, constraint: ext.Extension | None) -> bytes:
    stated = [] if constraint is None else [constraint]
    return Certificate(subject=name, issuer=issuer, ca=True, changes=stated).make()
