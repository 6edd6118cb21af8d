"""RFC 6960 read plainly: what the evidence of a ``ResponseMix`` says of its certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conformance.path.response_mixes import SERIAL

if TYPE_CHECKING:
    from datetime import datetime

    from tests.conformance.path.response_mixes import Responder, Response, ResponseMix, Said

_HASHES = frozenset({"sha1", "sha256"})
"""That are known here, of those drawn; an answer by another is about nobody."""


def reading(mix: ResponseMix) -> str:
    """``good``, ``revoked`` or ``unknown``. Revoked is whoever a list or a response says is."""
    said = {_said_by(one, mix) for one in mix.responses} | {mix.own_list}
    found = next((one for one in ("revoked", "in doubt", "good") if one in said), "unknown")
    return "unknown" if found == "in doubt" else found


def _said_by(response: Response, mix: ResponseMix) -> str | None:
    at = mix.asked.time
    # 3.2: about the certificate, by whom may, of that time.
    told = [one for one in response.said if _is_about(one) and _counts(one, at)]
    said = {_understood(one, response) for one in told}
    if response.forged or not said or not _may(response, mix):
        return None
    for worse in ("revoked", "in doubt"):
        if worse in said:
            return worse
    return "good" if said == {"good"} else None


def _understood(said: Said, response: Response) -> str | None:
    """4.4: no critical extension is known. Beside one no status is told; but where it says revoked,
    no other word makes good."""
    if not (said.critical or response.critical):
        return said.status
    return "in doubt" if said.status == "revoked" else None


def _is_about(said: Said) -> bool:
    return said.serial == SERIAL and said.issuer == "A" and said.hash in _HASHES


def _counts(said: Said, at: datetime) -> bool:
    return said.until is not None and said.since <= at < said.until


def _may(response: Response, mix: ResponseMix) -> bool:
    """4.2.2.2: the issuer, or whom it certified itself, valid and not revoked (4.2.2.2.1)."""
    own = response.responder
    if own is None:
        return True
    # Who is named by his key is looked for in the response alone.
    there = response.carried or (response.pooled and not response.by_key)
    valid = own.since <= mix.asked.time <= own.until
    return there and valid and own.may_answer() and _unrevoked(own, mix)


def _unrevoked(own: Responder, mix: ResponseMix) -> bool:
    """By the list at the point that its certificate names, or by the issuer's of everybody."""
    if own.no_check:
        return True
    if mix.responders_list is not None and own.serial in mix.responders_list:
        return False
    return mix.responders_list is not None or mix.own_list is not None
