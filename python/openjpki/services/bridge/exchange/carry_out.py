"""From two approvals to a cross certificate, safe against a crash at any step (R4.4).

1. The second approval is durable: from here on the certificate will exist, unless what is to be
   certified is refused for good, which ends it with the reason kept.
2. To a partner: a serial number is reserved, the to-be-signed bytes are built, compared and
   stored; then they are signed. The signature of the same bytes is the same.
   From a governor: the ca service is asked, with this cross-certification's id as request id, so
   that it answers with the same certificate however often it is asked.
   From a foreign partner: the certificate is there; it is checked again.
3. Certificate and journal entry become durable together; the pool's version rises.

Whatever is found approved, by a retry, at start or in a round of the jobs, is taken up at step 2;
unless the journal has its certificate: no second one is made of what two officers approved once.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.authority.cross_signing import intent_for, sign
from openjpki.services.bridge.authority.own_authority import require_own
from openjpki.services.bridge.context import enter_in_journal
from openjpki.services.bridge.exchange.approval_evidence import require_approved
from openjpki.services.bridge.exchange.final_refusals import final_refusals_end, require_not_refused
from openjpki.services.bridge.exchange.received import read_received
from openjpki.services.bridge.find_partner import certificate_of, require_partner
from openjpki.services.bridge.journal import CROSS_ISSUED, STREAM
from openjpki.services.bridge.journaled_ends import was_made
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.stored_generations import DIFFERS
from openjpki.storage.bridge import crosses, pool
from openjpki.storage.bridge.kinds import Direction, State
from openjpki.storage.kernel.beginning import Turn
from openjpki.storage.kernel.unreadable import Unreadable, not_readable
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import CERTIFICATES_ISSUED, ISSUANCE_INTENTS_PENDING
from openjpki.x509.foreign.reading import read_certificate

if TYPE_CHECKING:
    from openjpki.services.bridge.authority.own_authority import OwnGeneration
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.bridge.crosses import CrossRecord, Intent
    from openjpki.storage.kernel.transaction import Transaction

_log = get_logger("cross")

_OFFICERS = 2


def carry_out(bridge: BridgeContext, cross_certification_id: str) -> None:
    """Make the certificate of an approved cross-certification, or find that it was made.

    Raises ``SERVICE_UNAVAILABLE``, ``KEY_*``, what the ca service refuses, ``STORED_UNREADABLE``
    where the journal has its certificate and the row says that there is none, and
    ``CROSS_CERTIFICATE_REFUSED`` when what was offered no longer holds. Those of
    :mod:`openjpki.services.bridge.exchange.final_refusals` end it and are raised again for
    whoever asks later.
    """
    with bridge.database.reading() as tx:
        # Before the row, which another call may change meanwhile.
        made = was_made(tx, cross_certification_id)
        found = crosses.get(tx, cross_certification_id)
    if found is None:
        raise OpenJpkiError(Reason.INTERNAL, "an approved cross-certification is gone")
    require_not_refused(found)
    if found.state is not State.APPROVED:
        return
    if made:
        raise _made_before(found)
    if found.direction is Direction.TO_PARTNER:
        certificate = _to_partner(bridge, found)
    else:
        certificate = _from_partner(bridge, found)
    if certificate is None:
        return
    bridge.checkpoint("certificate made")
    with final_refusals_end(bridge, found):
        bridge.writer.run(lambda tx: _store(bridge, tx, found, certificate), turn=Turn.COUNTS)
    bridge.checkpoint("stored")


def finish_approved(bridge: BridgeContext) -> int:
    """Carry out all that a crash or a service that was away left; how many are still open."""
    with bridge.database.reading() as tx:
        waiting = crosses.in_state(tx, State.APPROVED, left_out=tell_left_out)
    for one in waiting:
        try:
            carry_out(bridge, one.cross_certification_id)
        except OpenJpkiError as error:
            _log.warning(
                "cross-certification not carried out",
                cross_certification=one.cross_certification_id,
                reason=error.reason.name,
            )
        except Exception as error:  # noqa: BLE001 - one must not keep the others waiting
            _log.error(
                "cross-certification not carried out",
                cross_certification=one.cross_certification_id,
                exc_info=error,
            )
    return count_approved(bridge)


def count_approved(bridge: BridgeContext) -> int:
    """How many are approved and have no certificate yet; told to the metrics too."""
    with bridge.database.reading() as tx:
        left = crosses.count_in_state(tx, State.APPROVED)
    ISSUANCE_INTENTS_PENDING.labels(STREAM).set(left)
    return left


def _to_partner(bridge: BridgeContext, found: CrossRecord) -> bytes | None:
    """The certificate; None if another call has stored it meanwhile."""
    with bridge.database.reading() as tx:
        own = require_own(tx)
        theirs = certificate_of(tx, require_partner(tx, found.partner_id))
    if found.intent is None:
        with final_refusals_end(bridge, found):
            intent = intent_for(bridge, own, found, theirs)
        bridge.checkpoint("bytes built")
        with final_refusals_end(bridge, found):
            bridge.writer.run(lambda tx: _intend(bridge, tx, found, intent), turn=Turn.COUNTS)
        bridge.checkpoint("intent stored")
        with bridge.database.reading() as tx:
            kept = crosses.get(tx, found.cross_certification_id)
        # Another call may have stored an intent first, which is then the one to finish, or may have
        # done all of it.
        if kept is None or kept.intent is None:
            return None
        found = kept
    return sign(bridge, own, found, theirs)


def _intend(bridge: BridgeContext, tx: Transaction, found: CrossRecord, intent: Intent) -> None:
    _require_two_officers(bridge, tx, found)
    crosses.intend(tx, found.cross_certification_id, intent)


def _require_two_officers(bridge: BridgeContext, tx: Transaction, found: CrossRecord) -> None:
    """What officers signed counts once more where our own key signs for it, and where what a
    partner has signed is taken in: the state alone may be anybody's who can write to the database,
    and an officer may have been revoked since."""
    signed = [one.evidence for one in found.approvals if one.evidence is not None]
    if len({one.occasion.officer.account for one in signed}) < _OFFICERS:
        raise OpenJpkiError(
            Reason.SAME_OFFICER,
            "has not the signatures of two officers",
            field="cross_certification_id",
        )
    require_approved(tx, found, signed, bridge.clock.now())


def _from_partner(bridge: BridgeContext, found: CrossRecord) -> bytes:
    with bridge.database.reading() as tx:
        own = require_own(tx)
        theirs = certificate_of(tx, require_partner(tx, found.partner_id))
    if found.offered is not None:
        with final_refusals_end(bridge, found):
            _require_agreed(bridge, found, found.offered, own, theirs)
        return found.offered
    try:
        with final_refusals_end(bridge, found):
            certificate = bridge.ca.issue_cross_certificate(
                request_id=found.cross_certification_id,
                authority_id=AuthorityId.parse(found.partner_id),
                certification_request=found.certification_request or b"",
                mappings=found.mappings,
                approvals=[one.evidence for one in found.approvals if one.evidence is not None],
            )
    except OpenJpkiError as refusal:
        # Without its field, which is one of the request to ca: the officer never saw that.
        raise OpenJpkiError(refusal.reason, refusal.message) from refusal
    # A certificate that is not what was agreed is a fault of ours, or of a clock. The approval
    # stands, and the next round tries again.
    _require_agreed(bridge, found, certificate, own, theirs)
    return certificate


def _require_agreed(
    bridge: BridgeContext, found: CrossRecord, certificate: bytes, own: OwnGeneration, theirs: bytes
) -> None:
    agreed = read_received(
        certificate,
        own=own.stored.certificate,
        partner=theirs,
        policy_oid=bridge.policy_oid,
        at=bridge.clock.now(),
    )
    if set(agreed) != set(found.mappings):
        raise OpenJpkiError(
            Reason.CROSS_CERTIFICATE_REFUSED, "has other policies than were approved"
        )


def _store(bridge: BridgeContext, tx: Transaction, found: CrossRecord, certificate: bytes) -> None:
    at = bridge.clock.now()
    pool.changing(tx)
    if found.offered is not None:
        # Nobody else asks: of what our key or ca signs, it was asked before.
        _require_two_officers(bridge, tx, found)
    if not crosses.issue(tx, found.cross_certification_id, certificate, at):
        return
    if was_made(tx, found.cross_certification_id):
        raise _made_before(found)
    enter_in_journal(
        bridge,
        tx,
        act=CROSS_ISSUED,
        actor="bridge",
        subject=found.cross_certification_id,
        details={
            "partner_id": found.partner_id,
            "method": found.direction.value,
            "serial": f"{read_certificate(certificate).serial:040x}",
            "certificate_sha256": hashlib.sha256(certificate).hexdigest(),
        },
        at=at,
    )
    if found.direction is Direction.TO_PARTNER:
        tx.after_commit(lambda: CERTIFICATES_ISSUED.labels(STREAM, "cross").inc())
    bridge.checkpoint("storing")


def _made_before(found: CrossRecord) -> OpenJpkiError:
    """The state alone may be anybody's who can write to the database."""
    return not_readable(Unreadable("cross_certifications", found.cross_certification_id, DIFFERS))
