"""The register as the rules on evidence ask it: in the transaction of the act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.transaction import Transaction
from openjpki.storage.officers import keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.domain.evidence import OfficerSignature
    from openjpki.domain.officers import EnrolledKey
    from openjpki.storage.kernel.transaction import Reading


class KnownOfficers:
    """An :class:`openjpki.evidence.verification.OfficersRegister` of the keys that some signatures
    name, read in one question.

    It is read in the transaction of the act, not kept in memory: a revocation that was committed
    before the transaction began is seen, whichever instance wrote it.
    """

    def __init__(self, tx: Reading, signatures: Iterable[OfficerSignature]) -> None:
        """Raises ``INTERNAL`` in a writing transaction that has no turn: a suspension could become
        durable before what it decides."""
        if isinstance(tx, Transaction) and tx.turn is None:
            raise OpenJpkiError(Reason.INTERNAL, "signatures are counted out of turn")
        self._keys = keys.find(tx, {one.key_sha256 for one in signatures})

    def find(self, key_sha256: bytes) -> EnrolledKey | None:
        """See :class:`openjpki.evidence.verification.OfficersRegister`."""
        return self._keys.get(key_sha256)
