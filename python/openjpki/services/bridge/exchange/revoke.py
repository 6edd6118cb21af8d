"""Ending a cross certificate before its time, by what two officers signed (R4.4).

1. The second officer's approval is durable: from here on no path goes through the certificate.
2. What the service bridge issued is on its next list, which is made at once. Of what a prefectural
   authority issued, the ca service is told (:mod:`openjpki.services.bridge.exchange.tell_issuer`).
   What a foreign partner issued is used no more; its own list is for the partner to make.

Where the authority takes what was signed no more, because it grew old or an officer was revoked,
two officers sign anew, in the same two calls; until both have, nothing changes.

Whatever is found approved and not told or listed, by a retry, at start or in a round of the jobs,
is taken up at step 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.context import by_the_owner, enter_in_journal
from openjpki.services.bridge.exchange.answers import CrossAnswer
from openjpki.services.bridge.exchange.approval_evidence import FIELD, require_end_approved
from openjpki.services.bridge.exchange.find_cross import lock_cross
from openjpki.services.bridge.exchange.tell_issuer import tell_issuer
from openjpki.services.bridge.find_partner import require_partner
from openjpki.services.bridge.journal import (
    CROSS_REVOCATION_PROPOSED,
    CROSS_REVOCATION_SIGNED_ANEW,
    CROSS_REVOKED,
)
from openjpki.services.bridge.own_signature import require_own_signature
from openjpki.storage.bridge import crosses, pool, revocations
from openjpki.storage.bridge.crosses import Approval
from openjpki.storage.bridge.kinds import Direction, PartnerKind, RevocationState, State
from openjpki.storage.kernel.beginning import Turn
from openjpki.x509.foreign.reading import read_certificate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from openjpki.domain.authority_revocation import CrossRevocationCause
    from openjpki.domain.evidence import OfficerSignature
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.exchange.decisions import Officer
    from openjpki.storage.bridge.crosses import CrossRecord
    from openjpki.storage.bridge.revocations import CrossRevocation
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading, Transaction


@dataclass(frozen=True, slots=True)
class Ending:
    """Which cross certificate an officer wants to end, and why."""

    cross_certification_id: str
    cause: CrossRevocationCause
    officer: Officer
    signature: OfficerSignature


@by_the_owner
def propose_revocation(
    bridge: BridgeContext, wanted: Ending, request_key: RequestKey
) -> CrossAnswer:
    """One officer's proposal; on a retry the first answer.

    Raises ``CROSS_CERTIFICATE_NOT_FOUND``, ``WRONG_STATE``, ``ALREADY_REVOKED``, and as
    :func:`~openjpki.services.bridge.exchange.approval_evidence.require_end_approved`.
    """
    identifier, at = wanted.cross_certification_id, bridge.clock.now()

    def work(tx: Transaction) -> bytes:
        found = lock_cross(tx, identifier)
        untold = _untold(found, revocations.get(tx, identifier))
        if untold is None:
            _require_issued(found)
        else:
            _require_cause(untold, wanted)
        _require_signed(tx, found, wanted, [], request_key, at)
        approval = _approval(bridge, wanted, request_key)
        if untold is None:
            revocations.propose(tx, identifier, wanted.cause, approval)
        else:
            revocations.propose_anew(tx, identifier, approval)
        enter_in_journal(
            bridge,
            tx,
            act=CROSS_REVOCATION_PROPOSED,
            actor=request_key.caller,
            subject=identifier,
            details={
                "partner_id": found.partner_id,
                "method": found.direction.value,
                "cause": wanted.cause.name,
                "officer": wanted.officer.path,
            },
            at=at,
        )
        return CrossAnswer.of(found, revocations.get(tx, identifier)).to_bytes()

    return CrossAnswer.from_bytes(
        bridge.requests.once(bridge.writer, request_key, at, work, turn=Turn.COUNTS)
    )


@by_the_owner
def approve_revocation(
    bridge: BridgeContext, wanted: Ending, request_key: RequestKey
) -> CrossAnswer:
    """Another officer's approval, which ends the certificate; on a retry the first answer.

    It is durable before anybody is told: a call that fails afterwards may be made again. Raises
    ``CROSS_CERTIFICATE_NOT_FOUND``, ``WRONG_STATE``, ``ALREADY_APPROVED_BY_OFFICER``,
    ``ALREADY_REVOKED``, ``CERTIFICATE_EXPIRED``, as
    :func:`~openjpki.services.bridge.exchange.approval_evidence.require_end_approved`, and as
    :func:`~openjpki.services.bridge.exchange.tell_issuer.tell_issuer`, also on a retry.
    """
    answer = bridge.writer.run(
        lambda tx: _approve(bridge, tx, wanted, request_key), turn=Turn.COUNTS
    )
    bridge.checkpoint("revocation approved")
    if answer is not None:
        return answer
    tell_issuer(bridge, wanted.cross_certification_id)

    def remember(tx: Transaction) -> CrossAnswer:
        known = bridge.requests.find(tx, request_key)
        if known is not None:
            return CrossAnswer.from_bytes(known)
        return _answer(bridge, tx, wanted.cross_certification_id, request_key)

    return bridge.writer.run(remember)


def _approve(
    bridge: BridgeContext, tx: Transaction, wanted: Ending, request_key: RequestKey
) -> CrossAnswer | None:
    """The answer, or None where the authority that issued it is still to be told."""
    known = bridge.requests.find(tx, request_key)
    if known is not None:
        return CrossAnswer.from_bytes(known)
    # Before the cross-certification's own row, as whoever stores a certificate takes both.
    pool.changing(tx)
    found = lock_cross(tx, wanted.cross_certification_id)
    ending = revocations.get(tx, wanted.cross_certification_id)
    untold = _untold(found, ending)
    if untold is not None and untold.renewal is not None:
        state = _sign_anew(bridge, tx, found, untold, untold.renewal, wanted, request_key)
    elif found.state is State.REVOKED and ending is not None:
        state = _state_after_same_call(ending, wanted.officer, request_key)
    else:
        _require_issued(found)
        state = _end(bridge, tx, found, _require_proposed(ending, wanted), wanted, request_key)
    if state is RevocationState.APPROVED:
        return None
    return _answer(bridge, tx, wanted.cross_certification_id, request_key)


def _end(
    bridge: BridgeContext,
    tx: Transaction,
    found: CrossRecord,
    proposed: CrossRevocation,
    wanted: Ending,
    request_key: RequestKey,
) -> RevocationState:
    identifier, at = found.cross_certification_id, bridge.clock.now()
    certificate = read_certificate(found.certificate or b"")
    if certificate.not_after + 1 <= at.timestamp():
        raise OpenJpkiError(
            Reason.CERTIFICATE_EXPIRED,
            "has a certificate that has expired: nothing is left to revoke",
            field="cross_certification_id",
        )
    earlier = [one.evidence for one in proposed.approvals if one.evidence is not None]
    _require_signed(tx, found, wanted, earlier, request_key, at)
    state = RevocationState.APPROVED if _is_told(tx, found) else RevocationState.DONE
    revocations.approve(
        tx,
        identifier,
        _approval(bridge, wanted, request_key),
        state=state,
        at=at.replace(microsecond=0),
    )
    crosses.move(tx, identifier, State.ISSUED, State.REVOKED, at)
    enter_in_journal(
        bridge,
        tx,
        act=CROSS_REVOKED,
        actor=request_key.caller,
        subject=identifier,
        details={
            "partner_id": found.partner_id,
            "method": found.direction.value,
            "cause": proposed.cause.name,
            "serial": f"{certificate.serial:040x}",
            "proposed_by": proposed.approvals[0].actor,
            "approved_by": wanted.officer.path,
        },
        at=at,
    )
    return state


def _sign_anew(
    bridge: BridgeContext,
    tx: Transaction,
    found: CrossRecord,
    untold: CrossRevocation,
    renewal: Approval,
    wanted: Ending,
    request_key: RequestKey,
) -> RevocationState:
    identifier, at = found.cross_certification_id, bridge.clock.now()
    if _is_same_call(untold, wanted.officer, request_key):
        return untold.state
    _require_cause(untold, wanted)
    if renewal.officer == wanted.officer.person:
        raise _own_proposal()
    earlier = [] if renewal.evidence is None else [renewal.evidence]
    _require_signed(tx, found, wanted, earlier, request_key, at)
    revocations.renew(tx, identifier, [renewal, _approval(bridge, wanted, request_key)])
    enter_in_journal(
        bridge,
        tx,
        act=CROSS_REVOCATION_SIGNED_ANEW,
        actor=request_key.caller,
        subject=identifier,
        details={
            "partner_id": found.partner_id,
            "method": found.direction.value,
            "proposed_by": renewal.actor,
            "approved_by": wanted.officer.path,
        },
        at=at,
    )
    return untold.state


def _untold(found: CrossRecord, ending: CrossRevocation | None) -> CrossRevocation | None:
    """The end of a certificate whose issuer is still to be told, or None."""
    if found.state is not State.REVOKED or ending is None:
        return None
    return ending if ending.state is RevocationState.APPROVED else None


def _is_told(tx: Reading, found: CrossRecord) -> bool:
    """Whether the ca service issued it."""
    partner = require_partner(tx, found.partner_id)
    return found.direction is Direction.FROM_PARTNER and partner.kind is PartnerKind.PREFECTURAL


def _require_signed(
    tx: Reading,
    found: CrossRecord,
    wanted: Ending,
    earlier: Sequence[OfficerSignature],
    request_key: RequestKey,
    at: datetime,
) -> None:
    require_own_signature(
        wanted.signature, wanted.officer.path, request_key.request_id, field=FIELD
    )
    require_end_approved(tx, found, wanted.cause, [*earlier, wanted.signature], at)


def _approval(bridge: BridgeContext, wanted: Ending, request_key: RequestKey) -> Approval:
    return Approval(
        officer=wanted.officer.person,
        actor=wanted.officer.path,
        request_id=request_key.request_id,
        approved_at=bridge.clock.now(),
        evidence=wanted.signature,
    )


def _answer(
    bridge: BridgeContext, tx: Transaction, identifier: str, request_key: RequestKey
) -> CrossAnswer:
    answer = CrossAnswer.of(lock_cross(tx, identifier), revocations.get(tx, identifier))
    bridge.requests.remember(tx, request_key, answer.to_bytes(), bridge.clock.now())
    return answer


def _require_issued(found: CrossRecord) -> None:
    if found.state is State.REVOKED:
        raise _already_revoked()
    if found.state is not State.ISSUED:
        raise OpenJpkiError(
            Reason.WRONG_STATE,
            f"is {found.state.value}: there is no certificate to revoke",
            field="cross_certification_id",
            state=found.state.value,
        )


def _require_proposed(ending: CrossRevocation | None, wanted: Ending) -> CrossRevocation:
    if ending is None or ending.cause is not wanted.cause:
        raise _other_cause(State.ISSUED)
    if any(one.officer == wanted.officer.person for one in ending.approvals):
        raise _own_proposal()
    return ending


def _require_cause(untold: CrossRevocation, wanted: Ending) -> None:
    """What was ended, and is published here, keeps its cause."""
    if untold.cause is not wanted.cause:
        raise _other_cause(State.REVOKED)


def _other_cause(state: State) -> OpenJpkiError:
    return OpenJpkiError(
        Reason.WRONG_STATE,
        "has no proposal to revoke its certificate for this cause",
        field="cause",
        state=state.value,
    )


def _own_proposal() -> OpenJpkiError:
    return OpenJpkiError(
        Reason.ALREADY_APPROVED_BY_OFFICER,
        "was proposed by this officer; the approval is another one's",
        field="cross_certification_id",
    )


def _state_after_same_call(
    ending: CrossRevocation, officer: Officer, request_key: RequestKey
) -> RevocationState:
    """Where the revocation stands, if this very call has approved it; else ``ALREADY_REVOKED``."""
    if not _is_same_call(ending, officer, request_key):
        raise _already_revoked()
    return ending.state


def _is_same_call(ending: CrossRevocation, officer: Officer, request_key: RequestKey) -> bool:
    # None of an end that an operator has entered anew from the journal.
    return any(
        (approved.officer, approved.request_id) == (officer.person, request_key.request_id)
        for approved in ending.approvals[-1:]
    )


def _already_revoked() -> OpenJpkiError:
    return OpenJpkiError(
        Reason.ALREADY_REVOKED, "was revoked before", field="cross_certification_id"
    )
