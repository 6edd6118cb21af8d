"""Good paths of which one certificate or list was changed by chance, signed again or not.

A change is made in the tree of elements, so that most of what comes out is still well-formed; where
it was made is told by the name of the field it is in. The same seed gives the same changes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from openjpki_devkit.forge import der
from openjpki_devkit.forge import extensions as ext
from openjpki_devkit.forge.certificates import (
    AT,
    Certificate,
    RevocationList,
    dn,
    entry,
    sign,
)
from tests.support import der_tree
from tests.support.path_asking import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.der_tree import Node

_FIELDS: Final = {
    "certificate": ("version", "serial", "signature", "issuer", "validity", "subject", "key"),
    "list": ("version", "signature", "issuer", "thisUpdate", "nextUpdate", "entries"),
}
_EXTENSIONS: Final = {
    ext.AUTHORITY_KEY: "authorityKeyIdentifier", ext.SUBJECT_KEY: "subjectKeyIdentifier",
    ext.KEY_USAGE: "keyUsage", ext.ALTERNATIVE_NAMES: "subjectAltName",
    ext.BASIC_CONSTRAINTS: "basicConstraints", ext.CRL_NUMBER: "cRLNumber",
    ext.NAME_CONSTRAINTS: "nameConstraints", ext.POLICIES: "certificatePolicies",
    ext.POLICY_MAPPINGS: "policyMappings", ext.POLICY_CONSTRAINTS: "policyConstraints",
    ext.INHIBIT_ANY: "inhibitAnyPolicy", ext.EXTENDED_USAGE: "extKeyUsage",
    ext.DISTRIBUTION_POINT: "issuingDistributionPoint",
}  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    """A question about a changed path, and where it was changed."""

    asked: Asked
    kind: str
    """Which change was made."""
    field: str
    """What it was made in, as ``authority.subject`` or ``list.entries``."""
    signed: bool
    """Whether the changed part was signed again."""
    changed: bytes
    """The certificate or list that was changed."""


@dataclass(frozen=True)
class _Part:
    title: str
    made: bytes
    tbs: bytes
    signer: str


def mutations(count: int, seed: int, *, signed: bool | None = None) -> Iterator[Mutation]:
    """So many; ``signed`` for those signed again or not alone."""
    paths = [_plain(), _with_policies(), _with_names()]
    for number in range(count):
        chance = random.Random(f"{seed}-{number}")  # noqa: S311
        again = chance.random() < 0.5 if signed is None else signed
        yield _mutated(f"{seed}-{number}", paths[number % len(paths)], chance, again=again)


def _mutated(title: str, parts: list[_Part], chance: random.Random, *, again: bool) -> Mutation:
    place = chance.randrange(1, len(parts))
    part = parts[place]
    # Without a new signature all octets may change, with one those that it is over.
    root = der_tree.read(part.tbs if again else part.made)
    tbs = root if again else root.children[0]
    nodes = [node for node in root.walk()[1:] if again or node is not tbs]
    target = chance.choice(nodes)
    where = _field(part.title, tbs, target)
    kind, change = chance.choice(_CHANGES)
    change(root, target, chance)
    for _ in range(chance.choice((0, 0, 0, 1, 2))):
        more = chance.choice(_CHANGES)
        more[1](root, chance.choice(root.walk()[1:] or [root]), chance)
        kind, where = f"{kind}+", f"{where}+"
    octets = root.write()
    changed = sign(octets, part.signer) if again else octets
    made = [changed if one is part else one.made for one in parts]
    root_made, authority, target_made, *lists = made
    asked = Asked(
        id=title, anchors=[root_made], pool=[authority, *lists], target=target_made,
        revocation=True,
    )  # fmt: skip
    return Mutation(asked, kind, where, again, changed)


def _field(title: str, tbs: Node, target: Node) -> str:
    names = _FIELDS["list" if title == "list" else "certificate"]
    for child, name in zip(tbs.children, names, strict=False):
        if any(target is node for node in child.walk()):
            return f"{title}.{name}"
    for wrapper in tbs.children[len(names) :]:
        for extension in wrapper.walk()[1:]:
            if any(target is node for node in extension.walk()[1:]) and extension.children:
                found = _EXTENSIONS.get(_dotted(extension.children[0]))
                if found:
                    return f"{title}.{found}"
        if any(target is node for node in wrapper.walk()):
            return f"{title}.extensions"
    return f"{title}.signature"


def _dotted(node: Node) -> str:
    written = node.write()
    return next((dotted for dotted in _EXTENSIONS if der.oid(dotted) == written), "")


# -- Changes --
def _drop(root: Node, node: Node, chance: random.Random) -> None:
    for parent in root.walk():
        if any(child is node for child in parent.children):
            parent.children = [child for child in parent.children if child is not node]
            return


def _double(root: Node, node: Node, chance: random.Random) -> None:
    for parent in root.walk():
        for place, child in enumerate(parent.children):
            if child is node:
                parent.children.insert(place, node)
                return


def _swap(root: Node, node: Node, chance: random.Random) -> None:
    for parent in root.walk():
        if any(child is node for child in parent.children):
            chance.shuffle(parent.children)
            return


def _graft(root: Node, node: Node, chance: random.Random) -> None:
    other = chance.choice(root.walk()[1:])
    if not any(inner is node for inner in other.walk()):
        node.raw = other.write()


def _retag(root: Node, node: Node, chance: random.Random) -> None:
    node.tag = chance.choice((
        1, 2, 3, 4, 5, 6, 0x0C, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1E, 0x30, 0x31, 0x80, 0x81, 0x82,
        0xA0, 0xA1, 0xA3, node.tag ^ 0x20,
    ))  # fmt: skip


def _flip(root: Node, node: Node, chance: random.Random) -> None:
    content = bytearray(node.write())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    node.raw = bytes(content)


def _content(root: Node, node: Node, chance: random.Random) -> None:
    node.children, node.opened = [], False
    node.content = chance.choice(
        (b"", b"\0", b"\xff", b"\x80", b"\x7f" * 9, b"\0\1", b"\xff" * 21, b"\1" * 300, b" ",
         b"\xe2\x80\x8b", b"\0a", b"250601000000Z", b"20250601000000Z", b"a.example",
         b"u@a.example",
         b"\x55\x1d\x20\0", b"\x2b\x06\x01\x80\x01")
    )  # fmt: skip


def _longer(root: Node, node: Node, chance: random.Random) -> None:
    content = node.write()[:1]
    inner = _inner(node)
    content += chance.choice((b"\x81", b"\x82\0", b"\x84\0\0\0")) + bytes([len(inner) & 0xFF])
    node.raw = content + inner


def _indefinite(root: Node, node: Node, chance: random.Random) -> None:
    node.raw = bytes([node.tag | 0x20, 0x80]) + _inner(node) + b"\0\0"


def _trailing(root: Node, node: Node, chance: random.Random) -> None:
    node.raw = der.tlv(
        node.tag, _inner(node), chance.choice((b"\0", b"\5\0", b"\x30\0", b"\xff" * 4))
    )


def _case(root: Node, node: Node, chance: random.Random) -> None:
    for text in node.walk():
        if text.tag in {0x0C, 0x13, 0x16} and text.content:
            text.content = chance.choice((
                text.content.swapcase(), b" " + text.content + b"  ",
                text.content + b"\xe2\x80\x8b" if text.tag == 0x0C else text.content.upper(),
            ))  # fmt: skip
            text.tag = chance.choice((text.tag, 0x0C, 0x13))


def _critical(root: Node, node: Node, chance: random.Random) -> None:
    for flag in root.walk():
        if flag.tag == 1 and chance.random() < 0.4:
            flag.content = chance.choice((b"\0", b"\xff", b"\1", b""))


def _extension(root: Node, node: Node, chance: random.Random) -> None:
    added = chance.choice((
        ext.unknown(), ext.unknown(critical=False), ext.inhibit_any(0),
        ext.policy_constraints(explicit=0), ext.policy_constraints(mapping=0),
        ext.name_constraints([ext.dns("example")]), ext.name_constraints([], [ext.dns("")]),
        ext.name_constraints([ext.directory(dn(("C", "JP")))]),
        ext.extended_usage("1.3.6.1.5.5.7.3.9"), ext.policies("1.2.3.4"),
        ext.basic_constraints(ca=True), ext.key_usage("cert", "crl"),
        ext.policy_mappings((ext.POLICY, "1.2.3.4")),
        ext.Extension(ext.DISTRIBUTION_POINT, der.sequence(der.tlv(0x81, b"\xff")), critical=True),
    ))  # fmt: skip
    for wrapper in root.walk():
        if wrapper.tag in {0xA3, 0xA0} and wrapper.children and wrapper.children[0].tag == 0x30:
            wrapper.children[0].children.append(der_tree.read(added.der()))


def _inner(node: Node) -> bytes:
    return b"".join(child.write() for child in node.children) if node.opened else node.content


_CHANGES: Final[tuple[tuple[str, Callable[[Node, Node, random.Random], None]], ...]] = (
    ("dropped", _drop), ("twice", _double), ("shuffled", _swap), ("grafted", _graft),
    ("tag", _retag), ("bit", _flip), ("bit", _flip), ("content", _content), ("content", _content),
    ("longer length", _longer), ("indefinite", _indefinite), ("trailing", _trailing),
    ("text", _case), ("critical", _critical), ("extension", _extension),
)  # fmt: skip


# -- Paths to change: root, authority, target, lists of both --
def _plain() -> list[_Part]:
    return _path({}, {})


def _with_policies() -> list[_Part]:
    return _path(
        {"changes": [
            ext.policies(ext.POLICY, ext.ANY_POLICY),
            ext.policy_mappings((ext.POLICY, "1.3.6.1.4.1.32473.2")),
            ext.policy_constraints(explicit=0, mapping=1), ext.inhibit_any(1),
        ]},
        {"policies": ("1.3.6.1.4.1.32473.2",), "not_after": AT.replace(year=2055)},
    )  # fmt: skip


def _with_names() -> list[_Part]:
    permitted = [
        ext.dns("example"), ext.email(".example"), ext.uri("a.example"),
        ext.directory(dn(("C", "JP"))),
    ]  # fmt: skip
    excluded = [ext.dns("x.example"), ext.directory(dn(("C", "JP"), ("O", "Not")))]
    names = [
        ext.dns("a.example"), ext.email("u@a.example"), ext.uri("http://a.example/"),
        ext.directory(dn(("C", "jp"), ("O", "Names"))),
    ]  # fmt: skip
    return _path(
        {"changes": [ext.name_constraints(permitted, excluded)], "path_length": 0},
        {"changes": [ext.alternative_names(*names), ext.extended_usage("1.3.6.1.5.5.7.3.4")]},
    )


def _path(authority: dict[str, object], target: dict[str, object]) -> list[_Part]:
    root = Certificate(subject="R", issuer="R", ca=True)
    middle = Certificate(**{"subject": "A", "issuer": "R", "ca": True, **authority})  # type: ignore[arg-type]
    last = Certificate(**{"subject": "E", "issuer": "A", **target})  # type: ignore[arg-type]
    lists = [
        RevocationList(issuer="R"),
        RevocationList(issuer="A", revoked=[entry(77), entry(78, at=AT - timedelta(days=3))]),
    ]
    return [
        _Part("root", root.make(), root.tbs(), "R"),
        _Part("authority", middle.make(), middle.tbs(), "R"),
        _Part("target", last.make(), last.tbs(), "A"),
        *(_Part("list", one.make(), one.tbs(), str(one.issuer)) for one in lists),
    ]
