"""Pools whose cost a stranger chooses: much of everything, each with each."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from openjpki_devkit.forge import der
from openjpki_devkit.forge import extensions as ext
from openjpki_devkit.forge.certificates import Certificate, RevocationList, entry, name_of
from openjpki_devkit.forge.responses import Answer, OcspResponse
from openjpki_devkit.forge.shape import Shape, authority

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SERIAL: Final = 77
_LISTS_ONLY: Final = ext.key_usage("crl")
_NOBODY: Final = "nobody"


def forged_signers(points: int, lists: int, signers: int) -> Shape:
    """So many points, forged lists of them, and forged certificates of the issuer's name."""
    places = [ext.uri(f"http://a/{place}") for place in range(points)]
    forged = [
        RevocationList(
            issuer="A", signer=_NOBODY, number=place + 1,
            changes=[ext.issuing_distribution_point([places[place % points]])],
        ).make()
        for place in range(lists)
    ]  # fmt: skip
    named = [_signer("A", place, issuer="R") for place in range(signers)]
    many = ext.distribution_points(*map(ext.distribution_point, places))
    return _below(*forged, *named, changes=[many])


def named_signers(lists: int, signers: int) -> Shape:
    """Lists of whom the target names as cRLIssuer, by signers whom a key of the anchor's name
    certified that is not the anchor's."""
    point = ext.distribution_point(issuer=name_of("L"))
    forged = [
        RevocationList(
            issuer="L", signer=f"L{place % signers}", number=place + 1,
            changes=[
                ext.issuing_distribution_point([ext.directory(name_of("L"))], indirect=True)
            ],
        ).make()
        for place in range(lists)
    ]  # fmt: skip
    named = [_signer("L", place, issuer="R") for place in range(signers)]
    return _below(*forged, *named, changes=[ext.distribution_points(point)])


def names_of_points(names: int, lists: int) -> Shape:
    """A point of so many names, and lists of as many others."""
    point = ext.distribution_point(*(ext.uri(f"a{place}") for place in range(names)))
    scope = ext.issuing_distribution_point(ext.uri(f"b{place}") for place in range(names))
    told = [RevocationList(issuer="A", number=place, changes=[scope]) for place in range(lists)]
    return _below(*(one.make() for one in told), changes=[ext.distribution_points(point)])


def deltas(count: int, signer: str) -> Shape:
    """So many deltas of one list, each on the one before it."""
    made = [
        RevocationList(
            issuer="A", signer=signer, number=place + 2, changes=[ext.delta_indicator(1)]
        ).make()
        for place in range(count)
    ]
    return _below(RevocationList(issuer="A").make(), *made)


def long_issuers(letters: int, entries: int) -> Shape:
    """An indirect list with so many entries of the target's serial number, of an issuer whose long
    name differs from the target's in its last letter."""
    name, other = (_long_name(letters, last) for last in "xy")
    first = entry(_SERIAL, ext.certificate_issuer(other))
    indirect = RevocationList(
        issuer=name, signer="A", revoked=[first, *[entry(_SERIAL)] * (entries - 1)],
        changes=[ext.issuing_distribution_point(indirect=True)],
    )  # fmt: skip
    middle = Certificate(subject=name, key="A", issuer="R", ca=True).make()
    target = Certificate(subject="E", issuer=name, signer="A", serial=_SERIAL).make()
    pool = [middle, RevocationList(issuer="R").make(), indirect.make()]
    return Shape(
        target=target, anchor=authority("R", "R"), pool=pool, accepted=True, revocation=True
    )


def lists_of_long_issuers(letters: int, lists: int) -> Shape:
    """So many forged lists, each in a row of its own, of an issuer with a long name."""
    name = _long_name(letters, "x")
    forged = [RevocationList(issuer=name, signer=f"S{place}").make() for place in range(lists)]
    middle = Certificate(subject=name, key="A", issuer="R", ca=True).make()
    target = Certificate(subject="E", issuer=name, signer="A", serial=_SERIAL).make()
    pool = [middle, RevocationList(issuer="R").make(), *forged]
    return Shape(
        target=target, anchor=authority("R", "R"), pool=pool, accepted=False, revocation=True
    )


