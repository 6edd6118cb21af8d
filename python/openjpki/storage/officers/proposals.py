"""Changes of the officers' register, proposed and decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from openjpki.domain.evidence import Occasion, OfficerSignature
from openjpki.domain.officers import KeyPeriod, Officer
from openjpki.domain.officers.enrolment import ProposalKind, ProposalState, RevocationOfOfficer
from openjpki.evidence.public_key import StatementPublicKey
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import read_each
from openjpki.storage.officers.tables import officer_proposals as _proposals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import Row

    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import Unreadable

    LeftOut = Callable[[Unreadable], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key to be enrolled, and what proves that it is the officer's."""

    public_key: StatementPublicKey
    presented: OfficerSignature
    period: KeyPeriod
    replaces: bytes | None
    """Fingerprint of the key that goes; None where the officer has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRecord:
    """A proposal: of a new key, or of a revocation."""

    proposal_id: str
    officer: Officer
    asks_for: NewKey | RevocationOfOfficer
    state: ProposalState
    proposed_by: str
    """SPIFFE id."""
    proposed_at: datetime

    @property
    def kind(self) -> ProposalKind:
        """What it would do."""
        if isinstance(self.asks_for, RevocationOfOfficer):
            return ProposalKind.REVOCATION
        if self.asks_for.replaces is None:
            return ProposalKind.ENROLMENT
        return ProposalKind.RENEWAL


def add(tx: Transaction, proposal: ProposalRecord) -> bool:
    """Keep an open proposal; False if there is one with its id."""
    asks = proposal.asks_for
    wanted: dict[str, Any] = (
        {"cause": asks.value}
        if isinstance(asks, RevocationOfOfficer)
        else {
            "public_key": asks.public_key.spki_der,
            "replaces": asks.replaces,
            "not_before": asks.period.not_before,
            "not_after": asks.period.not_after,
            "presented": asks.presented.signature,
            "presented_for": asks.presented.occasion.request_id,
            "presented_at": asks.presented.occasion.signed_at,
        }
    )
    return insert_if_absent(
        tx,
        _proposals,
        proposal_id=proposal.proposal_id,
        kind=proposal.kind.value,
        state=proposal.state.value,
        officer=str(proposal.officer),
        proposed_by=proposal.proposed_by,
        proposed_at=proposal.proposed_at,
        **wanted,
    )


def lock(tx: Transaction, proposal_id: str) -> ProposalRecord | None:
    """A proposal that nobody else decides meanwhile, or None."""
    row = tx.connection.execute(
        select(_proposals).where(_proposals.c.proposal_id == proposal_id).with_for_update()
    ).first()
    return None if row is None else _record(row)


def decide(
    tx: Transaction, proposal_id: str, state: ProposalState, *, by: str, at: datetime
) -> None:
    """End an open proposal. ``by``: SPIFFE id."""
    tx.connection.execute(
        update(_proposals)
        .where(_proposals.c.proposal_id == proposal_id)
        .values(state=state.value, decided_by=by, decided_at=at)
    )


def open_ones(tx: Reading, *, left_out: LeftOut | None = None) -> list[ProposalRecord]:
    """Those that wait for a decision, oldest first. ``left_out``: as of all that take it, told of
    one that can't be read; nobody can approve that one (:func:`lock` raises)."""
    rows = tx.connection.execute(
        select(_proposals)
        .where(_proposals.c.state == ProposalState.OPEN.value)
        .order_by(_proposals.c.proposed_at, _proposals.c.proposal_id)
    )
    return _records(rows, left_out)


def count_open(tx: Reading, proposed_by: str) -> int:
    """Keys that this operator (SPIFFE id) has proposed and that wait for a decision."""
    return tx.connection.execute(
        select(func.count()).where(
            _proposals.c.state == ProposalState.OPEN.value,
            _proposals.c.proposed_by == proposed_by,
            _proposals.c.cause.is_(None),
        )
    ).scalar_one()


def open_keys_of(
    tx: Reading, officer: Officer, *, left_out: LeftOut | None = None
) -> list[ProposalRecord]:
    """Keys proposed for this officer that wait for a decision."""
    rows = tx.connection.execute(
        select(_proposals).where(
            _proposals.c.state == ProposalState.OPEN.value,
            _proposals.c.officer == str(officer),
            _proposals.c.cause.is_(None),
        )
    )
    return _records(rows, left_out)


def open_keys_presented_before(
    tx: Reading, moment: datetime, *, left_out: LeftOut | None = None
) -> list[ProposalRecord]:
    """Keys that wait for a decision, and whose officer signed for them before that."""
    rows = tx.connection.execute(
        select(_proposals).where(
            _proposals.c.state == ProposalState.OPEN.value,
            _proposals.c.presented_at < moment,
        )
    )
    return _records(rows, left_out)


def ends_since(tx: Reading, moment: datetime) -> Iterator[tuple[Officer, RevocationOfOfficer]]:
    """Officers whose end was proposed from a moment on and not turned down, oldest first."""
    rows = tx.connection.execute(
        select(_proposals.c.officer, _proposals.c.cause)
        .where(
            _proposals.c.cause.is_not(None),
            _proposals.c.state != ProposalState.REJECTED.value,
            _proposals.c.proposed_at >= moment,
        )
        .order_by(_proposals.c.proposed_at, _proposals.c.proposal_id)
    )
    for row in rows:
        yield Officer.parse(row.officer), RevocationOfOfficer(row.cause)


def end(tx: Transaction, proposal_id: str, *, by: str, at: datetime) -> bool:
    """Reject an open proposal that nobody has decided meanwhile; False if somebody has."""
    ended = tx.connection.execute(
        update(_proposals)
        .where(
            _proposals.c.proposal_id == proposal_id,
            _proposals.c.state == ProposalState.OPEN.value,
        )
        .values(state=ProposalState.REJECTED.value, decided_by=by, decided_at=at)
    )
    return ended.rowcount == 1


def _records(rows: Iterable[Row[Any]], left_out: LeftOut | None) -> list[ProposalRecord]:
    return read_each(
        rows,
        _record,
        table=_proposals.name,
        key=lambda row: str(row.proposal_id),
        left_out=left_out,
    )


def _record(row: Row[Any]) -> ProposalRecord:
    officer = Officer.parse(row.officer)
    return ProposalRecord(
        proposal_id=row.proposal_id,
        officer=officer,
        asks_for=(_new_key(row, officer) if row.cause is None else RevocationOfOfficer(row.cause)),
        state=ProposalState(row.state),
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
    )


def _new_key(row: Row[Any], officer: Officer) -> NewKey:
    public_key = StatementPublicKey.parse(bytes(row.public_key))
    occasion = Occasion(officer=officer, request_id=row.presented_for, signed_at=row.presented_at)
    return NewKey(
        public_key=public_key,
        presented=OfficerSignature(
            occasion=occasion, key_sha256=public_key.sha256, signature=bytes(row.presented)
        ),
        period=KeyPeriod(row.not_before, row.not_after),
        replaces=None if row.replaces is None else bytes(row.replaces),
    )
