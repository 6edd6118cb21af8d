"""One rule of RFC 5280 a case, with the sentence that decides it; the rest of each path is good.

Root → authority → end entity, each made of defaults and what the case changes. Judges outside this
tree ask for the same rules (x509-limbo); these are cases of our own.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from openjpki_devkit.forge import der
from openjpki_devkit.forge import extensions as ext
from openjpki_devkit.forge.certificates import (
    AT,
    Certificate,
    RevocationList,
    dn,
    key_id_of,
    name_of,
    spki_of,
)
from tests.conformance.path.list_rules import list_rules
from tests.conformance.path.name_rules import name_rules
from tests.conformance.path.rule import Rule, line, root
from tests.conformance.path.signer_rules import signer_rules
from tests.support.path_asking import Asked

if TYPE_CHECKING:
    from collections.abc import Sequence

_MODULUS: Final = int.from_bytes(hashlib.shake_256(b"path forge").digest(256)) | 1 << 2047 | 1
_RSA: Final = der.sequence(
    der.sequence(der.oid("1.2.840.113549.1.1.1"), der.tlv(5)),
    der.bits(der.sequence(der.integer(_MODULUS), der.integer(65537))),
)
"""An RSA key, whose other half there is not."""
_ED25519: Final = der.sequence(der.sequence(der.oid("1.3.101.112")), der.bits(b"\1" * 32))
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)


def rules() -> list[Rule]:
    """All of them."""
    return [
        *_good(), *_fields(), *_extensions(), *_anchors(), *_lengths(), *_times(), *_chaining(),
        *name_rules(), *list_rules(), *signer_rules(),
    ]  # fmt: skip


def _good() -> list[Rule]:
    small = ext.basic_constraints(ca=False)
    return [
        Rule(line("good"), True, "nothing is wrong"),
        Rule(line("good with lists", lists=[RevocationList(issuer="R"),
             RevocationList(issuer="A")]),
             True, "nothing is wrong"),
        Rule(line("no key usage in the target", leaf={"without": [ext.KEY_USAGE]}), True,
             "4.2.1.3: required of authorities only"),
        Rule(line("basicConstraints in the target", leaf={"changes": [small]}), True,
             "4.2.1.9: may appear in end entity certificates"),
        Rule(line("access description", leaf={"changes": [_access(critical=False)]}), True,
             "4.2.2.1"),
        Rule(line("extended usage", leaf={"changes": [ext.extended_usage("1.3.6.1.5.5.7.3.4")]}),
             True, "4.2.1.12: what it is used for is the application's question"),
        Rule(line("unknown extension that is not critical",
                   leaf={"changes": [ext.unknown(critical=False)]}), True,
             "4.2: a non-critical extension MAY be ignored if it is not recognized"),
        Rule(line("subject empty, names critical",
                   leaf={"subject": dn(), "key": "E", "changes": [
                       ext.alternative_names(ext.dns("a.example"), critical=True)]}), True,
             "4.1.2.6"),
        Rule(Asked(id="an authority as target", anchors=[root()],
                   target=Certificate(subject="A", issuer="R", ca=True).make()), True,
             "6.1: the last certificate can be an authority's"),
        Rule(Asked(id="the authority is the anchor, its root in the pool", pool=[root()],
                   anchors=[Certificate(subject="A", issuer="R", ca=True).make()],
                   target=Certificate(subject="E", issuer="A").make()), True,
             "6.1.1 (d): a trust anchor need not be self-signed"),
    ]  # fmt: skip


def _fields() -> list[Rule]:
    twice = ext.alternative_names(ext.dns("a.example"))
    return [
        Rule(line("version 1 with extensions", leaf={"version": None}), False,
             "4.1.2.1: when extensions are used, version MUST be 3"),
        Rule(line("version 2 with extensions", leaf={"version": 1}), False, "4.1.2.1"),
        Rule(line("version 4", leaf={"version": 3}), False, "4.1: v1, v2, v3"),
        Rule(line("version 1 written out", leaf={"version": 0, "policies": ()}), False,
             "X.690 11.5: a default value is not encoded"),
        Rule(line("version 1 as authority", middle={"version": None, "without": [
            ext.AUTHORITY_KEY, ext.SUBJECT_KEY, ext.KEY_USAGE, ext.BASIC_CONSTRAINTS],
            "policies": ()}), False, "6.1.4 (k)"),
        Rule(line("algorithms differ", leaf={
            "outer_algorithm": der.sequence(der.oid("1.2.840.10045.4.3.3"))}), False,
             "4.1.1.2: MUST contain the same algorithm identifier"),
        Rule(line("empty issuer", leaf={"issuer": dn(), "signer": "A"}), False,
             "4.1.2.4: MUST contain a non-empty distinguished name"),
        Rule(line("subject empty, no names", leaf={"subject": dn(), "key": "E"}), False,
             "4.1.2.6: the subject name MUST be in the subjectAltName"),
        Rule(line("subject empty, names not critical", leaf={
            "subject": dn(), "key": "E",
            "changes": [ext.alternative_names(ext.dns("a.example"))]}), False,
             "4.2.1.6: MUST be marked as critical"),
        Rule(line("authority without a name", middle={"subject": dn(), "key": "A"},
                   leaf={"issuer": dn(), "signer": "A"}), False,
             "4.1.2.6: an authority's subject MUST be non-empty"),
        Rule(line("serial of 22 octets", leaf={"serial": 1 << 170}), False,
             "4.1.2.2: MUST NOT use serialNumber values longer than 20 octets"),
        Rule(line("serial of no octet", leaf={"serial": b""}), False, "X.690 8.3.1"),
        Rule(line("serial with needless octet", leaf={"serial": b"\0\x05"}), False, "X.690 8.3.2"),
        Rule(line("an extension twice", leaf={"more": [twice, twice]}), False,
             "4.2: MUST NOT include more than one instance of a particular extension"),
        Rule(line("a policy twice", leaf={"policies": (ext.POLICY, ext.POLICY)}), False,
             "4.2.1.4: MUST NOT appear more than once"),
        Rule(line("names that are no DER", leaf={"changes": [
            ext.Extension(ext.ALTERNATIVE_NAMES, b"a.example")]}), False, "4.2.1.6"),
        Rule(line("no names in the list of names", leaf={"changes": [ext.alternative_names()]}),
             False, "4.2.1.6: the sequence MUST contain at least one entry"),
        Rule(line("truncated object identifier", leaf={"changes": [ext.Extension(
            ext.POLICIES, der.sequence(der.sequence(der.tlv(6, b"\x2a\x86"))))]}), False,
             "X.690 8.19.2"),
        Rule(line("key that cannot be read", leaf={"spki": der.sequence(
            der.sequence(der.oid("1.2.840.10045.2.1"), der.oid("1.2.840.10045.3.1.7")),
            der.bits(b"\x04" + b"\1" * 64))}), False, "4.1.2.7, 3279: a point of the curve"),
        Rule(line("key of no bits", middle={"spki": der.sequence(
            der.sequence(der.oid("1.2.840.113549.1.1.1"), der.tlv(5)), der.bits(b""))}), False,
             "4.1.2.7"),
        Rule(line("time with a zone", leaf={"not_after": der.tlv(0x17, b"270101000000+0900")}),
             False,
             "4.1.2.5.1: MUST be expressed in Greenwich Mean Time"),
        Rule(Asked(id="octets after the certificate", anchors=[root()],
                   target=Certificate(subject="A", issuer="R", ca=True).make() + b"\0"), False,
             "X.690: one value"),
    ]  # fmt: skip


def _extensions() -> list[Rule]:
    named = ext.name_constraints([ext.dns("example")])
    return [
        Rule(line("unknown critical extension", leaf={"changes": [ext.unknown()]}), False,
             "6.1.5 (f)"),
        Rule(line("unknown critical extension of the authority", middle={
            "changes": [ext.unknown()]}), False, "6.1.4 (o)"),
        Rule(line("critical false written out", leaf={"more": [
            ext.Extension(ext.UNKNOWN, b"\x05\x00", der.FALSE)]}), True,
             "X.690 11.5 forbids it, and nothing depends on it: signatures are over the octets"),
        Rule(line("critical true as 01", leaf={"more": [
            ext.Extension(ext.UNKNOWN, b"\x05\x00", b"\1\1\1")]}), False, "X.690 11.1"),
        Rule(line("key identifier of the target that is no DER", leaf={"changes": [
            ext.Extension(ext.SUBJECT_KEY, b"\4\5abc")]}), False, "4.2.1.2"),
        Rule(line("authority key identifier that is no DER", leaf={"changes": [
            ext.Extension(ext.AUTHORITY_KEY, b"\4\3abc")]}), False, "4.2.1.1"),
        Rule(line("no authority key identifier", leaf={"without": [ext.AUTHORITY_KEY]}), False,
             "4.2.1.1: MUST be included in all certificates generated by conforming CAs"),
        Rule(line("authority without an authority key identifier", middle={
            "without": [ext.AUTHORITY_KEY]}), False, "4.2.1.1"),
        Rule(line("authority without a key identifier", middle={"without": [ext.SUBJECT_KEY]}),
             False, "4.2.1.2: MUST appear in all conforming CA certificates"),
        Rule(line("end entity without a key identifier", leaf={"without": [ext.SUBJECT_KEY]}),
             True, "4.2.1.2: SHOULD be included in all end entity certificates"),
        Rule(line("basicConstraints not critical", middle={"changes": [
            ext.basic_constraints(ca=True, critical=False)]}), True,
             "6.1.4 (k): verified if it is present; NIST's suite has a valid path with it"),
        Rule(line("purposes that no authority has", middle={"changes": [
            ext.extended_usage("1.3.6.1.5.5.7.3.4")]}, leaf={"changes": [
            ext.extended_usage("1.3.6.1.5.5.7.3.1")]}), False,
             "4.2.1.12: MUST only be used for one of the purposes indicated"),
        Rule(line("a purpose that all authorities have", middle={"changes": [
            ext.extended_usage("1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.1")]}, leaf={"changes": [
            ext.extended_usage("1.3.6.1.5.5.7.3.1")]}), True, "4.2.1.12"),
        Rule(line("no cA", middle={"changes": [ext.basic_constraints(ca=False)]}), False,
             "6.1.4 (k)"),
        Rule(line("no basicConstraints", middle={"without": [ext.BASIC_CONSTRAINTS]}), False,
             "6.1.4 (k)"),
        Rule(line("authority that may not sign certificates", middle={
            "changes": [ext.key_usage("crl")]}), False, "6.1.4 (n)"),
        Rule(line("pathLen without keyCertSign", middle={
            "path_length": 0, "changes": [ext.key_usage("signature")]}), False,
            "4.2.1.9, 6.1.4 (n)"),
        Rule(line("pathLen without cA", leaf={"changes": [
            ext.basic_constraints(ca=False, length=0)]}), False,
             "4.2.1.9: no pathLenConstraint unless the cA boolean is asserted"),
        Rule(line("keyCertSign without cA", leaf={"changes": [
            ext.basic_constraints(ca=False), ext.key_usage("signature", "cert")]}), False,
             "4.2.1.9: the keyCertSign bit MUST NOT be asserted"),
        Rule(line("name constraints in an end entity's", leaf={"changes": [named]}), False,
             "4.2.1.10: MUST be used only in a CA certificate"),
        Rule(line("name constraints not critical", middle={"changes": [
            ext.name_constraints([ext.dns("example")], critical=False)]}), False,
             "4.2.1.10: Conforming CAs MUST mark this extension as critical"),
        Rule(line("empty name constraints", middle={"changes": [ext.name_constraints()]}), False,
             "4.2.1.10: MUST NOT issue certificates where name constraints is an empty sequence"),
        Rule(line("policy constraints not critical", middle={"changes": [
            ext.policy_constraints(explicit=3, critical=False)]}), True,
             "6.1.4 (i): processed if it is present; NIST's suite has valid paths with it"),
        Rule(line("empty policy constraints", middle={"changes": [ext.policy_constraints()]}),
             False,
             "4.2.1.11: MUST NOT issue certificates where policy constraints is an empty sequence"),
        Rule(line("inhibitAnyPolicy not critical", middle={"changes": [
            ext.inhibit_any(0, critical=False)]}), True,
             "6.1.4 (j): processed if it is present"),
        Rule(line("key usage without a bit", leaf={"changes": [ext.key_usage()]}), False,
             "4.2.1.3: at least one of the bits MUST be set to 1"),
        Rule(line("no distribution point in the list of points", leaf={"changes": [
            ext.Extension("2.5.29.31", der.sequence())]}), False, "4.2.1.13: SIZE (1..MAX)"),
        Rule(line("purposes that are none", leaf={"changes": [ext.extended_usage()]}), False,
             "4.2.1.12: SIZE (1..MAX)"),
        Rule(line("mapping to any policy", middle={"changes": [
            ext.policy_mappings((ext.POLICY, ext.ANY_POLICY))]}), False, "6.1.4 (a)"),
        Rule(line("mapping from any policy", middle={"changes": [
            ext.policy_mappings((ext.ANY_POLICY, ext.POLICY))]}), False, "6.1.4 (a)"),
        Rule(line("critical authority key identifier", leaf={"changes": [
            ext.authority_key(key_id_of("A"), critical=True)]}), False,
             "4.2.1.1: Conforming CAs MUST mark this extension as non-critical"),
        Rule(line("critical subject key identifier", middle={"changes": [
            ext.subject_key(key_id_of("A"), critical=True)]}), False,
             "4.2.1.2: Conforming CAs MUST mark this extension as non-critical"),
        Rule(line("critical access description", leaf={"changes": [_access(critical=True)]}),
             False,
             "4.2.2.1: Conforming CAs MUST mark this extension as non-critical"),
    ]  # fmt: skip


def _anchors() -> list[Rule]:
    return [
        Rule(line("anchor expired", root={"not_after": AT - _DAY}), False,
             "docs/path-validation.md"),
        Rule(line("anchor not yet valid", root={"not_before": AT + _DAY}), False,
             "docs/path-validation.md"),
        Rule(line("unknown critical extension of the anchor", root={"changes": [ext.unknown()]}),
             False, "docs/path-validation.md: an anchor's own constraints count"),
        Rule(line("anchor without basicConstraints", root={"without": [ext.BASIC_CONSTRAINTS]}),
             False, "4.2.1.9: MUST NOT be used to verify certificate signatures"),
        Rule(line("anchor that is no authority", root={"changes": [
            ext.basic_constraints(ca=False)]}), False, "4.2.1.9"),
        Rule(line("anchor that may not sign certificates", root={"changes": [
            ext.key_usage("crl")]}), False, "4.2.1.3"),
        Rule(line("anchor's pathLen", root={"path_length": 0}), False,
             "docs/path-validation.md: an anchor's own constraints count"),
        Rule(line("anchor's permitted names", root={"changes": [
            ext.name_constraints([ext.dns("example")])]},
            leaf={"changes": [ext.alternative_names(ext.dns("a.other"))]}), False,
             "docs/path-validation.md: an anchor's own constraints count"),
        Rule(line("anchor's permitted names, kept", root={"changes": [
            ext.name_constraints([ext.dns("example")])]},
            leaf={"changes": [ext.alternative_names(ext.dns("a.example"))]}), True, "4.2.1.10"),
        Rule(line("anchor without authority key identifier", root={
            "without": [ext.AUTHORITY_KEY]}), True, "4.2.1.1: MAY be omitted where self-signed"),
        Rule(line("anchor without a key identifier", root={"without": [ext.SUBJECT_KEY]}), True,
             "docs/path-validation.md: roots in use have none"),
        Rule(line("anchor whose basicConstraints is not critical", root={"changes": [
            ext.basic_constraints(ca=True, critical=False)]}), True,
             "docs/path-validation.md: roots in use have it so"),
        Rule(Asked(id="anchor that another signed, without its key identifier", anchors=[
            Certificate(subject="A", issuer="R", ca=True, without=[ext.AUTHORITY_KEY]).make()],
            target=Certificate(subject="E", issuer="A").make()), False, "4.2.1.1"),
        Rule(Asked(id="anchor that ended beside its successor", anchors=[Certificate(
            subject="R", issuer="R", ca=True, not_after=AT - _DAY).make(), root()],
            pool=[Certificate(subject="A", issuer="R", ca=True).make()],
            target=Certificate(subject="E", issuer="A").make()), True,
             "RFC 4158 2.3: one path that leads nowhere ends nothing"),
        Rule(Asked(id="anchor of the same name with another kind of key", pool=[
            Certificate(subject="A", issuer="R", ca=True).make()], anchors=[
            Certificate(subject="R", issuer="R", ca=True, spki=_RSA).make(), root()],
            target=Certificate(subject="E", issuer="A").make()), True,
             "RFC 4158 2.3: one path that leads nowhere ends nothing"),
        Rule(Asked(id="anchor of the same name with a key that is not used here", pool=[
            Certificate(subject="A", issuer="R", ca=True).make()], anchors=[
            Certificate(subject="R", issuer="R", ca=True, spki=_ED25519).make(), root()],
            target=Certificate(subject="E", issuer="A").make()), True,
             "RFC 4158 2.3: one path that leads nowhere ends nothing"),
        Rule(line("Ed25519 key of the target", leaf={"spki": _ED25519}), False,
             "docs/path-validation.md: RSA, P-256, P-384, P-521"),
        Rule(line("Ed25519 key of the authority", middle={"spki": _ED25519}), False,
             "docs/path-validation.md: RSA, P-256, P-384, P-521"),
        Rule(Asked(id="one of two anchors of a name and key permits the name", anchors=[
            Certificate(subject="R", issuer="R", ca=True, changes=[
                ext.name_constraints([ext.dns("example")])]).make(), root()],
            pool=[Certificate(subject="A", issuer="R", ca=True).make()],
            target=Certificate(subject="E", issuer="A", changes=[
                ext.alternative_names(ext.dns("a.other"))]).make()), True,
             "6.1.1 (d): each anchor is a question of its own"),
        Rule(Asked(id="only anchors with another kind of key", anchors=[
            Certificate(subject="R", issuer="R", ca=True, spki=one).make() for one in (
                _RSA, spki_of("R2"))], target=Certificate(subject="E", issuer="R").make()), False,
             "6.1.3 (a) (1)"),
        Rule(Asked(id="another anchor of the same name", anchors=[Certificate(
            subject=name_of("R"), issuer=name_of("R"), key="R2", signer="R2", ca=True).make()],
            pool=[root(), Certificate(subject="A", issuer="R", ca=True).make()],
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
            Asked(id=title, anchors=[root()], pool=made, target=last),
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
        Rule(Asked(id="pathLen 0 and an authority as target", anchors=[root()],
                   pool=[Certificate(subject="A", issuer="R", ca=True, path_length=0).make()],
                   target=Certificate(subject="B", issuer="A", ca=True, path_length=0).make()),
                   True,
             "4.2.1.9: the last certificate is not included in this limit"),
        Rule(Asked(id="self-issued does not count", anchors=[root()], pool=rolled, target=below),
             True, "6.1.4 (l): if the certificate was not self-issued"),
    ]  # fmt: skip


def _times() -> list[Rule]:
    whole = {"not_before": AT, "not_after": AT}
    return [
        Rule(line("valid for this second", root=whole, middle=whole, leaf=whole), True,
             "4.1.2.5: from notBefore through notAfter, inclusive"),
        Rule(line("ended a second ago", leaf={"not_after": AT - _SECOND}), False, "6.1.3 (a) (2)"),
        Rule(line("begins in a second", leaf={"not_before": AT + _SECOND}), False,
             "6.1.3 (a) (2)"),
        Rule(line("begins in a millisecond", leaf={"not_before": AT + _SECOND},
                   time=AT + timedelta(milliseconds=999)), False, "6.1.3 (a) (2)"),
        Rule(line("authority ended", middle={"not_after": AT - _DAY}), False, "6.1.3 (a) (2)"),
        Rule(line("ends in 9999", leaf={"not_after": AT.replace(year=9999)}), True,
             "4.1.2.5: no well-defined expiration date"),
        Rule(line("ends before it begins", leaf={
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
        return Rule(Asked(id=title, anchors=[root()], pool=[above], target=leaf), accepted, why)

    name = "Straße Co"
    return [
        Rule(line("signed by another key", leaf={"signer": "B"}), False, "6.1.3 (a) (1)"),
        Rule(line("issuer of another name", leaf={"issuer": "B", "signer": "A"}), False,
             "6.1.3 (a) (4)"),
        Rule(Asked(id="authority of the same name with another kind of key", anchors=[root()],
            pool=[Certificate(subject="A", issuer="R", ca=True).make(), Certificate(
                subject="A", issuer="R", ca=True, spki=_RSA,
                changes=[ext.subject_key(b"\1" * 20)]).make()],
            target=Certificate(subject="E", issuer="A", changes=[
                ext.authority_key(b"\1" * 20)]).make()), True,
             "RFC 4158 3.5.12: MUST NOT be used to eliminate"),
        Rule(line("key identifiers differ", leaf={"changes": [ext.authority_key(b"\1" * 20)]}),
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


def _access(*, critical: bool) -> ext.Extension:
    described = der.sequence(der.oid("1.3.6.1.5.5.7.48.2"), ext.uri("http://ca.example/a.cer"))
    return ext.Extension(ext.AUTHORITY_ACCESS, der.sequence(described), critical)
