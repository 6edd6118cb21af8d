"""Signing receipts: made anew for each answer, also a repeated one, and the same in what they say.

Nothing of a receipt is kept here: all that it states follows from the request and from what is
stored, so whoever asks again gets one that is as good. With RS256 it is the same octets, while
ES256 draws a number for each signature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.evidence import Receipt
from openjpki.evidence.cose import sign

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.evidence.statement_key import StatementKey
    from openjpki.storage.kernel.requests import RequestKey


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """As it goes to the caller."""

    key_sha256: bytes
    signature: bytes
    """COSE_Sign1 with detached payload."""


class Receipts:
    """Receipts of this service, by the key of its settings. Safe for use by many threads."""

    def __init__(self, key: StatementKey) -> None:
        self._key = key

    def sign(
        self, request: RequestKey, request_sha256: bytes, result_sha256: bytes, made_at: datetime
    ) -> SignedReceipt:
        """For what was done at that moment (whole seconds) and is durable.

        Raises ``KEY_DEVICE_UNAVAILABLE``: the call may be repeated, what it did stands.
        """
        receipt = Receipt(
            service="ca",
            method=request.method.rpartition("/")[2],
            caller=request.caller,
            request_id=request.request_id,
            request_sha256=request_sha256,
            result_sha256=result_sha256,
            made_at=made_at,
        )
        return SignedReceipt(self._key.public_key.sha256, sign(receipt, self._key))
