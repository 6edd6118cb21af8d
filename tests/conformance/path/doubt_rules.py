"""What says "revoked" and may not be used, beside what says good: a sentence a case.

RFC 5280 5.2 and 5.3 forbid to determine a status by a list with a critical extension that is not
processed; RFC 6960 4.4 has such extensions in responses too. So it makes nobody revoked; but what
is good by an older or another word alone is not good without doubt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from openjpki_devkit.forge import extensions as ext
from openjpki_devkit.forge.certificates import AT, Certificate, RevocationList, entry
from openjpki_devkit.forge.responses import GOOD, UNKNOWN, Answer, OcspResponse, revoked
from tests.support.path_asking import Asked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from openjpki_devkit.forge.extensions import Extension

_HOUR: Final = timedelta(hours=1)
_SERIAL: Final = 0x1234567890
_OTHER: Final = 0x4444
_REVOKED: Final = revoked(AT - _HOUR)
_REMOVE: Final = ext.Extension("2.5.29.21", b"\x0a\x01\x08")
_KNOWN: Final = (ext.unknown(critical=False),)
_CRITICAL: Final = (ext.unknown(),)


@dataclass(frozen=True)
class Doubt:
    """Evidence, and the reason that is right; none: accepted."""

    asked: Asked
    reason: str | None


def doubts() -> list[Doubt]:
    """All of them."""
    good, list_ = _response(GOOD), _list
    in_answer = _response(_REVOKED, of_answer=_CRITICAL)
    in_response = _response(_REVOKED, of_response=_CRITICAL)
    own: dict[str, Any] = {"number": 2, "since": AT - _HOUR, "changes": _CRITICAL}
    listed = list_([entry(_SERIAL)], **own)
    unknown = "revocation_unknown"
    return [
        _doubt("answer in doubt beside a good one", unknown, in_answer, good),
        _doubt("response in doubt beside a good one", unknown, in_response, good),
        _doubt("answer in doubt beside a good list", unknown, in_answer, list_()),
        _doubt("response in doubt beside a good list", unknown, in_response, list_()),
        _doubt("answer in doubt alone", unknown, in_answer),
        _doubt("answer that is good with what is not known", unknown,
               _response(GOOD, of_answer=_CRITICAL)),
        _doubt("response that is good with what is not known", unknown,
               _response(GOOD, of_response=_CRITICAL)),
        _doubt("good with what is not known beside a good one", None,
               _response(GOOD, of_answer=_CRITICAL), good),
        _doubt("unknown with what is not known beside a good one", None,
               _response(UNKNOWN, of_answer=_CRITICAL), good),
        _doubt("not known and not critical", "revoked", _response(_REVOKED, of_answer=_KNOWN)),
        _doubt("forged answer in doubt", None,
               _response(_REVOKED, of_answer=_CRITICAL, signer="nobody"), good),
        _doubt("answer in doubt about another", None,
               _response(_REVOKED, of_answer=_CRITICAL, serial=_OTHER), good),
        _doubt("answer in doubt of another issuer's", None,
               _response(_REVOKED, of_answer=_CRITICAL, issuer="R"), good),
        _doubt("answer in doubt of another time", None,
               _response(_REVOKED, of_answer=_CRITICAL, until=AT - _HOUR), good),
        _doubt("answer in doubt and a list that has it", "revoked", in_answer,
               list_([entry(_SERIAL)])),
        _doubt("newer list in doubt that has it", unknown, list_(), listed),
        _doubt("newer list in doubt by the entry", unknown, list_(),
               list_([entry(_SERIAL, ext.unknown())], number=2, since=AT - _HOUR)),
        _doubt("newer list in doubt by another's entry", unknown, list_(),
               list_([entry(_OTHER, ext.unknown()), entry(_SERIAL)], number=2, since=AT - _HOUR)),
        _doubt("list in doubt that has it beside a good response", unknown, listed, good),
        _doubt("list in doubt alone", unknown, listed),
        _doubt("list in doubt that has it not", unknown, list_(**own)),
        _doubt("newer list in doubt that has it not", None, list_(), list_(**own)),
        _doubt("list in doubt that has it not beside a good response", None, list_(**own), good),
        _doubt("older list in doubt", None, list_([entry(_SERIAL)], changes=_CRITICAL),
               list_(number=2, since=AT - _HOUR)),
        _doubt("forged list in doubt", None, list_(),
               list_([entry(_SERIAL)], signer="nobody", **own)),
        _doubt("list in doubt of another time", None, list_(),
               list_([entry(_SERIAL)], until=AT - _HOUR / 2, **own)),
        _doubt("delta in doubt that has it", unknown, list_(),
               list_([entry(_SERIAL)], number=2, since=AT - _HOUR,
                     changes=(ext.delta_indicator(1), ext.unknown()))),
        _doubt("delta in doubt that takes it away", "revoked", list_([entry(_SERIAL)]),
               list_([entry(_SERIAL, _REMOVE)], number=2, since=AT - _HOUR,
                     changes=(ext.delta_indicator(1), ext.unknown()))),
        _doubt("delta in doubt that takes away nothing", None, list_(),
               list_([entry(_SERIAL, _REMOVE)], number=2, since=AT - _HOUR,
                     changes=(ext.delta_indicator(1), ext.unknown()))),
        _doubt("older list that has it beside one in doubt", "revoked",
               list_([entry(_SERIAL)]), listed),
    ]  # fmt: skip


def _doubt(title: str, reason: str | None, *evidence: bytes) -> Doubt:
    made = [
        Certificate(subject="E", issuer="A", serial=_SERIAL).make(),
        Certificate(subject="A", issuer="R", ca=True).make(),
        Certificate(subject="R", issuer="R", ca=True).make(),
    ]
    pool = [made[1], RevocationList(issuer="R").make(), *evidence]
    return Doubt(
        Asked(id=title, target=made[0], anchors=[made[2]], pool=pool, revocation=True), reason
    )


def _list(
    listed: Sequence[bytes] = (),
    *,
    number: int = 1,
    since: datetime = AT - 2 * _HOUR,
    until: datetime = AT + _HOUR,
    changes: Sequence[Extension] = (),
    signer: str | None = None,
) -> bytes:
    return RevocationList(
        issuer="A", signer=signer, revoked=listed, number=number, this_update=since,
        next_update=until, changes=changes,
    ).make()  # fmt: skip


def _response(
    status: bytes,
    *,
    of_answer: Sequence[Extension] = (),
    of_response: Sequence[Extension] = (),
    signer: str | None = None,
    **about: Any,
) -> bytes:
    until = about.pop("until", AT + _HOUR)
    said = {"serial": _SERIAL, "issuer": "A", **about}
    answer = Answer(
        status=status, this_update=AT - 2 * _HOUR, next_update=until, extensions=of_answer, **said
    )
    return OcspResponse(
        responder="A", signer=signer, answers=[answer], extensions=of_response
    ).make()
