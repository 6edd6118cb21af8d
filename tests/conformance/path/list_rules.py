"""Revocation lists, one rule of RFC 5280 5 and 6.3 a case."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from openjpki_devkit.forge import der
from openjpki_devkit.forge import extensions as ext
from openjpki_devkit.forge.certificates import (
    AT,
    ECDSA_SHA1,
    RevocationList,
    dn,
    entry,
    name_of,
)
from tests.conformance.path.rule import Rule, line

if TYPE_CHECKING:
    from collections.abc import Sequence

_DAY: Final = timedelta(days=1)
_PARTITION: Final = ext.uri("http://ca.example/1.crl")


def list_rules() -> list[Rule]:
    """All of them."""
    number = 0x1234567890
    other = 0x4444

    def judged(title: str, accepted: bool, own: RevocationList, why: str, **leaf: Any) -> Rule:
        asked = line(
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
        judged("serial numbers that end alike", True, RevocationList(
            issuer="A", revoked=[entry(number + (1 << 64)), entry(number + (1 << 72))]), "6.3.3"),
        judged("list of two kinds at once", False, _scoped(b"\x81\1\xff", b"\x82\1\xff"), "5.2.5"),
        judged("indirect list of its own issuer", False, _scoped(
            b"\x84\1\xff", revoked=[entry(number)]), "6.3.3 (i)"),
        judged("indirect list, entry after another's", True, _scoped(
            b"\x84\1\xff", revoked=[entry(5, _certificate_issuer(name_of("Z"))), entry(number)]),
               "5.3.3: defaults to the certificate issuer of the previous entry"),
        judged("indirect list, issuer in another string type", False, _scoped(
            b"\x84\1\xff", revoked=[entry(number, _certificate_issuer(
                dn(("C", b"jp", der.PRINTABLE), ("O", "PATH  tests"), ("CN", "a"))))]), "7.1"),
        judged("issuer of an entry in a list that is not indirect", False, RevocationList(
            issuer="A", revoked=[entry(5, _certificate_issuer(name_of("Z")))]), "5.3.3"),
        judged("reason that there is not", False, RevocationList(
            issuer="A", revoked=[entry(5, _reason(7))]), "5.3.1"),
        judged("list that ends at this second", False, RevocationList(issuer="A", next_update=AT),
               "5.1.2.5"),
        judged("list that begins at this second", True, RevocationList(issuer="A", this_update=AT),
               "5.1.2.4"),
        judged("list by the key of an authority above", False, RevocationList(
            issuer="A", signer="R"), "6.3.3 (g)"),
        judged("list by the key it is about", False, RevocationList(issuer="A", signer="E"),
               "6.3.3 (g)"),
        judged("list by SHA-1", False, RevocationList(issuer="A", algorithm=ECDSA_SHA1),
               "docs/path-validation.md: SHA-1 only where a test says so"),
        *_several(number),
        judged("list of version 1 with extensions", False, RevocationList(issuer="A", version=None),
               "5.1.2.1: when extensions are used, this field MUST be present"),
        Rule(line("authority that may not sign lists", leaf={"serial": number},
                   middle={"changes": [ext.key_usage("cert")]},
                   lists=[RevocationList(issuer="R"), RevocationList(issuer="A")]), False,
                   "6.3.3 (f)"),
        Rule(line("authority without key usage signs a list", leaf={"serial": number},
                   middle={"without": [ext.KEY_USAGE]},
                   lists=[RevocationList(issuer="R"), RevocationList(issuer="A")]), True,
             "6.3.3 (f): if a key usage extension is present"),
        Rule(line("no list", lists=[]), False, "6.3.3: the status is UNDETERMINED"),
        Rule(line("revoked authority", middle={"serial": number},
                   lists=[RevocationList(issuer="R", revoked=[entry(number)]),
                          RevocationList(issuer="A")]), False, "6.1.3 (a) (3)"),
    ]  # fmt: skip


def _point_of(name: bytes) -> ext.Extension:
    point = der.explicit(0, der.explicit(0, name))
    return ext.Extension(ext.DISTRIBUTION_POINT, der.sequence(point), critical=True)


def _points(*names: bytes) -> ext.Extension:
    point = der.sequence(der.explicit(0, der.explicit(0, *names)))
    return ext.Extension("2.5.29.31", der.sequence(point))


def _reason(code: int) -> ext.Extension:
    return ext.Extension("2.5.29.21", der.tlv(10, bytes([code])))


def _scoped(*flags: bytes, revoked: Sequence[bytes] = ()) -> RevocationList:
    point = ext.Extension(ext.DISTRIBUTION_POINT, der.sequence(*flags), critical=True)
    return RevocationList(issuer="A", changes=[point], revoked=revoked)


def _certificate_issuer(name: bytes) -> ext.Extension:
    return ext.Extension("2.5.29.29", der.sequence(ext.directory(name)), critical=True)


def _several(number: int) -> list[Rule]:
    """What several lists say together."""
    before = AT - 2 * _DAY
    base, later = ext.delta_indicator(4), ext.delta_indicator(7)
    held, removed = entry(number, _reason(6)), entry(number, _reason(8))

    def judged(title: str, accepted: bool, *lists: RevocationList, why: str) -> Rule:
        asked = line(title, leaf={"serial": number}, lists=[RevocationList(issuer="R"), *lists])
        return Rule(asked, accepted, why)

    def listed(number: int, **more: Any) -> RevocationList:
        return RevocationList(issuer="A", number=number, **more)

    return [
        judged("delta list alone", False, listed(5, changes=[base]), why="5.2.4"),
        judged("delta list that revokes", False, listed(4),
               listed(5, changes=[base], revoked=[entry(number)]), why="6.3.3 (i)"),
        judged("delta list that ends a hold", True, listed(4, revoked=[held]),
               listed(5, changes=[base], revoked=[removed]), why="6.3.3 (l)"),
        judged("delta list of another key that ends a hold", False, listed(4, revoked=[held]),
               listed(5, changes=[base], revoked=[removed], signer="B"), why="6.3.3 (h)"),
        judged("delta list of before that ends a hold", False, listed(4, revoked=[held]),
               listed(5, changes=[base], revoked=[removed], this_update=before,
                      next_update=AT - _DAY), why="6.3.3 (a)"),
        judged("delta list whose base is missing", True, listed(4), listed(9, changes=[later]),
               why="5.2.4: it is not combined, and says nothing of this one"),
        judged("delta list whose base is missing, that revokes", False, listed(4),
               listed(9, changes=[later], revoked=[entry(number)]),
               why="6.3.3 (c) asks for its issuer and scope, and (i) for an entry"),
        judged("delta list whose base is missing, that ends a hold", False,
               listed(4, revoked=[held]), listed(9, changes=[later], revoked=[removed]),
               why="5.2.4: the complete list's number is at least the base's"),
        judged("delta list of before that revokes", True, listed(9),
               listed(8, changes=[later], revoked=[held], this_update=before), why="5.2.4"),
        judged("list by the same key under another identifier that revokes", False,
               listed(4, this_update=before),
               listed(5, changes=[ext.authority_key(b"\1" * 20)], revoked=[entry(number)]),
               why="5.2.1, RFC 4158 3.5.12: an identifier says which key to try"),
        judged("hold that a later list ended", True, listed(1, revoked=[held], this_update=before),
               listed(2), why="5.3.1"),
        judged("forged list of a higher number", False, listed(9, revoked=[entry(number)]),
               listed(99, signer="B"), why="6.3.3 (g)"),
        judged("one number twice", False, listed(9, this_update=before, revoked=[entry(number)]),
               listed(9), why="5.2.3: the two CRLs MUST NOT have the same CRL number"),
        judged("half of the reasons", False, _scoped(b"\x83\2\5\x60"), why="6.3.3 (d)"),
        judged("all reasons in two", True, _scoped(b"\x83\2\5\x60"),
               _scoped(b"\x83\3\7\x1f\x80"), why="6.3.3 (d)"),
        judged("revoked in one of two", False, _scoped(b"\x83\2\5\x60"),
               _scoped(b"\x83\3\7\x1f\x80", revoked=[entry(number)]), why="6.3.3 (i)"),
    ]  # fmt: skip
