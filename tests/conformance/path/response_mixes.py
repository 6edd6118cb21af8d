"""OCSP responses drawn by chance about one certificate, asked about at a time among theirs.

What is drawn is kept as data, so that ``response_reading.py`` can say what RFC 6960 makes of it
without reading DER. The same seed makes the same.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from openjpki_devkit.forge import der, responses
from openjpki_devkit.forge import extensions as ext
from openjpki_devkit.forge.certificates import AT, Certificate, RevocationList, entry
from tests.support.path_asking import Asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openjpki_devkit.forge.extensions import Extension

SERIAL: Final = 77
_RESPONDERS: Final = 900
_OCSP_SIGNING: Final = "1.3.6.1.5.5.7.3.9"
_SERVER: Final = "1.3.6.1.5.5.7.3.1"
_NO_CHECK: Final = ext.Extension("1.3.6.1.5.5.7.48.1.5", b"\5\0")
_CUTOFF: Final = ext.Extension(
    "1.3.6.1.5.5.7.48.1.6", der.tlv(0x18, b"20240101000000Z")
)  # RFC 6960 4.4.4
_POINT: Final = ext.uri("http://responders/")
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_TIMES: Final = (AT - 3 * _DAY, AT - _HOUR, AT, AT + _HOUR)
"""When it is asked about, and when what was drawn begins and ends, so that ends are met exactly."""


@dataclass(frozen=True)
class Responder:
    """Whom somebody certified to answer."""

    name: str
    certified_by: str = "A"
    purpose: str = _OCSP_SIGNING
    usage: str = "signature"
    no_check: bool = True
    since: datetime = AT - 50 * _DAY
    until: datetime = AT + 50 * _DAY
    serial: int = _RESPONDERS

    def may_answer(self) -> bool:
        """By what its certificate says, whenever that is valid."""
        return self.certified_by == "A" and self.purpose == _OCSP_SIGNING and self.usage != "crl"

    def make(self) -> bytes:
        """Its certificate."""
        own = [ext.extended_usage(self.purpose), ext.key_usage(self.usage)]
        own.append(_NO_CHECK if self.no_check else ext.distribution_points(
            ext.distribution_point(_POINT)))  # fmt: skip
        return Certificate(
            subject=self.name, issuer=self.certified_by, serial=self.serial, changes=own,
            not_before=self.since, not_after=self.until,
        ).make()  # fmt: skip


@dataclass(frozen=True)
class Said:
    """One answer."""

    status: str
    """``good``, ``revoked`` or ``unknown``."""
    serial: int
    issuer: str
    since: datetime
    until: datetime | None
    hash: str
    critical: bool

    def answer(self) -> responses.Answer:
        """What a response has of it."""
        more: list[Extension] = [ext.unknown()] if self.critical else [_CUTOFF]
        status = {
            "good": responses.GOOD,
            "unknown": responses.UNKNOWN,
            # A date that is still to come changes nothing.
            "revoked": responses.revoked(self.since + _HOUR, 6),
        }[self.status]
        return responses.Answer(
            serial=self.serial, issuer=self.issuer, status=status, this_update=self.since,
            next_update=self.until, hash=self.hash, extensions=more,
        )  # fmt: skip


@dataclass(frozen=True)
class Response:
    """One response: who signed, how he is named, and where his certificate is."""

    responder: Responder | None
    """None: the issuer itself."""
    forged: bool
    by_key: bool
    carried: bool
    pooled: bool
    critical: bool
    said: tuple[Said, ...]

    def make(self) -> bytes:
        """Its octets."""
        own = self.responder
        return responses.OcspResponse(
            responder=own.name if own else "A",
            signer="nobody" if self.forged else None,
            by_key=self.by_key,
            certificates=[own.make()] if own and self.carried else [],
            extensions=[ext.unknown()] if self.critical else [],
            answers=[one.answer() for one in self.said],
        ).make()


@dataclass(frozen=True)
class ResponseMix:
    """A question, and the evidence that was drawn for it."""

    asked: Asked
    responses: Sequence[Response]
    own_list: str | None
    """What a complete list of the issuer says of the certificate: ``good`` or ``revoked``."""
    responders_list: frozenset[int] | None
    """The serial numbers in the list about responders, if there is one."""


def response_mixes(count: int, seed: int = 1) -> Iterator[ResponseMix]:
    """So many."""
    for number in range(seed, seed + count):
        yield _mix(f"responses {number}", random.Random(number))  # noqa: S311


def _mix(title: str, chance: random.Random) -> ResponseMix:
    drawn = [_response(place, chance) for place in range(chance.choice((1, 1, 2, 3)))]
    own_list = chance.choice((None, None, None, "good", "revoked"))
    revoked = frozenset(
        one.responder.serial for one in drawn if one.responder and chance.random() < 0.3
    )
    responders_list = revoked if chance.random() < 0.7 else None
    lists = [_lasting("R")]
    if own_list is not None:
        lists.append(_lasting("A", revoked=[entry(SERIAL)] if own_list == "revoked" else []))
    if responders_list is not None:
        scope = [ext.issuing_distribution_point([_POINT])]
        lists.append(_lasting("A", revoked=[*map(entry, responders_list)], changes=scope))
    pool = [
        Certificate(subject="A", issuer="R", ca=True).make(),
        *(one.make() for one in lists),
        *(one.make() for one in drawn),
        *(one.responder.make() for one in drawn if one.responder and one.pooled),
    ]
    chance.shuffle(pool)
    asked = Asked(
        id=title, anchors=[Certificate(subject="R", issuer="R", ca=True).make()], pool=pool,
        target=Certificate(subject="E", issuer="A", serial=SERIAL).make(),
        time=chance.choice(_TIMES), revocation=True,
    )  # fmt: skip
    return ResponseMix(asked, drawn, own_list, responders_list)


def _lasting(
    issuer: str, *, revoked: Sequence[bytes] = (), changes: Sequence[Extension] = ()
) -> RevocationList:
    return RevocationList(
        issuer=issuer, revoked=revoked, changes=changes,
        this_update=AT - 9 * _DAY, next_update=AT + 9 * _DAY,
    )  # fmt: skip


def _response(place: int, chance: random.Random) -> Response:
    own = None if chance.random() < 0.4 else _responder(place, chance)
    return Response(
        own, forged=chance.random() < 0.1, by_key=chance.random() < 0.4,
        carried=chance.random() < 0.7, pooled=chance.random() < 0.4,
        critical=chance.random() < 0.05,
        said=tuple(_said(chance) for _ in range(chance.choice((1, 1, 1, 2)))),
    )  # fmt: skip


def _responder(place: int, chance: random.Random) -> Responder:
    since, until = AT - 50 * _DAY, AT + 50 * _DAY
    ends = chance.random()
    if ends < 0.15:
        until = chance.choice(_TIMES)
    elif ends < 0.25:
        since = chance.choice(_TIMES)
    return Responder(
        name=f"responder {place}", certified_by="A" if chance.random() < 0.85 else "R",
        purpose=_OCSP_SIGNING if chance.random() < 0.9 else _SERVER,
        usage="signature" if chance.random() < 0.9 else "crl",
        no_check=chance.random() < 0.6, since=since, until=until, serial=_RESPONDERS + place,
    )  # fmt: skip


def _said(chance: random.Random) -> Said:
    since = chance.choice(_TIMES)
    until = since + chance.choice((_HOUR, _DAY, 3 * _DAY)) if chance.random() < 0.9 else None
    return Said(
        status=chance.choice(("good", "good", "good", "revoked", "unknown")),
        serial=SERIAL if chance.random() < 0.9 else 5,
        issuer="A" if chance.random() < 0.95 else "R",
        since=since, until=until,
        hash=chance.choice(("sha1", "sha1", "sha256", "md5")),
        critical=chance.random() < 0.05,
    )  # fmt: skip
