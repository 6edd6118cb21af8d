"""Two officers' approvals, or one's rejection, of a cross-certification (R4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.context import by_the_owner, enter_in_journal
from openjpki.services.bridge.exchange.answers import CrossAnswer
from openjpki.services.bridge.exchange.approval_evidence import FIELD, require_approved
from openjpki.services.bridge.exchange.carry_out import carry_out
from openjpki.services.bridge.exchange.final_refusals import require_not_refused
from openjpki.services.bridge.exchange.find_cross import lock_cross
from openjpki.services.bridge.journal import CROSS_APPROVED, CROSS_REJECTED
from openjpki.services.bridge.own_signature import require_own_signature
from openjpki.storage.bridge import crosses
from openjpki.storage.bridge.crosses import Approval
from openjpki.storage.bridge.kinds import State
from openjpki.storage.kernel.beginning import Turn
from openjpki.storage.kernel.requests import reused

if TYPE_CHECKING:
    from openjpki.domain.evidence import OfficerSignature
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.bridge.crosses import CrossRecord
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Transaction

_NEEDED = 2


@dataclass(frozen=True, slots=True)
class Officer:
    """Who decides."""

    person: str
    """What four eyes are told apart by: one person with credentials of two offices is one."""
    path: str
    """Path of their SPIFFE id, as others are told of them."""


@by_the_owner
def approve(
    bridge: BridgeContext,
    cross_certification_id: str,
    officer: Officer,
    signature: OfficerSignature,
    request_key: RequestKey,
) -> CrossAnswer:
    """One officer's approval, with what the officer signed; on a retry the first answer.

    The second officer's approval carries it out. It is durable before anything is signed: a call
    that fails afterwards may be made again, by either officer. Raises
    ``CROSS_CERTIFICATE_NOT_FOUND``, ``WRONG_STATE``, ``ALREADY_APPROVED_BY_OFFICER``, as
    :func:`~openjpki.services.bridge.exchange.approval_evidence.require_approved`, and as
    :func:`~openjpki.services.bridge.exchange.carry_out.carry_out`, also on a retry.
    """
    answer = bridge.writer.run(
        lambda tx: _approve(bridge, tx, cross_certification_id, officer, signature, request_key),
        turn=Turn.COUNTS,
    )
    if answer is not None:
        return answer
    bridge.checkpoint("approved")
    carry_out(bridge, cross_certification_id)

    def remember(tx: Transaction) -> CrossAnswer:
        known = bridge.requests.find(tx, request_key)
        if known is not None:
            return CrossAnswer.from_bytes(known)
        return _answer(bridge, tx, cross_certification_id, request_key)

    return bridge.writer.run(remember)


def _approve(
    bridge: BridgeContext,
    tx: Transaction,
    identifier: str,
    officer: Officer,
    signature: OfficerSignature,
    request_key: RequestKey,
) -> CrossAnswer | None:
    """The answer, or None where the certificate is still to be made."""
    known = bridge.requests.find(tx, request_key)
    if known is not None:
        return CrossAnswer.from_bytes(known)
    before = crosses.approved_by_request(tx, officer.person, request_key.request_id)
    if before is not None and before != identifier:
        raise reused()
    found = lock_cross(tx, identifier)
    mine = next((one for one in found.approvals if one.officer == officer.person), None)
    if mine is None:
        _require_pending(found)
        _add(bridge, tx, found, officer, signature, request_key)
    elif found.state is State.PENDING:
        raise OpenJpkiError(
            Reason.ALREADY_APPROVED_BY_OFFICER,
            "was approved by this officer before; the second approval is another one's",
            field="cross_certification_id",
        )
    elif found.state is not State.APPROVED and before is None:
        _require_pending(found)
    now = lock_cross(tx, identifier)
    require_not_refused(now)
    if now.state is State.APPROVED:
        return None
    return _answer(bridge, tx, identifier, request_key)


def _add(
    bridge: BridgeContext,
    tx: Transaction,
    found: CrossRecord,
    officer: Officer,
    signature: OfficerSignature,
    request_key: RequestKey,
) -> None:
    at = bridge.clock.now()
    require_own_signature(signature, officer.path, request_key.request_id, field=FIELD)
    earlier = [one.evidence for one in found.approvals if one.evidence is not None]
    require_approved(tx, found, [*earlier, signature], at)
    number = len(found.approvals) + 1
    approval = Approval(
        officer=officer.person,
        actor=officer.path,
        request_id=request_key.request_id,
        approved_at=at,
        evidence=signature,
    )
    crosses.approve(tx, found.cross_certification_id, approval, number)
    if number == _NEEDED:
        crosses.move(tx, found.cross_certification_id, State.PENDING, State.APPROVED, at)
    enter_in_journal(
        bridge,
        tx,
        act=CROSS_APPROVED,
        actor=request_key.caller,
        subject=found.cross_certification_id,
        details={"partner_id": found.partner_id, "approved_by": officer.path, "count": number},
        at=at,
    )


def _answer(
    bridge: BridgeContext, tx: Transaction, identifier: str, request_key: RequestKey
) -> CrossAnswer:
    answer = CrossAnswer.of(lock_cross(tx, identifier))
    bridge.requests.remember(tx, request_key, answer.to_bytes(), bridge.clock.now())
    return answer


@by_the_owner
def reject(
    bridge: BridgeContext, cross_certification_id: str, officer: Officer, request_key: RequestKey
) -> CrossAnswer:
    """One officer's rejection ends it; on a retry the first answer.

    Raises ``CROSS_CERTIFICATE_NOT_FOUND``, ``WRONG_STATE``.
    """
    at = bridge.clock.now()

    def work(tx: Transaction) -> CrossAnswer:
        found = lock_cross(tx, cross_certification_id)
        _require_pending(found)
        crosses.move(tx, cross_certification_id, State.PENDING, State.REJECTED, at)
        enter_in_journal(
            bridge,
            tx,
            act=CROSS_REJECTED,
            actor=request_key.caller,
            subject=cross_certification_id,
            details={"partner_id": found.partner_id, "officer": officer.path},
            at=at,
        )
        return CrossAnswer.of(lock_cross(tx, cross_certification_id))

    return CrossAnswer.from_bytes(
        bridge.requests.once(bridge.writer, request_key, at, lambda tx: work(tx).to_bytes())
    )


def _require_pending(found: CrossRecord) -> None:
    if found.state is not State.PENDING:
        raise OpenJpkiError(
            Reason.WRONG_STATE,
            f"is {found.state.value}, no longer pending",
            field="cross_certification_id",
            state=found.state.value,
        )
