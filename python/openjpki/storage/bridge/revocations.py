"""The end of cross certificates: proposed by one officer, approved by another, published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from openjpki.domain.authority_revocation import CrossRevocationCause
from openjpki.storage.bridge.crosses import Approval, signature_columns, signature_of
from openjpki.storage.bridge.kinds import Direction, RevocationState, State
from openjpki.storage.bridge.tables import cross_certifications as _crosses
from openjpki.storage.bridge.tables import cross_revocations as _revocations
from openjpki.storage.bridge.tables import revocation_approvals as _approvals
from openjpki.storage.bridge.tables import revocation_renewals as _renewals

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from openjpki.storage.kernel.transaction import Reading, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossRevocation:
    """How a cross certificate ends."""

    cross_certification_id: str
    cause: CrossRevocationCause
    state: RevocationState
    approvals: tuple[Approval, ...]
    """Who proposed it, and then who approved it."""
    revoked_at: datetime | None = None
    """Whole seconds; once approved."""
    renewal: Approval | None = None
    """Who has signed anew what is approved and not told, until a second officer does."""


@dataclass(frozen=True, slots=True)
class RevokedCross:
    """An entry of the service bridge's own list."""

    cross_certification_id: str
    serial: bytes
    certificate: bytes
    """X.509 DER."""
    cause: CrossRevocationCause
    revoked_at: datetime
    listed: bool
    """Whether a list with it was published."""


@dataclass(frozen=True, slots=True)
class EndedCross:
    """A cross certificate that two officers have ended."""

    certificate: bytes
    """X.509 DER."""
    revoked_at: datetime


def get(tx: Reading, cross_certification_id: str) -> CrossRevocation | None:
    """The end of a cross certificate as far as it has come, or None. Who decides by it locks the
    cross-certification first."""
    row = tx.connection.execute(
        select(_revocations).where(_revocations.c.cross_certification_id == cross_certification_id)
    ).first()
    if row is None:
        return None
    given = tx.connection.execute(
        select(_approvals)
        .where(_approvals.c.cross_certification_id == cross_certification_id)
        .order_by(_approvals.c.number)
    )
    anew = tx.connection.execute(
        select(_renewals).where(_renewals.c.cross_certification_id == cross_certification_id)
    ).first()
    return CrossRevocation(
        cross_certification_id=cross_certification_id,
        cause=CrossRevocationCause(row.cause),
        state=RevocationState(row.state),
        approvals=tuple(_approval(one) for one in given),
        revoked_at=row.revoked_at,
        renewal=None if anew is None else _approval(anew),
    )


def propose(
    tx: Transaction,
    cross_certification_id: str,
    cause: CrossRevocationCause,
    approval: Approval,
) -> None:
    """Keep a proposal, in place of one that nobody has approved."""
    for table in (_approvals, _revocations):
        of_it = table.c.cross_certification_id == cross_certification_id
        tx.connection.execute(delete(table).where(of_it))
    tx.connection.execute(
        _revocations.insert().values(
            cross_certification_id=cross_certification_id,
            cause=cause.value,
            state=RevocationState.PROPOSED.value,
            listed=False,
        )
    )
    _add(tx, cross_certification_id, approval, 1)


def approve(
    tx: Transaction,
    cross_certification_id: str,
    approval: Approval,
    *,
    state: RevocationState,
    at: datetime,
) -> None:
    """Keep the second officer's approval of what is proposed; ``at``: whole seconds."""
    _add(tx, cross_certification_id, approval, 2)
    tx.connection.execute(
        update(_revocations)
        .where(_revocations.c.cross_certification_id == cross_certification_id)
        .values(state=state.value, revoked_at=at)
    )


def propose_anew(tx: Transaction, cross_certification_id: str, approval: Approval) -> None:
    """Keep who signed an approved end anew, in place of who did so before; those that are there
    stay until a second officer signs."""
    _forget_renewal(tx, cross_certification_id)
    tx.connection.execute(
        _renewals.insert().values(
            cross_certification_id=cross_certification_id,
            officer=approval.officer,
            actor=approval.actor,
            request_id=approval.request_id,
            approved_at=approval.approved_at,
            **signature_columns(approval.evidence),
        )
    )


