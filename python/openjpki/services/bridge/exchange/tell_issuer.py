"""Having the prefectural authority revoke a cross certificate that officers here have ended.

The request id follows from the cross-certification, so that ca revokes once however often it is
told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from openjpki.domain.authority import AuthorityId
from openjpki.domain.serial import serial_to_bytes
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.context import enter_in_journal
from openjpki.services.bridge.journal import CROSS_REVOCATION_TOLD, STREAM
from openjpki.storage.bridge import crosses, revocations
from openjpki.storage.bridge.kinds import RevocationState
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import CROSS_REVOCATIONS_UNHEARD
from openjpki.x509.foreign.reading import read_certificate

if TYPE_CHECKING:
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.bridge.crosses import CrossRecord
    from openjpki.storage.kernel.transaction import Transaction

_log = get_logger("cross")
_NAMESPACE = UUID("5c4c1f2b-7d0e-4f0a-9a39-6a2b7f0d8e51")
_NOTHING_LEFT = {Reason.ALREADY_REVOKED, Reason.CERTIFICATE_EXPIRED}
"""Refusals after which nothing is left for the authority to do."""


def tell_issuer(bridge: BridgeContext, cross_certification_id: str) -> None:
    """Have the authority revoke it, unless it has.

    Raises ``SERVICE_UNAVAILABLE``, and what the ca service refuses with.
    """
    with bridge.database.reading() as tx:
        found = crosses.get(tx, cross_certification_id)
        ending = revocations.get(tx, cross_certification_id)
    if found is None or ending is None or found.certificate is None:
        raise OpenJpkiError(Reason.INTERNAL, "a revocation that was approved is gone")
    if ending.state is not RevocationState.APPROVED:
        return
    serial = read_certificate(found.certificate).serial
    try:
        bridge.ca.revoke_cross_certificate(
            request_id=str(uuid5(_NAMESPACE, f"revoke {cross_certification_id}")),
            authority_id=AuthorityId.parse(found.partner_id),
            serial=serial_to_bytes(serial),
            cause=ending.cause,
            approvals=[one.evidence for one in ending.approvals if one.evidence is not None],
        )
    except OpenJpkiError as refusal:
        if refusal.reason not in _NOTHING_LEFT:
            # Without its field, which is one of the request to ca: the officer never saw that.
            raise OpenJpkiError(refusal.reason, refusal.message) from refusal
    bridge.checkpoint("issuer told")
    bridge.writer.run(lambda tx: _told(bridge, tx, found))


def finish_revocations(bridge: BridgeContext) -> int:
    """Tell of all that a crash or a service that was away left; how many are still to be told."""
    with bridge.database.reading() as tx:
        waiting = revocations.unfinished(tx)
    for identifier in waiting:
        try:
            tell_issuer(bridge, identifier)
        except OpenJpkiError as error:
            _log.warning(
                "revocation not told", cross_certification=identifier, reason=error.reason.name
            )
        except Exception as error:  # noqa: BLE001 - one must not keep the others waiting
            _log.error("revocation not told", cross_certification=identifier, exc_info=error)
    with bridge.database.reading() as tx:
        left = len(revocations.unfinished(tx))
    CROSS_REVOCATIONS_UNHEARD.labels(STREAM).set(left)
    return left


def _told(bridge: BridgeContext, tx: Transaction, found: CrossRecord) -> None:
    if not revocations.finish(tx, found.cross_certification_id):
        return
    enter_in_journal(
        bridge,
        tx,
        act=CROSS_REVOCATION_TOLD,
        actor="bridge",
        subject=found.cross_certification_id,
        details={"partner_id": found.partner_id, "method": found.direction.value},
        at=bridge.clock.now(),
    )
