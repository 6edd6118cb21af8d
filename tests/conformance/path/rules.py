"""One rule of RFC 5280 a case, with the sentence that decides it; the rest of each path is good.

Root → authority → end entity, each made of defaults and what the case changes. Judges outside this
tree ask for the same rules (x509-limbo); these are cases of our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from openjpki_devkit.forge import der
from openjpki_devkit.forge import extensions as ext
from openjpki_devkit.forge.certificates import (
    AT,
    Certificate,
    RevocationList,
    dn,
    entry,
    key_id_of,
    name_of,
)
from tests.support.path_asking import Asked

if TYPE_CHECKING:
    from collections.abc import Sequence

_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_PARTITION: Final = ext.uri("http://ca.example/1.crl")


@dataclass(frozen=True)
class Rule:
    """A question and the right answer."""

    asked: Asked
    accepted: bool
    why: str


def _line(
    title: str,
    *,
    root: dict[str, Any] | None = None,
    middle: dict[str, Any] | None = None,
    leaf: dict[str, Any] | None = None,
    lists: Sequence[RevocationList] | None = None,
    **options: Any,
) -> Asked:
    made = {
        "root": Certificate(**{"subject": "R", "issuer": "R", "ca": True, **(root or {})}),
        "middle": Certificate(**{"subject": "A", "issuer": "R", "ca": True, **(middle or {})}),
        "leaf": Certificate(**{"subject": "E", "issuer": "A", **(leaf or {})}),
    }
    revocation = lists is not None
    return Asked(
        id=title,
        target=made["leaf"].make(),
        anchors=[made["root"].make()],
        pool=[made["middle"].make(), *(one.make() for one in lists or ())],
        revocation=revocation,
        **options,
    )


def rules() -> list[Rule]:
    """All of them."""
    return [
        *_good(), *_fields(), *_extensions(), *_anchors(), *_lengths(), *_times(), *_chaining(),
        *_constraint_forms(), *_lists(),
    ]  # fmt: skip


def _good() -> list[Rule]:
    small = ext.basic_constraints(ca=False)
    return [
        Rule(_line("good"), True, "nothing is wrong"),
        Rule(_line("good with lists", lists=[RevocationList(issuer="R"),
             RevocationList(issuer="A")]),
             True, "nothing is wrong"),
        Rule(_line("no key usage in the target", leaf={"without": [ext.KEY_USAGE]}), True,
             "4.2.1.3: required of authorities only"),
        Rule(_line("basicConstraints in the target", leaf={"changes": [small]}), True,
             "4.2.1.9: may appear in end entity certificates"),
        Rule(_line("access description", leaf={"changes": [_access(critical=False)]}), True,
             "4.2.2.1"),
        Rule(_line("extended usage", leaf={"changes": [ext.extended_usage("1.3.6.1.5.5.7.3.4")]}),
             True, "4.2.1.12: what it is used for is the application's question"),
        Rule(_line("unknown extension that is not critical",
                   leaf={"changes": [ext.unknown(critical=False)]}), True,
             "4.2: a non-critical extension MAY be ignored if it is not recognized"),
        Rule(_line("subject empty, names critical",
                   leaf={"subject": dn(), "key": "E", "changes": [
                       ext.alternative_names(ext.dns("a.example"), critical=True)]}), True,
             "4.1.2.6"),
        Rule(Asked(id="an authority as target", anchors=[_root()],
                   target=Certificate(subject="A", issuer="R", ca=True).make()), True,
             "6.1: the last certificate can be an authority's"),
        Rule(Asked(id="the authority is the anchor, its root in the pool", pool=[_root()],
                   anchors=[Certificate(subject="A", issuer="R", ca=True).make()],
                   target=Certificate(subject="E", issuer="A").make()), True,
             "6.1.1 (d): a trust anchor need not be self-signed"),
    ]  # fmt: skip


def _fields() -> list[Rule]:
    twice = ext.alternative_names(ext.dns("a.example"))
    return [
        Rule(_line("version 1 with extensions", leaf={"version": None}), False,
             "4.1.2.1: when extensions are used, version MUST be 3"),
        Rule(_line("version 2 with extensions", leaf={"version": 1}), False, "4.1.2.1"),
        Rule(_line("version 4", leaf={"version": 3}), False, "4.1: v1, v2, v3"),
        Rule(_line("version 1 written out", leaf={"version": 0, "policies": ()}), False,
             "X.690 11.5: a default value is not encoded"),
        Rule(_line("version 1 as authority", middle={"version": None, "without": [
            ext.AUTHORITY_KEY, ext.SUBJECT_KEY, ext.KEY_USAGE, ext.BASIC_CONSTRAINTS],
            "policies": ()}), False, "6.1.4 (k)"),
        Rule(_line("algorithms differ", leaf={
            "outer_algorithm": der.sequence(der.oid("1.2.840.10045.4.3.3"))}), False,
             "4.1.1.2: MUST contain the same algorithm identifier"),
        Rule(_line("empty issuer", leaf={"issuer": dn(), "signer": "A"}), False,
             "4.1.2.4: MUST contain a non-empty distinguished name"),
        Rule(_line("subject empty, no names", leaf={"subject": dn(), "key": "E"}), False,
             "4.1.2.6: the subject name MUST be in the subjectAltName"),
        Rule(_line("subject empty, names not critical", leaf={
            "subject": dn(), "key": "E",
            "changes": [ext.alternative_names(ext.dns("a.example"))]}), False,
             "4.2.1.6: MUST be marked as critical"),
        Rule(_line("authority without a name", middle={"subject": dn(), "key": "A"},
                   leaf={"issuer": dn(), "signer": "A"}), False,
             "4.1.2.6: an authority's subject MUST be non-empty"),
        Rule(_line("serial of 22 octets", leaf={"serial": 1 << 170}), False,
             "4.1.2.2: MUST NOT use serialNumber values longer than 20 octets"),
        Rule(_line("serial of no octet", leaf={"serial": b""}), False, "X.690 8.3.1"),
        Rule(_line("serial with needless octet", leaf={"serial": b"\0\x05"}), False, "X.690 8.3.2"),
        Rule(_line("an extension twice", leaf={"more": [twice, twice]}), False,
             "4.2: MUST NOT include more than one instance of a particular extension"),
        Rule(_line("a policy twice", leaf={"policies": (ext.POLICY, ext.POLICY)}), False,
             "4.2.1.4: MUST NOT appear more than once"),
        Rule(_line("names that are no DER", leaf={"changes": [
            ext.Extension(ext.ALTERNATIVE_NAMES, b"a.example")]}), False, "4.2.1.6"),
        Rule(_line("no names in the list of names", leaf={"changes": [ext.alternative_names()]}),
             False, "4.2.1.6: the sequence MUST contain at least one entry"),
        Rule(_line("truncated object identifier", leaf={"changes": [ext.Extension(
            ext.POLICIES, der.sequence(der.sequence(der.tlv(6, b"\x2a\x86"))))]}), False,
             "X.690 8.19.2"),
        Rule(_line("key that cannot be read", leaf={"spki": der.sequence(
            der.sequence(der.oid("1.2.840.10045.2.1"), der.oid("1.2.840.10045.3.1.7")),
            der.bits(b"\x04" + b"\1" * 64))}), False, "4.1.2.7, 3279: a point of the curve"),
        Rule(_line("key of no bits", middle={"spki": der.sequence(
            der.sequence(der.oid("1.2.840.113549.1.1.1"), der.tlv(5)), der.bits(b""))}), False,
             "4.1.2.7"),
        Rule(_line("time with a zone", leaf={"not_after": der.tlv(0x17, b"270101000000+0900")}),
             False,
             "4.1.2.5.1: MUST be expressed in Greenwich Mean Time"),
        Rule(Asked(id="octets after the certificate", anchors=[_root()],
                   target=Certificate(subject="A", issuer="R", ca=True).make() + b"\0"), False,
             "X.690: one value"),
    ]  # fmt: skip


def _extensions() -> list[Rule]:
    named = ext.name_constraints([ext.dns("example")])
    return [
        Rule(_line("unknown critical extension", leaf={"changes": [ext.unknown()]}), False,
             "6.1.5 (f)"),
        Rule(_line("unknown critical extension of the authority", middle={
            "changes": [ext.unknown()]}), False, "6.1.4 (o)"),
        Rule(_line("critical false written out", leaf={"more": [
            ext.Extension(ext.UNKNOWN, b"\x05\x00", der.FALSE)]}), True,
             "X.690 11.5 forbids it, and nothing depends on it: signatures are over the octets"),
        Rule(_line("critical true as 01", leaf={"more": [
            ext.Extension(ext.UNKNOWN, b"\x05\x00", b"\1\1\1")]}), False, "X.690 11.1"),
        Rule(_line("key identifier of the target that is no DER", leaf={"changes": [
            ext.Extension(ext.SUBJECT_KEY, b"\4\5abc")]}), False, "4.2.1.2"),
        Rule(_line("authority key identifier that is no DER", leaf={"changes": [
            ext.Extension(ext.AUTHORITY_KEY, b"\4\3abc")]}), False, "4.2.1.1"),
        Rule(_line("no authority key identifier", leaf={"without": [ext.AUTHORITY_KEY]}), False,
             "4.2.1.1: MUST be included in all certificates generated by conforming CAs"),
        Rule(_line("authority without an authority key identifier", middle={
            "without": [ext.AUTHORITY_KEY]}), False, "4.2.1.1"),
        Rule(_line("authority without a key identifier", middle={"without": [ext.SUBJECT_KEY]}),
             False, "4.2.1.2: MUST appear in all conforming CA certificates"),
        Rule(_line("end entity without a key identifier", leaf={"without": [ext.SUBJECT_KEY]}),
             True, "4.2.1.2: SHOULD be included in all end entity certificates"),
        Rule(_line("basicConstraints not critical", middle={"changes": [
            ext.basic_constraints(ca=True, critical=False)]}), True,
             "6.1.4 (k): verified if it is present; NIST's suite has a valid path with it"),
        Rule(_line("purposes that no authority has", middle={"changes": [
            ext.extended_usage("1.3.6.1.5.5.7.3.4")]}, leaf={"changes": [
            ext.extended_usage("1.3.6.1.5.5.7.3.1")]}), False,
             "4.2.1.12: MUST only be used for one of the purposes indicated"),
        Rule(_line("a purpose that all authorities have", middle={"changes": [
            ext.extended_usage("1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.1")]}, leaf={"changes": [
            ext.extended_usage("1.3.6.1.5.5.7.3.1")]}), True, "4.2.1.12"),
        Rule(_line("no cA", middle={"changes": [ext.basic_constraints(ca=False)]}), False,
             "6.1.4 (k)"),
        Rule(_line("no basicConstraints", middle={"without": [ext.BASIC_CONSTRAINTS]}), False,
             "6.1.4 (k)"),
        Rule(_line("authority that may not sign certificates", middle={
            "changes": [ext.key_usage("crl")]}), False, "6.1.4 (n)"),
        Rule(_line("pathLen without keyCertSign", middle={
            "path_length": 0, "changes": [ext.key_usage("signature")]}), False,
            "4.2.1.9, 6.1.4 (n)"),
        Rule(_line("pathLen without cA", leaf={"changes": [
            ext.basic_constraints(ca=False, length=0)]}), False,
             "4.2.1.9: no pathLenConstraint unless the cA boolean is asserted"),
        Rule(_line("keyCertSign without cA", leaf={"changes": [
            ext.basic_constraints(ca=False), ext.key_usage("signature", "cert")]}), False,
             "4.2.1.9: the keyCertSign bit MUST NOT be asserted"),
        Rule(_line("name constraints in an end entity's", leaf={"changes": [named]}), False,
             "4.2.1.10: MUST be used only in a CA certificate"),
        Rule(_line("name constraints not critical", middle={"changes": [
            ext.name_constraints([ext.dns("example")], critical=False)]}), False,
             "4.2.1.10: Conforming CAs MUST mark this extension as critical"),
        Rule(_line("empty name constraints", middle={"changes": [ext.name_constraints()]}), False,
             "4.2.1.10: MUST NOT issue certificates where name constraints is an empty sequence"),
        Rule(_line("policy constraints not critical", middle={"changes": [
            ext.policy_constraints(explicit=3, critical=False)]}), True,
             "6.1.4 (i): processed if it is present; NIST's suite has valid paths with it"),
        Rule(_line("empty policy constraints", middle={"changes": [ext.policy_constraints()]}),
             False,
             "4.2.1.11: MUST NOT issue certificates where policy constraints is an empty sequence"),
        Rule(_line("inhibitAnyPolicy not critical", middle={"changes": [
            ext.inhibit_any(0, critical=False)]}), True,
             "6.1.4 (j): processed if it is present"),
        Rule(_line("mapping to any policy", middle={"changes": [
            ext.policy_mappings((ext.POLICY, ext.ANY_POLICY))]}), False, "6.1.4 (a)"),
        Rule(_line("mapping from any policy", middle={"changes": [
            ext.policy_mappings((ext.ANY_POLICY, ext.POLICY))]}), False, "6.1.4 (a)"),
        Rule(_line("critical authority key identifier", leaf={"changes": [
            ext.authority_key(key_id_of("A"), critical=True)]}), False,
             "4.2.1.1: Conforming CAs MUST mark this extension as non-critical"),
        Rule(_line("critical subject key identifier", middle={"changes": [
            ext.subject_key(key_id_of("A"), critical=True)]}), False,
             "4.2.1.2: Conforming CAs MUST mark this extension as non-critical"),
        Rule(_line("critical access description", leaf={"changes": [_access(critical=True)]}),
             False,
             "4.2.2.1: Conforming CAs MUST mark this extension as non-critical"),
    ]  # fmt: skip


def _anchors() -> list[Rule]:
    return [
        Rule(_line("anchor expired", root={"not_after": AT - _DAY}), False,
             "docs/path-validation.md"),
        Rule(_line("anchor not yet valid", root={"not_before": AT + _DAY}), False,
             "docs/path-validation.md"),
        Rule(_line("unknown critical extension of the anchor", root={"changes": [ext.unknown()]}),
             False, "docs/path-validation.md: an anchor's own constraints count"),
        Rule(_line("anchor without basicConstraints", root={"without": [ext.BASIC_CONSTRAINTS]}),
             False, "4.2.1.9: MUST NOT be used to verify certificate signatures"),
        Rule(_line("anchor that is no authority", root={"changes": [
            ext.basic_constraints(ca=False)]}), False, "4.2.1.9"),
        Rule(_line("anchor that may not sign certificates", root={"changes": [
            ext.key_usage("crl")]}), False, "4.2.1.3"),
        Rule(_line("anchor's pathLen", root={"path_length": 0}), False,
             "docs/path-validation.md: an anchor's own constraints count"),
        Rule(_line("anchor's permitted names", root={"changes": [
            ext.name_constraints([ext.dns("example")])]},
            leaf={"changes": [ext.alternative_names(ext.dns("a.other"))]}), False,
             "docs/path-validation.md: an anchor's own constraints count"),
        Rule(_line("anchor's permitted names, kept", root={"changes": [
            ext.name_constraints([ext.dns("example")])]},
            leaf={"changes": [ext.alternative_names(ext.dns("a.example"))]}), True, "4.2.1.10"),
        Rule(_line("anchor without authority key identifier", root={
            "without": [ext.AUTHORITY_KEY]}), True, "4.2.1.1: MAY be omitted where self-signed"),
        Rule(_line("anchor without a key identifier", root={"without": [ext.SUBJECT_KEY]}), True,
             "docs/path-validation.md: roots in use have none"),
        Rule(_line("anchor whose basicConstraints is not critical", root={"changes": [
            ext.basic_constraints(ca=True, critical=False)]}), True,
             "docs/path-validation.md: roots in use have it so"),
        Rule(Asked(id="anchor that another signed, without its key identifier", anchors=[
            Certificate(subject="A", issuer="R", ca=True, without=[ext.AUTHORITY_KEY]).make()],
            target=Certificate(subject="E", issuer="A").make()), False, "4.2.1.1"),
        Rule(Asked(id="another anchor of the same name", anchors=[Certificate(
            subject=name_of("R"), issuer=name_of("R"), key="R2", signer="R2", ca=True).make()],
            pool=[_root(), Certificate(subject="A", issuer="R", ca=True).make()],
            target=Certificate(subject="E", issuer="A").make()), False, "6.1.3 (a) (1)"),
    ]  # fmt: skip


def _lengths() -> list[Rule]:
    def chain(title: str, accepted: bool, lengths: Sequence[int | None]) -> Rule:
        names = ["R", *(f"A{place}" for place in range(len(lengths)))]
        made = [
            Certificate(subject=name, issuer=above, ca=True, path_length=length).make()
            for above, name, length in zip(names[:-1], names[1:], lengths, strict=True)
        ]
        last = Certificate(subject="E", issuer=names[-1]).make()
        return Rule(
            Asked(id=title, anchors=[_root()], pool=made, target=last),
            accepted,
            "4.2.1.9, 6.1.4 (l, m)",
        )

    rolled = [
        Certificate(subject="A", issuer="R", ca=True, path_length=0).make(),
        Certificate(subject=name_of("A"), issuer="A", key="A2", ca=True, path_length=0).make(),
    ]
    below = Certificate(subject="E", issuer=name_of("A"), signer="A2").make()
    return [
        chain("pathLen 0", True, [0]),
        chain("pathLen 0 above an authority", False, [0, None]),
        chain("pathLen 1 above an authority", True, [1, None]),
        chain("pathLen may grow", True, [1, 2]),
        chain("pathLen 0 in the middle", False, [1, 0, 0]),
        Rule(Asked(id="pathLen 0 and an authority as target", anchors=[_root()],
                   pool=[Certificate(subject="A", issuer="R", ca=True, path_length=0).make()],
                   target=Certificate(subject="B", issuer="A", ca=True, path_length=0).make()),
                   True,
             "4.2.1.9: the last certificate is not included in this limit"),
        Rule(Asked(id="self-issued does not count", anchors=[_root()], pool=rolled, target=below),
             True, "6.1.4 (l): if the certificate was not self-issued"),
    ]  # fmt: skip


def _times() -> list[Rule]:
    whole = {"not_before": AT, "not_after": AT}
    return [
        Rule(_line("valid for this second", root=whole, middle=whole, leaf=whole), True,
             "4.1.2.5: from notBefore through notAfter, inclusive"),
        Rule(_line("ended a second ago", leaf={"not_after": AT - _SECOND}), False, "6.1.3 (a) (2)"),
        Rule(_line("begins in a second", leaf={"not_before": AT + _SECOND}), False,
             "6.1.3 (a) (2)"),
        Rule(_line("begins in a millisecond", leaf={"not_before": AT + _SECOND},
                   time=AT + timedelta(milliseconds=999)), False, "6.1.3 (a) (2)"),
        Rule(_line("authority ended", middle={"not_after": AT - _DAY}), False, "6.1.3 (a) (2)"),
        Rule(_line("ends in 9999", leaf={"not_after": AT.replace(year=9999)}), True,
             "4.1.2.5: no well-defined expiration date"),
        Rule(_line("ends before it begins", leaf={
            "not_before": AT + _DAY, "not_after": AT - _DAY}), False, "6.1.3 (a) (2)"),
    ]  # fmt: skip


def _chaining() -> list[Rule]:
    def named(title: str, accepted: bool, issuer: bytes, why: str) -> Rule:
        leaf = Certificate(subject="E", issuer=issuer, signer="A").make()
        above = Certificate(
            subject=dn(("C", b"JP", der.PRINTABLE), ("CN", "Straße Co")),
            issuer="R",
            key="A",
            ca=True,
        ).make()
        return Rule(Asked(id=title, anchors=[_root()], pool=[above], target=leaf), accepted, why)

    name = "Straße Co"
    return [
        Rule(_line("signed by another key", leaf={"signer": "B"}), False, "6.1.3 (a) (1)"),
        Rule(_line("issuer of another name", leaf={"issuer": "B", "signer": "A"}), False,
             "6.1.3 (a) (4)"),
        Rule(_line("key identifiers differ", leaf={"changes": [ext.authority_key(b"\1" * 20)]}),
             True,
             "RFC 4158 3.5.12: MUST NOT be used to eliminate"),
        named("issuer in upper case", True, dn(("C", "jp"), ("CN", "STRASSE CO")),
              "7.1, RFC 4518 2.2"),
        named("issuer with spaces", True, dn(("C", "JP"), ("CN", "  Straße   Co ")),
              "RFC 4518 2.6.1"),
        named("issuer in BMPString", True,
              dn(("C", "JP"), ("CN", name.encode("utf-16-be"), der.BMP)), "RFC 4518 2.1"),
        named("issuer without a letter", False, dn(("C", "JP"), ("CN", "Strase Co")), "7.1"),
        named("issuer's parts the other way round", False, dn(("CN", name), ("C", "JP")), "7.1"),
        named("issuer's parts in one", False, dn([("C", "JP"), ("CN", name)]), "7.1"),
        named("issuer's value under another attribute", False, dn(("C", "JP"), ("OU", name)),
              "7.1"),
    ]  # fmt: skip


def _constraint_forms() -> list[Rule]:
    def judged(
        title: str,
        accepted: bool,
        constraint: ext.Extension,
        *names: bytes,
        why: str = "4.2.1.10",
    ) -> Rule:
        leaf = {"changes": [ext.alternative_names(*names)]} if names else {}
        return Rule(_line(title, middle={"changes": [constraint]}, leaf=leaf), accepted, why)

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
        Rule(_line("authority below a constraint it breaks", middle={
            "changes": [ext.alternative_names(ext.dns("a.other"))]},
            root={"changes": [ext.name_constraints([ext.dns("example")])]}), False, "6.1.3 (b, c)"),
        Rule(Asked(id="self-issued is not constrained", anchors=[_root()],
                   pool=_rolled_constrained(), target=Certificate(
                       subject="E", issuer=name_of("A"), signer="A2").make()), True,
             "6.1.3 (b): self-issued and not the final certificate"),
        Rule(Asked(id="self-issued and last is constrained", anchors=[_root()],
                   pool=_rolled_constrained()[:1], target=_rolled_constrained()[1]), False,
             "6.1.3 (b)"),
    ]  # fmt: skip


def _lists() -> list[Rule]:
    number = 0x1234567890
    other = 0x4444

    def judged(title: str, accepted: bool, own: RevocationList, why: str, **leaf: Any) -> Rule:
        asked = _line(
            title, leaf={"serial": number, **leaf}, lists=[RevocationList(issuer="R"), own]
        )
        return Rule(asked, accepted, why)

    return [
        judged("revoked", False, RevocationList(issuer="A", revoked=[entry(number)]), "6.3.3 (i)"),
        judged("another is revoked", True, RevocationList(issuer="A", revoked=[entry(other)]),
               "6.3.3"),
        judged("list of another issuer", False, RevocationList(issuer="B"), "6.3.3"),
        judged("list by another key", False, RevocationList(issuer="A", signer="B"), "6.3.3 (g)"),
        judged("list that has ended", False, RevocationList(
            issuer="A", this_update=AT - 9 * _DAY, next_update=AT - _DAY), "6.3.3"),
        judged("list that has not begun", False, RevocationList(
            issuer="A", this_update=AT + _DAY), "6.3.3"),
        judged("list without an end", False, RevocationList(issuer="A", next_update=None),
               "5.1.2.5: MUST include the nextUpdate field in all CRLs"),
        judged("unknown critical extension of a list", False, RevocationList(
            issuer="A", changes=[ext.unknown()]), "5.2"),
        judged("unknown extension of a list", True, RevocationList(
            issuer="A", changes=[ext.unknown(critical=False)]), "5.2"),
        judged("unknown critical extension of another's entry", False, RevocationList(
            issuer="A", revoked=[entry(other, ext.unknown())]),
               "5.3: MUST NOT use that CRL to determine the status of any certificates"),
        judged("list for other reasons", False, RevocationList(issuer="A", changes=[ext.Extension(
            ext.DISTRIBUTION_POINT, der.sequence(der.tlv(0x83, b"\6\x40")), critical=True)]),
               "6.3.3 (d): reasons remain"),
        judged("list for authorities", False, RevocationList(issuer="A", changes=[ext.Extension(
            ext.DISTRIBUTION_POINT, der.sequence(der.tlv(0x82, b"\xff")), critical=True)]),
               "6.3.3 (b) (2) (iii)"),
        judged("list for end entities", True, RevocationList(issuer="A", changes=[ext.Extension(
            ext.DISTRIBUTION_POINT, der.sequence(der.tlv(0x81, b"\xff")), critical=True)]),
               "6.3.3 (b) (2) (ii)"),
        judged("list without a number", False, RevocationList(issuer="A", number=None),
               "5.2.3: CRL issuers MUST include this extension in all CRLs"),
        judged("list with a critical number", False, RevocationList(
            issuer="A", changes=[ext.crl_number(1, critical=True)]),
               "5.2.3: MUST be marked as non-critical"),
        judged("list without a number that has it", False, RevocationList(
            issuer="A", number=None, revoked=[entry(number)]), "6.3.3 (i)"),
        judged("list of version 1", True, RevocationList(
            issuer="A", version=None, number=None, without=[ext.AUTHORITY_KEY]),
               "5.1.2.1: version 1 has no extensions"),
        judged("revoked from tomorrow on", False, RevocationList(
            issuer="A", revoked=[entry(number, at=AT + _DAY)]),
               "6.3.3 (i): an entry is found on the CRL, whatever its date"),
        judged("revoked before it began", False, RevocationList(
            issuer="A", revoked=[entry(number, at=AT - 99 * _DAY)]), "6.3.3 (i)",
               not_before=AT - _DAY),
        judged("another is there twice", True, RevocationList(
            issuer="A", revoked=[entry(other), entry(other)]),
               "5.1.2.6: nothing forbids it, and every entry counts"),
        judged("held, then revoked", False, RevocationList(
            issuer="A", revoked=[entry(number, _reason(6)), entry(number, _reason(1))]),
               "6.3.3 (i)"),
        judged("a point of two names, one of them the list's", True, RevocationList(
            issuer="A", changes=[_point_of(_PARTITION)]),
               "6.3.3 (b) (2) (i): one of the names matches one of the names",
               changes=[_points(_PARTITION, ext.dns("a.example"))]),
        judged("a point of another name", False, RevocationList(
            issuer="A", changes=[_point_of(_PARTITION)]), "6.3.3 (b) (2) (i)",
               changes=[_points(ext.uri("http://ca.example/2.crl"))]),
        judged("a point whose address is spelled otherwise", False, RevocationList(
            issuer="A", changes=[_point_of(_PARTITION)]), "6.3.3 (b) (2) (i)",
               changes=[_points(ext.uri("http://ca.example/%31.crl"))]),
        judged("a partition, and no point", False, RevocationList(
            issuer="A", changes=[_point_of(_PARTITION)]), "6.3.3 (b) (2) (i)"),
        judged("list for attribute certificates", False, RevocationList(
            issuer="A", changes=[ext.Extension(
                ext.DISTRIBUTION_POINT, der.sequence(der.tlv(0x85, b"\xff")), critical=True)]),
               "6.3.3 (b) (2) (iv)"),
        judged("list of version 1 with extensions", False, RevocationList(issuer="A", version=None),
               "5.1.2.1: when extensions are used, this field MUST be present"),
        Rule(_line("authority that may not sign lists", leaf={"serial": number},
                   middle={"changes": [ext.key_usage("cert")]},
                   lists=[RevocationList(issuer="R"), RevocationList(issuer="A")]), False,
                   "6.3.3 (f)"),
        Rule(_line("authority without key usage signs a list", leaf={"serial": number},
                   middle={"without": [ext.KEY_USAGE]},
                   lists=[RevocationList(issuer="R"), RevocationList(issuer="A")]), True,
             "6.3.3 (f): if a key usage extension is present"),
        Rule(_line("no list", lists=[]), False, "6.3.3: the status is UNDETERMINED"),
        Rule(_line("revoked authority", middle={"serial": number},
                   lists=[RevocationList(issuer="R", revoked=[entry(number)]),
                          RevocationList(issuer="A")]), False, "6.1.3 (a) (3)"),
    ]  # fmt: skip


def _root() -> bytes:
    return Certificate(subject="R", issuer="R", ca=True).make()


def _rolled_constrained() -> list[bytes]:
    constraint = ext.name_constraints([ext.dns("example")])
    outside = ext.alternative_names(ext.dns("a.other"))
    return [
        Certificate(subject="A", issuer="R", ca=True, changes=[constraint]).make(),
        Certificate(subject=name_of("A"), issuer="A", key="A2", ca=True, changes=[outside]).make(),
    ]


def _point_of(name: bytes) -> ext.Extension:
    point = der.explicit(0, der.explicit(0, name))
    return ext.Extension(ext.DISTRIBUTION_POINT, der.sequence(point), critical=True)


def _points(*names: bytes) -> ext.Extension:
    point = der.sequence(der.explicit(0, der.explicit(0, *names)))
    return ext.Extension("2.5.29.31", der.sequence(point))


def _reason(code: int) -> ext.Extension:
    return ext.Extension("2.5.29.21", der.tlv(10, bytes([code])))


def _minimum(least: int) -> ext.Extension:
    subtree = der.sequence(ext.dns("example"), der.integer(least, 0x80))
    return ext.Extension(
        ext.NAME_CONSTRAINTS, der.sequence(der.explicit(0, subtree)), critical=True
    )


def _access(*, critical: bool) -> ext.Extension:
    described = der.sequence(der.oid("1.3.6.1.5.5.7.48.2"), ext.uri("http://ca.example/a.cer"))
    return ext.Extension(ext.AUTHORITY_ACCESS, der.sequence(described), critical)
