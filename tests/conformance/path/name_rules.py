"""Names under constraints, one rule of RFC 5280 4.2.1.10 a case.

``constraint_matrix.py`` has every form with every form; here are texts that two readers take for
two different names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openjpki_devkit.forge import der
from openjpki_devkit.forge import extensions as ext
from openjpki_devkit.forge.certificates import Certificate, dn, name_of
from tests.conformance.path.rule import Rule, line, root
from tests.support.path_asking import Asked

if TYPE_CHECKING:
    from collections.abc import Iterable


def name_rules() -> list[Rule]:
    """All of them."""

    def judged(
        title: str,
        accepted: bool,
        constraint: ext.Extension,
        *names: bytes,
        why: str = "4.2.1.10",
    ) -> Rule:
        leaf = {"changes": [ext.alternative_names(*names)]} if names else {}
        return Rule(line(title, middle={"changes": [constraint]}, leaf=leaf), accepted, why)

    private = ext.other("1.3.6.1.4.1.32473.3", der.tlv(5))
    return [
        judged("malformed IPv4 constraint", False,
               ext.name_constraints([ext.address(192, 0, 2, 1)]), ext.address(192, 0, 2, 1)),
        judged("malformed IPv6 constraint", False,
               ext.name_constraints([ext.address(*b"\0" * 15, 1)]), ext.address(*b"\0" * 15, 1)),
        judged("address that is a range", False,
               ext.name_constraints([ext.address(192, 0, 2, 0, 255, 255, 255, 0)]),
               ext.address(192, 0, 2, 0, 255, 255, 255, 0)),
        judged("wildcard as constraint", False, ext.name_constraints([ext.dns("*.example")]),
               ext.dns("a.example")),
        judged("mailbox with two signs", False, ext.name_constraints([ext.email("example")]),
               ext.email("a@b@example")),
        judged("constraint with two signs", False, ext.name_constraints([ext.email("a@b@example")]),
               ext.email("a@example")),
        judged("host that begins with a dot", False, ext.name_constraints([ext.dns("example")]),
               ext.dns(".example")),
        judged("otherName excluded", False, ext.name_constraints([], [private]), private,
               why="4.2.1.10: MUST either process the constraint or reject the certificate"),
        judged("otherName excluded, none there", True, ext.name_constraints([], [private]),
               ext.dns("a.example")),
        judged("otherName permitted, another there", False, ext.name_constraints([private]),
               ext.other("1.3.6.1.4.1.32473.4", der.tlv(5))),
        judged("minimum that is not zero", False, _minimum(1), ext.dns("a.example"),
               why="4.2.1.10: the minimum MUST be zero"),
        Rule(line("authority below a constraint it breaks", middle={
            "changes": [ext.alternative_names(ext.dns("a.other"))]},
            root={"changes": [ext.name_constraints([ext.dns("example")])]}), False, "6.1.3 (b, c)"),
        Rule(Asked(id="self-issued is not constrained", anchors=[root()],
                   pool=_rolled_constrained(), target=Certificate(
                       subject="E", issuer=name_of("A"), signer="A2").make()), True,
             "6.1.3 (b): self-issued and not the final certificate"),
        Rule(Asked(id="self-issued and last is constrained", anchors=[root()],
                   pool=_rolled_constrained()[:1], target=_rolled_constrained()[1]), False,
             "6.1.3 (b)"),
        *_texts(),
    ]  # fmt: skip


def _rolled_constrained() -> list[bytes]:
    constraint = ext.name_constraints([ext.dns("example")])
    outside = ext.alternative_names(ext.dns("a.other"))
    return [
        Certificate(subject="A", issuer="R", ca=True, changes=[constraint]).make(),
        Certificate(subject=name_of("A"), issuer="A", key="A2", ca=True, changes=[outside]).make(),
    ]


def _minimum(least: int) -> ext.Extension:
    subtree = der.sequence(ext.dns("example"), der.integer(least, 0x80))
    return ext.Extension(
        ext.NAME_CONSTRAINTS, der.sequence(der.explicit(0, subtree)), critical=True
    )


_PERMITTED: Final[tuple[tuple[bool, bytes, bytes], ...]] = (
    (True, ext.dns("EXAMPLE"), ext.dns("A.example")),
    (True, ext.dns("example"), ext.dns("a_b.example")),
    (True, ext.dns("example"), ext.dns("*.example")),
    (False, ext.dns("a.example"), ext.dns("*.example")),
    (False, ext.dns("example"), ext.dns("*")),
    (False, ext.dns("example"), ext.dns("a.example.")),
    (False, ext.dns("example"), ext.dns("evil\0.example")),
    (False, ext.dns("example"), ext.dns("a..example")),
    (False, ext.dns("example"), ext.dns("")),
    (False, ext.dns("example"), ext.dns("badexample")),
    (False, ext.dns("example"), der.implicit(2, "ä.example".encode())),
    (True, ext.email("a@EXAMPLE"), ext.email("a@example")),
    (True, ext.email("example"), ext.email('"a@evil"@example')),
    (True, ext.email("*@example"), ext.email("*@example")),
    (False, ext.email("*@example"), ext.email("a@example")),
    (False, ext.email("A@example"), ext.email("a@example")),
    (False, ext.email("evil"), ext.email('"a@evil"@example')),
    (False, ext.email("example"), ext.email("a@b.example")),
    (False, ext.email(".example"), ext.email("a@example")),
    (False, ext.email("example"), ext.email("@example")),
    (False, ext.email("example"), ext.email("example")),
    (True, ext.uri("host.example"), ext.uri("ldap://host.example/cn=a?b")),
    (True, ext.uri(".example"), ext.uri("http://user@a.b.example:80/x")),
    (False, ext.uri(".example"), ext.uri("http://example/x")),
    (False, ext.uri("host.example"), ext.uri("http://a.host.example/x")),
    (False, ext.uri("host.example"), ext.uri("http://host.example@evil.test/")),
    (False, ext.uri("host.example"), ext.uri("http://evil.test\\@host.example/")),
    (False, ext.uri("host.example"), ext.uri("http://evil.test@b@host.example/")),
    (False, ext.uri("host.example"), ext.uri("http://127.0.0.1/")),
    (False, ext.address(*b"\0" * 8), ext.address(*b"\0" * 15, 1)),
    (False, ext.address(1, 2, 3, 0, 255, 0, 255, 0), ext.address(1, 9, 3, 4)),
)
_EXCLUDED: Final[tuple[tuple[bool, bytes, bytes], ...]] = (
    (True, ext.dns("example"), ext.dns("badexample")),
    (True, ext.dns("b.a.example"), ext.dns("*.example")),
    (False, ext.dns("a.example"), ext.dns("*.example")),
    (False, ext.dns("a.example"), ext.dns("a*.example")),
    (False, ext.dns("b.a.example"), ext.dns("*.*.example")),
    (False, ext.dns("example"), ext.dns("a.eXample.")),
    (False, ext.dns("example."), ext.dns("a.example")),
    (False, ext.dns(".example"), ext.dns("a.example")),
    (False, ext.dns("example"), ext.dns("a.example\0.test")),
    (False, ext.dns("example"), ext.dns("a.example ")),
    (False, ext.dns(""), ext.dns("a")),
    (False, ext.email("example"), ext.email('"a@evil"@example')),
    (False, ext.email("a@example"), ext.email('"a"@example')),
    (False, ext.email("a@example"), ext.email('"\\a"@example')),
    (False, ext.email('"a"@example'), ext.email("a@example")),
    (True, ext.email("a@example"), ext.email('"a "@example')),
    (False, ext.email("b@example"), ext.email('"a"b"@example')),
    (False, ext.email("example"), ext.email("<a@example>")),
    (False, ext.email("example"), ext.email("a@example.")),
    (False, ext.email(""), ext.email("a@example")),
    (False, ext.uri("evil.test"), ext.uri("http://host.example@evil.test/")),
    (False, ext.uri("evil.test"), ext.uri("http://evil.test\\@host.example/")),
    (False, ext.uri("evil.test"), ext.uri("HTTPS://EVIL.test:8443?x")),
    (False, ext.uri("evil.test"), ext.uri("https://evil.test.:/#x")),
    (False, ext.uri("evil.test"), ext.uri("https://%65vil.test/")),
    (False, ext.uri("evil.test"), ext.uri("http:evil.test")),
    (False, ext.uri("evil.test"), ext.uri("//evil.test/x")),
    (False, ext.uri("http://evil.test"), ext.uri("http://evil.test/")),
    (False, ext.uri("host.example"), ext.uri("urn:a:b")),
    (False, ext.uri("host.example"), ext.uri("http://[::1]/")),
    (False, ext.address(*b"\0" * 8), ext.address(1, 2, 3, 4)),
    (False, ext.address(1, 2, 3, 4, 255, 255, 255, 0), ext.address(1, 2, 3, 9)),
    (False, ext.address(1, 2, 3, 0, 255, 255, 255, 0), ext.address(1, 2, 3, 4, 5)),
    (False, ext.registered("1.2.3"), ext.registered("1.2.4")),
)
_SUBJECTS: Final = (
    dn(("O", "Evil"), ("CN", "x")),
    dn(("O", b"evil", der.PRINTABLE)),
    dn(("O", b"EVIL", der.TELETEX)),
    dn(("O", "ev\u200bil")),
    dn(("O", "ev\u00adil")),
    dn(("O", "ｅｖｉｌ")),
    dn(("O", "  evil ")),
)
"""All of them are of O=evil, as RFC 4518 prepares names."""
_MAILBOXES: Final = (
    dn(("E", b"a@evil.test", der.IA5)),
    dn(("E", b"a@EVIL.test", der.UTF8)),
    dn(("E", "a@evil.test".encode("utf-16-be"), der.BMP)),
    dn([("CN", "x"), ("E", b"a@evil.test", der.IA5)]),
)


def _texts() -> Iterable[Rule]:
    for accepted, constraint, name in _PERMITTED:
        yield _under(accepted, ext.name_constraints([constraint]), name)
    for accepted, constraint, name in _EXCLUDED:
        yield _under(accepted, ext.name_constraints([], [constraint]), name)
    for kind in (der.PRINTABLE, der.IA5, der.TELETEX):
        asked = line(
            f"excluded letters beyond ASCII in a string of type {kind}",
            middle={"changes": [ext.name_constraints([], [ext.directory(dn(("O", "Böse")))])]},
            leaf={"subject": dn(("O", "Böse".encode("latin-1"), kind)), "key": "E"},
        )
        yield Rule(asked, accepted=False, why="X.680 41: no PrintableString or IA5String has them")
    evil = ext.name_constraints([], [ext.directory(dn(("O", "evil")))])
    mail = ext.name_constraints([], [ext.email("evil.test")])
    for above, subjects in ((evil, _SUBJECTS), (mail, _MAILBOXES)):
        for subject in subjects:
            asked = line(
                f"subject {subject!r} below {above.value!r}",
                middle={"changes": [above]},
                leaf={"subject": subject, "key": "E"},
            )
            yield Rule(asked, accepted=False, why="4.2.1.10")


def _under(accepted: bool, constraint: ext.Extension, name: bytes) -> Rule:
    leaf = {"changes": [ext.alternative_names(name)]}
    title = f"{name!r} below {constraint.value!r}"
    asked = line(title, middle={"changes": [constraint]}, leaf=leaf)
    return Rule(asked, accepted, "4.2.1.10")
