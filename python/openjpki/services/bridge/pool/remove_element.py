"""An officer takes out of the pool what a partner has handed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.context import by_the_owner, enter_in_journal
from openjpki.services.bridge.journal import ELEMENT_REMOVED
from openjpki.services.bridge.pool.elements import ElementKind
from openjpki.storage.bridge import pool, pool_lists

if TYPE_CHECKING:
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Transaction


@by_the_owner
def remove_element(bridge: BridgeContext, sha256: bytes, request_key: RequestKey) -> None:
    """Take out the certificate or the list, superseded or not, of this SHA-256, whether it can be
    read or not.

    A retry changes nothing. Raises ``POOL_ELEMENT_NOT_FOUND``.
    """
    at = bridge.clock.now()

    def work(tx: Transaction) -> bytes:
        pool.changing(tx)
        kind = _remove(tx, sha256)
        enter_in_journal(
            bridge,
            tx,
            act=ELEMENT_REMOVED,
            actor=request_key.caller,
            subject=sha256.hex(),
            details={"kind": kind.value},
            at=at,
        )
        return b""

    bridge.requests.once(bridge.writer, request_key, at, work)


def _remove(tx: Transaction, sha256: bytes) -> ElementKind:
    if pool.remove_submitted(tx, sha256):
        return ElementKind.CERTIFICATE
    if pool_lists.take_out(tx, sha256):
        return ElementKind.REVOCATION_LIST
    raise OpenJpkiError(
        Reason.POOL_ELEMENT_NOT_FOUND, "is of nothing that was handed in", field="sha256"
    )
