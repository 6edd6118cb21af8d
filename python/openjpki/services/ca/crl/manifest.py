"""Signing which lists there are (ADR 34): so that who keeps a copy of all can tell that none was
withheld, and by nobody's word but ca's.

The key is that of receipts: no authority's key may sign such a thing (R9.2.4a).
"""

from __future__ import annotations

from dataclasses import dataclass
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
"""For so long the same lists are not signed anew: whoever asks costs the device no signature."""

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

    def __init__(self, key: StatementKey) -> None:
        self._key = key
        self._lock = Lock()
        self._signed: dict[AuthorityId, tuple[tuple[StatedList, ...], SignedManifest]] = {}

    def sign(
        self, authority_id: AuthorityId, published: Sequence[PublishedList], at: datetime
    ) -> SignedManifest | None:
        """That at this moment (whole seconds) these were all. None while the key can't be had: each
        list is signed by its authority's, so who wants no manifest goes on."""
        lists = tuple(_stated(one) for one in published)
        with self._lock:
            before = self._signed.get(authority_id)
        if before is not None:
            same, signed = before
            if same == lists and 0 <= (at - signed.made_at).total_seconds() < KEPT_SECONDS:
                return signed
        stated = ListsPublished(service="ca", authority_id=authority_id, made_at=at, lists=lists)
        try:
            signature = sign(stated, self._key)
        except OpenJpkiError as error:
            _log.error("which lists there are was not signed", reason=error.reason.name)
            return None
        signed = SignedManifest(at, self._key.public_key.sha256, signature)
        with self._lock:
            self._signed[authority_id] = (lists, signed)
        return signed


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
