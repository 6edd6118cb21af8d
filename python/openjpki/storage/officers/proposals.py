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
from openjpki.storage.kernel.unreadable import NOT_READ, Unreadable, read_each, rows_of, shown
from openjpki.storage.officers.tables import officer_proposals as _proposals

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select

    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow


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
    proposed_with: str | None = None
    """Of a key: ``sha256:`` and the fingerprint of the certificate of the mesh that it was proposed
    with, where that is known."""

    @property
    def kind(self) -> ProposalKind:
        """What it would do."""
        if isinstance(self.asks_for, RevocationOfOfficer):
            return ProposalKind.REVOCATION
        if self.asks_for.replaces is None:
            return ProposalKind.ENROLMENT
        return ProposalKind.RENEWAL


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableProposal:
    """A proposal that can't be read: no more is known of it than what says who may end it."""

    proposal_id: str
    officer: Officer | None
    """None where that is what can't be read."""
    revokes: bool
    """Whether it is one of a revocation; those suspend keys until they are decided."""
    state: str
    """As in the database."""
    proposed_by: str
    """As in the database; else a SPIFFE id."""


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
        proposed_with=proposal.proposed_with,
        **wanted,
    )


def lock(tx: Transaction, proposal_id: str) -> ProposalRecord | UnreadableProposal | None:
    """A proposal that nobody else decides meanwhile, or None."""
    wanted = select(_proposals).where(_proposals.c.proposal_id == proposal_id).with_for_update()
    row = next(rows_of(tx, wanted), None)
    if row is None:
        return None
    try:
        return _record(row)
    except NOT_READ:
        return _unreadable(row)


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
    one that can't be read (:func:`unreadable_ones`)."""
    return _records(tx, _OPEN, left_out)


def unreadable_ones(tx: Reading) -> list[UnreadableProposal]:
    """Those that wait for a decision and that :func:`open_ones` leaves out."""
    found = []
    for row in rows_of(tx, _OPEN):
        try:
            _record(row)
        except NOT_READ:
            found.append(_unreadable(row))
    return found


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
    wanted = select(_proposals).where(
        _proposals.c.state == ProposalState.OPEN.value,
        _proposals.c.officer == str(officer),
        _proposals.c.cause.is_(None),
    )
    return _records(tx, wanted, left_out)


def open_keys_presented_before(
    tx: Reading, moment: datetime, *, left_out: LeftOut | None = None
) -> list[ProposalRecord]:
    """Keys that wait for a decision, and whose officer signed for them before that."""
    wanted = select(_proposals).where(
        _proposals.c.state == ProposalState.OPEN.value,
        _proposals.c.presented_at < moment,
    )
    return _records(tx, wanted, left_out)


def ends_since(
    tx: Reading, moment: datetime, *, left_out: LeftOut
) -> list[tuple[Officer, RevocationOfOfficer]]:
    """Officers whose end was proposed from a moment on and not turned down, oldest first. Of one
    whose cause can't be read the worst is assumed; ``left_out`` is told of it, and of a row that
    does not say who it is."""
    wanted = (
        select(_proposals.c.proposal_id, _proposals.c.officer, _proposals.c.cause)
        .where(
            _proposals.c.cause.is_not(None),
            _proposals.c.state != ProposalState.REJECTED.value,
            _proposals.c.proposed_at >= moment,
        )
        .order_by(_proposals.c.proposed_at, _proposals.c.proposal_id)
    )

    def ended(row: StoredRow) -> tuple[Officer, RevocationOfOfficer]:
        officer = Officer.parse(row.officer)
        try:
            return officer, RevocationOfOfficer(row.cause)
        except NOT_READ as error:
            left_out(Unreadable.of(_proposals.name, row.key_in(_proposals), error))
            return officer, RevocationOfOfficer.KEY_COMPROMISE

    return read_each(tx, wanted, ended, table=_proposals, left_out=left_out)


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


_OPEN = (
    select(_proposals)
    .where(_proposals.c.state == ProposalState.OPEN.value)
    .order_by(_proposals.c.proposed_at, _proposals.c.proposal_id)
)


def _records(tx: Reading, wanted: Select[Any], left_out: LeftOut | None) -> list[ProposalRecord]:
    return read_each(tx, wanted, _record, table=_proposals, left_out=left_out)


def _record(row: StoredRow) -> ProposalRecord:
    officer = Officer.parse(row.officer)
    return ProposalRecord(
        proposal_id=row.proposal_id,
        officer=officer,
        asks_for=(_new_key(row, officer) if row.cause is None else RevocationOfOfficer(row.cause)),
        state=ProposalState(row.state),
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        proposed_with=row.proposed_with,
    )


def _unreadable(row: StoredRow) -> UnreadableProposal:
    try:
        officer = Officer.parse(row.officer)
    except NOT_READ:
        officer = None
    return UnreadableProposal(
        proposal_id=shown(row.stored("proposal_id")),
        officer=officer,
        revokes=row.stored("kind") == ProposalKind.REVOCATION.value,
        state=shown(row.stored("state")),
        proposed_by=shown(row.stored("proposed_by")),
    )


def _new_key(row: StoredRow, officer: Officer) -> NewKey:
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
