"""The end of cross certificates: proposed by one officer, approved by another, published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import delete, or_, select, update

from openjpki.domain.authority_revocation import CrossRevocationCause
from openjpki.domain.policy import RevocationReason
from openjpki.storage.bridge.crosses import approval_columns, approval_of
from openjpki.storage.bridge.kinds import Direction, RevocationState, State
from openjpki.storage.bridge.tables import cross_certifications as _crosses
from openjpki.storage.bridge.tables import cross_revocations as _revocations
from openjpki.storage.bridge.tables import revocation_approvals as _approvals
from openjpki.storage.bridge.tables import revocation_renewals as _renewals
from openjpki.storage.kernel.unreadable import NOT_READ, Unreadable, read_each

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openjpki.storage.bridge.crosses import Approval
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow

T = TypeVar("T")

_EVER = datetime.min.replace(tzinfo=UTC)
_LISTED_EVER = datetime.fromtimestamp(0, UTC)
"""The same, as ca's lists say it."""
_NOT_LISTED = False
_LONGEST = 20
"""Octets of a serial number (RFC 5280, 4.1.2.2)."""


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
    serial: bytes | None
    """None where it can't be read: the certificate has it too."""
    certificate: bytes
    """X.509 DER; nothing where it can't be read."""
    reason: RevocationReason
    revoked_at: datetime
    listed: bool
    """Whether a list with it was published."""


@dataclass(frozen=True, slots=True)
class EndedCross:
    """A cross certificate that two officers have ended."""

    cross_certification_id: str
    certificate: bytes
    """X.509 DER."""
    revoked_at: datetime


def get(tx: Reading, cross_certification_id: str) -> CrossRevocation | None:
    """The end of a cross certificate as far as it has come, or None. Who decides by it locks the
    cross-certification first. Raises ``STORED_UNREADABLE``."""
    approvals, renewals = (
        read_each(
            tx,
            select(table)
            .where(table.c.cross_certification_id == cross_certification_id)
            .order_by(*order),
            approval_of,
            table=table,
            left_out=None,
        )
        for table, order in ((_approvals, (_approvals.c.number,)), (_renewals, ()))
    )

    def ending(row: StoredRow) -> CrossRevocation:
        return CrossRevocation(
            cross_certification_id=row.cross_certification_id,
            cause=CrossRevocationCause(row.cause),
            state=RevocationState(row.state),
            approvals=tuple(approvals),
            revoked_at=row.revoked_at,
            renewal=renewals[0] if renewals else None,
        )

    wanted = select(_revocations).where(
        _revocations.c.cross_certification_id == cross_certification_id
    )
    found = read_each(tx, wanted, ending, table=_revocations, left_out=None)
    return found[0] if found else None


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
            **approval_columns(approval),
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


def awaiting_officer(tx: Reading) -> list[str]:
    """Ids of those that one officer has proposed, or signed anew, and that wait for another."""
    rows = tx.connection.execute(
        select(_revocations.c.cross_certification_id)
        .join(
            _renewals,
            _renewals.c.cross_certification_id == _revocations.c.cross_certification_id,
            isouter=True,
        )
        .where(
            or_(
                _revocations.c.state == RevocationState.PROPOSED.value,
                _renewals.c.officer.is_not(None),
            )
        )
        .order_by(_revocations.c.cross_certification_id)
    )
    return [row.cross_certification_id for row in rows]


def of_own(tx: Reading, generation: int, *, left_out: LeftOut) -> list[RevokedCross]:
    """What a generation of the service bridge's key signed and two officers have ended.

    Of one whose cause or moment can't be read, that it ended is known: it is among them, for no
    stated cause and since ever, and told to ``left_out``; so is one of which it can't be read
    whether it was on a list, or what its number or its certificate is.
    """
    wanted = (
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

    def entry(row: StoredRow) -> RevokedCross:
        return RevokedCross(
            cross_certification_id=row.cross_certification_id,
            serial=_or(lambda: _serial(row), None, row, left_out),
            certificate=_or(lambda: bytes(row.certificate), b"", row, left_out),
            reason=_or(
                lambda: CrossRevocationCause(row.cause).reason,
                RevocationReason.UNSPECIFIED,
                row,
                left_out,
            ),
            revoked_at=_or(lambda: _moment(row), _LISTED_EVER, row, left_out),
            # Published at once, and marked so.
            listed=_or(lambda: bool(row.listed), _NOT_LISTED, row, left_out),
        )

    return read_each(tx, wanted, entry, table=_revocations, left_out=None)


def _serial(row: StoredRow) -> bytes | None:
    serial = bytes(row.serial)
    if not 0 < len(serial) <= _LONGEST:
        raise ValueError("no serial number")
    return serial


def _moment(row: StoredRow) -> datetime:
    moment: datetime | None = row.revoked_at
    if moment is None:
        raise TypeError("is not there, of one that has ended")
    return moment


def _or(read: Callable[[], T], otherwise: T, row: StoredRow, left_out: LeftOut) -> T:
    """What is read of a row, or what is said where it can't be; ``left_out`` is told."""
    try:
        return read()
    except NOT_READ as error:
        left_out(Unreadable.of(_revocations.name, row.key_in(_revocations), error))
        return otherwise


def ended(tx: Reading, *, left_out: LeftOut | None = None) -> list[EndedCross]:
    """Every cross certificate that two officers have ended, oldest proposal first. ``left_out``:
    told of one whose certificate or moment can't be read; whoever reads :func:`certificates` of
    those that stand does not find it."""
    wanted = (
        select(_crosses.c.cross_certification_id, _crosses.c.certificate, _revocations.c.revoked_at)
        .join(
            _revocations,
            _revocations.c.cross_certification_id == _crosses.c.cross_certification_id,
        )
        .where(_crosses.c.state == State.REVOKED.value, _crosses.c.certificate.is_not(None))
        .order_by(_crosses.c.proposed_at, _crosses.c.cross_certification_id)
    )

    def end(row: StoredRow) -> EndedCross:
        which, certificate = row.cross_certification_id, bytes(row.certificate)
        try:
            return EndedCross(which, certificate, _moment(row))
        except NOT_READ as error:
            # Nobody knows when: it counts at no time.
            if left_out is None:
                raise
            left_out(Unreadable.of(_revocations.name, row.key_in(_revocations), error))
            return EndedCross(which, certificate, _EVER)

    return read_each(tx, wanted, end, table=_crosses, left_out=left_out)


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


def _add(tx: Transaction, cross_certification_id: str, approval: Approval, number: int) -> None:
    tx.connection.execute(
        _approvals.insert().values(
            cross_certification_id=cross_certification_id,
            number=number,
            **approval_columns(approval),
        )
    )
