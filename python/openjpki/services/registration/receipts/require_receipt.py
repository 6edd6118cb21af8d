"""No answer of the authority's is accepted without a receipt over it (L1b)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.evidence import Receipt
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.cose import require_signed
from openjpki.evidence.public_key import StatementPublicKey
from openjpki.storage.registration.receipts import KeptReceipt
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import RECEIPTS_REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from openjpki.services.registration.receipts.known_keys import KnownReceiptKeys

_log = get_logger("receipts")


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenReceipt:
    """A receipt as it came with an answer, and what it must be over."""

    method: str
    request_id: str
    request_sha256: bytes
    result_sha256: bytes
    made_at: datetime
    key_sha256: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class ReceiptCheck:
    """Which keys count, and who we are to the authority."""

    known: KnownReceiptKeys
    own_id: Callable[[], str]
    """Our SPIFFE id, as the certificate has it that we are known by now."""

    def require(self, given: GivenReceipt) -> KeptReceipt:
        """What to keep of it. Raises ``RECEIPT_REFUSED``."""
        try:
            return self._verified(given)
        except OpenJpkiError as error:
            RECEIPTS_REFUSED.inc()
            _log.error(
                "receipt refused",
                method=given.method,
                request_id=given.request_id,
                key_sha256=given.key_sha256.hex(),
                reason=error.reason.name,
            )
            raise OpenJpkiError(
                Reason.RECEIPT_REFUSED, "the authority's answer has no receipt that counts"
            ) from error

    def _verified(self, given: GivenReceipt) -> KeptReceipt:
        spki = self.known.find(given.key_sha256)
        if spki is None:
            raise OpenJpkiError(Reason.KEY_NOT_FOUND, "is by a key that is not known here")
        statement = Receipt(
            service="ca",
            method=given.method,
            caller=self.own_id(),
            request_id=given.request_id,
            request_sha256=given.request_sha256,
            result_sha256=given.result_sha256,
            made_at=given.made_at,
        )
        require_signed(
            statement, given.signature, StatementPublicKey.parse(spki), field="receipt.signature"
        )
        return KeptReceipt(statement=statement, public_key=spki, signature=given.signature)