def renew(tx: Transaction, cross_certification_id: str, approvals: Sequence[Approval]) -> None:
    """Two officers' new signatures in place of the old."""
    of_it = _approvals.c.cross_certification_id == cross_certification_id
    tx.connection.execute(delete(_approvals).where(of_it))
    for number, one in enumerate(approvals, start=1):
        _add(tx, cross_certification_id, one, number)
    _forget_renewal(tx, cross_certification_id)


def finish(tx: Transaction, cross_certification_id: str) -> bool:
    """The authority that issued it has revoked it; False if that was known."""
    result = tx.connection.execute(
        update(_revocations)
        .where(
            _revocations.c.cross_certification_id == cross_certification_id,
            _revocations.c.state == RevocationState.APPROVED.value,
        )
        .values(state=RevocationState.DONE.value)
    )
    _forget_renewal(tx, cross_certification_id)
    return result.rowcount == 1


def unfinished(tx: Reading) -> list[str]:
    """Ids of those that the authority which issued them is still to be told."""
    rows = tx.connection.execute(
        select(_revocations.c.cross_certification_id)
        .where(_revocations.c.state == RevocationState.APPROVED.value)
        .order_by(_revocations.c.revoked_at, _revocations.c.cross_certification_id)
    )
    return [row.cross_certification_id for row in rows]


def of_own(tx: Reading, generation: int) -> list[RevokedCross]:
    """What a generation of the service bridge's key signed and two officers have ended."""
    rows = tx.connection.execute(
        select(
            _crosses.c.cross_certification_id,
            _crosses.c.serial,
            _crosses.c.certificate,
            _revocations.c.cause,
            _revocations.c.revoked_at,
            _revocations.c.listed,
        )
        .join(
            _revocations,
            _revocations.c.cross_certification_id == _crosses.c.cross_certification_id,
        )
        .where(
            _crosses.c.generation == generation,
            _crosses.c.direction == Direction.TO_PARTNER.value,
            _revocations.c.state == RevocationState.DONE.value,
        )
        .order_by(_crosses.c.serial)
    )
    return [
        RevokedCross(
            cross_certification_id=row.cross_certification_id,
            serial=bytes(row.serial),
            certificate=bytes(row.certificate),
            cause=CrossRevocationCause(row.cause),
            revoked_at=row.revoked_at,
            listed=row.listed,
        )
        for row in rows
    ]


def ended(tx: Reading) -> list[EndedCross]:
    """Every cross certificate that two officers have ended, oldest proposal first."""
    rows = tx.connection.execute(
        select(_crosses.c.certificate, _revocations.c.revoked_at)
        .join(
            _revocations,
            _revocations.c.cross_certification_id == _crosses.c.cross_certification_id,
        )
        .where(_crosses.c.state == State.REVOKED.value, _crosses.c.certificate.is_not(None))
        .order_by(_crosses.c.proposed_at, _crosses.c.cross_certification_id)
    )
    return [EndedCross(bytes(row.certificate), row.revoked_at) for row in rows]


def mark_listed(tx: Transaction, entries: Sequence[RevokedCross]) -> None:
    """A list with these is published."""
    tx.connection.execute(
        update(_revocations)
        .where(
            _revocations.c.cross_certification_id.in_(
                [one.cross_certification_id for one in entries]
            )
        )
        .values(listed=True)
    )


def _forget_renewal(tx: Transaction, cross_certification_id: str) -> None:
    of_it = _renewals.c.cross_certification_id == cross_certification_id
    tx.connection.execute(delete(_renewals).where(of_it))


def _approval(row: Row[Any]) -> Approval:
    return Approval(
        officer=row.officer,
        actor=row.actor,
        request_id=row.request_id,
        approved_at=row.approved_at,
        evidence=signature_of(row),
    )


def _add(tx: Transaction, cross_certification_id: str, approval: Approval, number: int) -> None:
    tx.connection.execute(
        _approvals.insert().values(
            cross_certification_id=cross_certification_id,
            officer=approval.officer,
            number=number,
            actor=approval.actor,
            request_id=approval.request_id,
            approved_at=approval.approved_at,
            **signature_columns(approval.evidence),
        )
    )
