"""Signing which lists there are (ADR 34): so that who keeps a copy of all can tell that none was
withheld, and by nobody's word but ca's.

The key is that of receipts: no authority's key may sign such a thing (R9.2.4a).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from openjpki.domain.evidence import ListsPublished, StatedList
from openjpki.errors import OpenJpkiError
from openjpki.evidence.cose import sign
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.evidence.statement_key import StatementKey
    from openjpki.services.ca.crl.published import PublishedList

KEPT_SECONDS = 10
"""For so long the same lists are not signed anew, nor a device asked again that refused: whoever
asks costs it no signature."""
WAITS_SECONDS = 5.0
"""For who is signing; then whoever asks is answered without a signature."""

_log = get_logger("lists")


@dataclass(frozen=True, slots=True)
class SignedManifest:
    """As it goes to who asked."""

    made_at: datetime
    key_sha256: bytes
    signature: bytes
    """COSE_Sign1 with detached payload."""


class Manifests:
    """Of the lists of this service's authorities. Safe for use by many threads."""

    def __init__(self, key: StatementKey, waits_seconds: float = WAITS_SECONDS) -> None:
        """``waits_seconds``: for who is signing."""
        self._key = key
        self._waits_seconds = waits_seconds
        self._lock = Lock()
        self._of: dict[AuthorityId, _Signing] = {}

    def sign(
        self, authority_id: AuthorityId, published: Sequence[PublishedList], at: datetime
    ) -> SignedManifest | None:
        """That at this moment (whole seconds), or a little later, these were all. None while the
        key can't be had: each list is signed by its authority's, so who wants no manifest goes on.
        However many ask, one signs."""
        lists = tuple(_stated(one) for one in published)
        with self._lock:
            of = self._of.setdefault(authority_id, _Signing())
        if not of.alone.acquire(timeout=self._waits_seconds):
            # The device does not answer, or many lists change at once.
            return None
        try:
            if of.signed is not None and of.lists == lists and _is_near(at, of.signed.made_at):
                return of.signed
            if of.failed_at is not None and _is_near(at, of.failed_at):
                return None
            of.signed, of.failed_at = self._signed(authority_id, lists, at), None
            of.lists = lists
            if of.signed is None:
                of.failed_at = at
            return of.signed
        finally:
            of.alone.release()

    def _signed(
        self, authority_id: AuthorityId, lists: tuple[StatedList, ...], at: datetime
    ) -> SignedManifest | None:
        stated = ListsPublished(service="ca", authority_id=authority_id, made_at=at, lists=lists)
        try:
            signature = sign(stated, self._key)
        except OpenJpkiError as error:
            _log.error("which lists there are was not signed", reason=error.reason.name)
            return None
        return SignedManifest(at, self._key.public_key.sha256, signature)


@dataclass
class _Signing:
    """Of one authority."""

    alone: Lock = field(default_factory=Lock)
    lists: tuple[StatedList, ...] = ()
    signed: SignedManifest | None = None
    failed_at: datetime | None = None


def _is_near(at: datetime, other: datetime) -> bool:
    """Also where that is later: who waited was there before."""
    return abs((at - other).total_seconds()) < KEPT_SECONDS


def _stated(one: PublishedList) -> StatedList:
    newest = one.newest
    return StatedList(
        generation=one.generation,
        partition=one.partition,
        issuer_sha256=one.issuer_sha256,
        number=0 if newest is None else newest.number,
        this_update=0 if newest is None else int(newest.this_update.timestamp()),
        next_update=0 if newest is None else int(newest.next_update.timestamp()),
        sha256=b"" if newest is None else newest.sha256,
        length=one.length,
    )
