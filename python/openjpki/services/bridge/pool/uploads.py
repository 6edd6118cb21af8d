"""A revocation list that is too long for one call, handed in by parts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.context import by_the_owner
from openjpki.services.bridge.find_partner import require_partner
from openjpki.storage.bridge import uploads

if TYPE_CHECKING:
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading, Transaction

PART: Final = 1 << 20
"""Octets of every part but the last."""
MOST_BEGUN: Final = 4
"""Lists that one partner may have begun: what is not submitted takes room for a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a list."""

    sha256: bytes
    """Of the whole list, DER."""
    octets: int
    """Of the whole list."""
    begins: int
    """Which octet of the list is its first."""
    part: bytes


@by_the_owner
def upload_part(
    bridge: BridgeContext, partner_id: str, given: Part, request_key: RequestKey
) -> int:
    """Keep a part; how many octets of the list have come. Raises ``PARTNER_NOT_FOUND``,
    ``CRL_REFUSED``."""
    _require_place(given)
    at = bridge.clock.now()

    def keep(tx: Transaction) -> bytes:
        require_partner(tx, partner_id)
        uploads.begin(tx, partner_id, given.sha256, given.octets, at)
        if uploads.expected(tx, partner_id, given.sha256) != given.octets:
            raise _refused("is of another length than was said first", "octets")
        if uploads.begun_by(tx, partner_id) > MOST_BEGUN:
            raise _refused(f"is one more than the {MOST_BEGUN} that may be begun", "sha256")
        uploads.add(tx, partner_id, given.sha256, given.begins, given.part)
        return uploads.there(tx, partner_id, given.sha256).to_bytes(8, "big")

    return int.from_bytes(bridge.requests.once(bridge.writer, request_key, at, keep), "big")


def uploaded(tx: Reading, partner_id: str, sha256: bytes) -> bytes:
    """The whole list. Raises ``LIST_UPLOAD_INCOMPLETE``."""
    expected = uploads.expected(tx, partner_id, sha256)
    if expected is not None and uploads.there(tx, partner_id, sha256) == expected:
        der = uploads.joined(tx, partner_id, sha256)
        if hashlib.sha256(der).digest() == sha256:
            return der
    raise OpenJpkiError(
        Reason.LIST_UPLOAD_INCOMPLETE,
        "is of no list all parts of which have come",
        field="uploaded_sha256",
    )


def _require_place(given: Part) -> None:
    left = given.octets - given.begins
    if given.begins % PART or len(given.part) != min(PART, left):
        raise _refused("must be a mebibyte from a multiple of it on, or what is left", "part")


def _refused(rule: str, field: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.CRL_REFUSED, rule, field=field)