def other_issuers(entries: int) -> Shape:
    """An indirect list of so many entries of the target's serial number, each of another issuer."""
    revoked = [
        entry(_SERIAL, ext.certificate_issuer(name_of(f"Z{place}"))) for place in range(entries)
    ]
    indirect = RevocationList(
        issuer="A", revoked=revoked, changes=[ext.issuing_distribution_point(indirect=True)]
    )
    return _below(indirect.make())


def split_by_reasons(lists: int) -> Shape:
    """So many forged lists, each for some reasons, and points for others."""
    sets = [[1 + place % 8, 1 + place // 8 % 8] for place in range(lists)]
    told = [
        RevocationList(
            issuer="A", signer=f"S{place % 100}",
            changes=[ext.issuing_distribution_point(reasons=reasons)],
        ).make()
        for place, reasons in enumerate(sets)
    ]  # fmt: skip
    points = [
        ext.distribution_point(ext.uri(f"{place}"), reasons=sets[place % lists])
        for place in range(60)
    ]
    return _below(*told, changes=[ext.distribution_points(*points)])


def many_extensions(extensions: int, lists: int) -> Shape:
    """An issuer of so many extensions, and as many forged lists whose signer is asked for."""
    more = [ext.Extension(f"1.3.6.{place}", b"\x05\x00") for place in range(extensions)]
    middle = Certificate(subject="A", issuer="R", ca=True, more=more).make()
    forged = [
        RevocationList(issuer="A", signer=f"S{place}", number=place + 1).make()
        for place in range(lists)
    ]
    return _below(*forged, middle=middle)


def answers(count: int, responses: int) -> Shape:
    """Responses with so many answers about the target's serial number each, of another issuer."""
    said = [Answer(serial=_SERIAL, issuer=f"Z{place % 50}") for place in range(count)]
    made = [
        OcspResponse(responder=f"P{place}", answers=said, certificates=[]).make()
        for place in range(responses)
    ]
    return _below(*made)


def responders(count: int, purposes: int) -> Shape:
    """Responses, each of a responder of its own with so many purposes, whom nobody certified."""
    many = ext.extended_usage(*(f"1.3.6.{place}" for place in range(purposes)))
    made = [
        OcspResponse(
            responder=f"P{place}", by_key=True, answers=[Answer(serial=_SERIAL, issuer="A")],
            certificates=[
                Certificate(
                    subject=f"P{place}", issuer="A", signer="nobody", changes=[many]
                ).make()
            ],
        ).make()
        for place in range(count)
    ]  # fmt: skip
    return _below(*made)


def purposes(count: int) -> Shape:
    """An authority and a target of so many purposes, none of them the same."""
    pool = [authority("A", "R", ext.extended_usage(*(f"1.3.6.{one}" for one in range(count))))]
    wanted = [ext.extended_usage(*(f"1.3.7.{one}" for one in range(count)))]
    target = Certificate(subject="E", issuer="A", changes=wanted).make()
    return Shape(target=target, anchor=authority("R", "R"), pool=pool, accepted=False)


def handed_down(policies: int, authorities: int) -> Shape:
    """So many policies below which each authority and the target assert anyPolicy."""
    arcs = [f"1.3.6.{place}" for place in range(policies)]
    names = ["R", *(f"A{place}" for place in range(authorities))]
    any_policy = ext.policies(ext.ANY_POLICY)
    pool = [
        authority(name, above, any_policy if above != "R" else ext.policies(*arcs))
        for above, name in pairwise(names)
    ]
    target = Certificate(subject="E", issuer=names[-1], changes=[any_policy]).make()
    return Shape(target=target, anchor=authority("R", "R"), pool=pool, accepted=None)


def crosses(certificates: int, stated: int, names: int) -> Shape:
    """So many certificates of one authority, a path each, with constraints that all exclude the
    last of the target's names."""
    wanted = [ext.dns(f"n{place}.test") for place in range(names)]
    pool = [
        authority("A", "R", ext.name_constraints([], [
            *(ext.dns(f"x{place}-{one}.test") for one in range(stated)), wanted[-1]
        ]))
        for place in range(certificates)
    ]  # fmt: skip
    target = Certificate(subject="E", issuer="A", changes=[ext.alternative_names(*wanted)]).make()
    return Shape(target=target, anchor=authority("R", "R"), pool=pool, accepted=False)


def named_issuers(names: int, authorities: int) -> Shape:
    """A target whose authorityKeyIdentifier has so many names, and authorities of its issuer's."""
    content = der.sequence(
        der.tlv(0xA1, *(ext.uri(f"{place}") for place in range(names))),
        der.implicit(2, b"\x07"),
    )
    pool = [
        Certificate(subject=name_of("K"), key=f"K{place}", issuer="R", ca=True).make()
        for place in range(authorities)
    ]
    target = Certificate(
        subject="E", issuer="K", signer="unknown",
        changes=[ext.Extension(ext.AUTHORITY_KEY, content)],
    ).make()  # fmt: skip
    return Shape(target=target, anchor=authority("R", "R"), pool=pool, accepted=False)


def one_name_for_all(authorities: int, length: int) -> Shape:
    """So many authorities of one name, through which one chain leads by key identifiers."""
    name = name_of("same")

    def link(place: int) -> bytes:
        return Certificate(
            subject=name, key=f"S{place}", issuer=name, signer=f"S{place + 1}", ca=True
        ).make()

    chain = [link(place) for place in range(length)]
    pool = [*chain, *(link(place) for place in range(length + 1, authorities))]
    pool.append(Certificate(subject=name, key=f"S{length}", issuer="R", ca=True).make())
    target = Certificate(subject="E", issuer=name, signer="S0").make()
    return Shape(target=target, anchor=authority("R", "R"), pool=pool, accepted=None)


def equal_keys(authorities: int, each: int) -> Shape:
    """Authorities that all have one key and certify each other, so that every signature holds. The
    policy asked for is nobody's."""
    chance = random.Random(authorities)  # noqa: S311
    pool = [
        Certificate(
            subject=name_of(f"M{subject}"), key="M", issuer=name_of(f"M{issuer}"), signer="M",
            ca=True,
        ).make()
        for subject in range(authorities)
        for issuer in chance.sample(range(authorities), each)
    ]  # fmt: skip
    pool.append(Certificate(subject=name_of("M0"), key="M", issuer="R", ca=True).make())
    target = Certificate(subject="E", issuer=name_of(f"M{authorities - 1}"), signer="M").make()
    return Shape(
        target=target, anchor=authority("R", "R"), pool=pool, accepted=False,
        policies=["1.2.3"], explicit_policy=True,
    )  # fmt: skip


def costly_keys(count: int, bits: int) -> Shape:
    """So many RSA keys of one name with the largest exponents that are allowed; none signed the
    target."""
    chance = random.Random(bits)  # noqa: S311
    rsa = der.sequence(der.oid("1.2.840.113549.1.1.11"), der.tlv(5))
    plain = der.sequence(der.oid("1.2.840.113549.1.1.1"), der.tlv(5))

    def key() -> bytes:
        modulus = chance.getrandbits(bits) | 1 << (bits - 1) | 1
        numbers = der.sequence(der.integer(modulus), der.integer((1 << 33) - 1))
        return der.sequence(plain, der.bits(numbers))

    pool = [
        Certificate(subject="K", issuer="R", ca=True, serial=5_000 + place, spki=key()).make()
        for place in range(count)
    ]
    made = Certificate(subject="E", issuer="K", algorithm=rsa)
    signature = b"\1" * -(-bits // 8)
    target = der.sequence(made.tbs(), rsa, der.bits(signature))
    return Shape(target=target, anchor=authority("R", "R"), pool=pool, accepted=False)


def long_target(octets: int, authorities: int) -> Shape:
    """A target of so many octets, and authorities of its issuer's name that did not sign it."""
    more = [ext.Extension(ext.UNKNOWN, b"\x04" + der.length_of(octets) + bytes(octets))]
    pool = [
        Certificate(subject=name_of("K"), key=f"K{place}", issuer="R", ca=True).make()
        for place in range(authorities)
    ]
    target = Certificate(subject="E", issuer="K", signer="unknown", more=more).make()
    return Shape(target=target, anchor=authority("R", "R"), pool=pool, accepted=False)


POOL_SHAPES: Final[dict[str, Callable[[], Shape]]] = {
    "60 points, 1,000 forged lists, 1,000 forged signers": lambda: forged_signers(60, 1_000, 1_000),
    "1,000 lists of 100 signers who are named and have no path": lambda: named_signers(1_000, 100),
    "a point and 20 lists of 15,000 names": lambda: names_of_points(15_000, 20),
    "a point and 500 lists of 1,000 names": lambda: names_of_points(1_000, 500),
    "1,000 deltas": lambda: deltas(1_000, "A"),
    "1,000 forged deltas": lambda: deltas(1_000, "nobody"),
    "65,536 entries of another issuer, names of 200,000 letters": lambda: long_issuers(
        200_000, 65_536
    ),
    "100 forged lists, a name of 200,000 letters": lambda: lists_of_long_issuers(200_000, 100),
    "50,000 entries of an issuer each": lambda: other_issuers(50_000),
    "1,500 forged lists for some reasons each": lambda: split_by_reasons(1_500),
    "an issuer of 30,000 extensions, 1,000 forged lists": lambda: many_extensions(30_000, 1_000),
    "10 responses of 9,000 answers": lambda: answers(9_000, 10),
    "50 responders of 40,000 purposes": lambda: responders(50, 40_000),
    "40,000 purposes of an authority and a target": lambda: purposes(40_000),
    "40,000 policies handed down by 200 authorities": lambda: handed_down(40_000, 200),
    "200 certificates of one key, 50 constraints, 4,000 names": lambda: crosses(200, 50, 4_000),
    "60,000 names of an issuer, 1,000 authorities": lambda: named_issuers(60_000, 1_000),
    "3,000 authorities of one name, a chain of 200 of them": lambda: one_name_for_all(3_000, 200),
    "1,000 authorities of one key": lambda: equal_keys(1_000, 6),
    "1,000 RSA keys of 3,071 bits, exponents of 33": lambda: costly_keys(1_000, 3_071),
    "100 RSA keys of 8,192 bits, exponents of 33": lambda: costly_keys(100, 8_192),
    "a target of 500,000 octets, 1,000 authorities": lambda: long_target(500_000, 1_000),
}


def _signer(subject: str, place: int, *, issuer: str) -> bytes:
    """A key for lists under a name, certified by a key that only has its issuer's name."""
    return Certificate(
        subject=name_of(subject), key=f"{subject}{place}", issuer=name_of(issuer),
        signer=_NOBODY, changes=[_LISTS_ONLY],
    ).make()  # fmt: skip


def _long_name(letters: int, last: str) -> bytes:
    text = "a" * (letters - 1) + last
    return der.sequence(
        der.set_of(der.sequence(der.oid("2.5.4.3"), der.tlv(der.UTF8, text.encode())))
    )


def _below(
    *pooled: bytes, middle: bytes | None = None, changes: Sequence[ext.Extension] = ()
) -> Shape:
    """A target below one authority, whose own status is told; the rest is whatever there is."""
    pool = [middle or authority("A", "R"), RevocationList(issuer="R").make(), *pooled]
    target = Certificate(subject="E", issuer="A", serial=_SERIAL, changes=changes).make()
    return Shape(
        target=target, anchor=authority("R", "R"), pool=pool, accepted=None, revocation=True
    )
