"""Revocations that one governor's officer has proposed, for another to approve (R3.1.2c)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from openjpki.domain.evidence import Occasion, OfficerSignature
from openjpki.domain.officers import Officer
from openjpki.domain.policy import RevocationCause
from openjpki.storage.ca.tables import revocation_proposals as _proposals
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import read_each, read_one

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Select

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow


class ProposedState(Enum):
    """What became of it; the value stands in the table."""

    OPEN = "open"
    DONE = "done"
    """Another officer approved, and the certificate was revoked in the same act."""
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    """Nobody decided in time."""
    DENIED = "denied"
    """Whoever proposed it is denied since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationProposal:
    """One of them."""

    authority_id: AuthorityId
    proposal_id: str
    serial: bytes
    cause: RevocationCause
    state: ProposedState
    proposed_by: str
    """SPIFFE id."""
    proposed_with: str | None
    """``sha256:`` and the fingerprint of the certificate of the mesh that it was proposed with."""
    proposed_at: datetime
    signature: OfficerSignature
    """Of who proposed it."""
    ended_by: str | None = None
    """SPIFFE id, or ``ca``; None while it is open."""
    ended_at: datetime | None = None
    evidence_until: datetime | None = None
    """Until when the certificate's evidence is kept; None unless done."""


def add(tx: Transaction, proposal: RevocationProposal) -> bool:
    """Keep an open one; False if one with its id, or an open one of its certificate, is there."""
    signature = proposal.signature
    return insert_if_absent(
        tx,
        _proposals,
        authority_id=proposal.authority_id,
        proposal_id=proposal.proposal_id,
        serial=proposal.serial,
        cause=proposal.cause.value,
        state=proposal.state.value,
        proposed_by=proposal.proposed_by,
        proposed_with=proposal.proposed_with,
        proposed_at=proposal.proposed_at,
        officer=str(signature.occasion.officer),
        request_id=signature.occasion.request_id,
        signed_at=signature.occasion.signed_at,
        key_sha256=signature.key_sha256,
        signature=signature.signature,
    )


def get(tx: Reading, authority_id: AuthorityId, proposal_id: str) -> RevocationProposal | None:
    """One, or None. Raises ``STORED_UNREADABLE``."""
    return read_one(tx, _one(authority_id, proposal_id), _read, table=_proposals)


def lock(tx: Transaction, authority_id: AuthorityId, proposal_id: str) -> RevocationProposal | None:
    """The same, which nobody else decides meanwhile."""
    wanted = _one(authority_id, proposal_id).with_for_update()
    return read_one(tx, wanted, _read, table=_proposals)


def open_of(tx: Reading, authority_id: AuthorityId, serial: bytes) -> str | None:
    """Id of the open one of a certificate, or None."""
    found: str | None = tx.connection.execute(
        select(_proposals.c.proposal_id).where(
            _proposals.c.authority_id == authority_id,
            _proposals.c.serial == serial,
            _proposals.c.state == ProposedState.OPEN.value,
        )
    ).scalar()
    return found


def of(
    tx: Reading,
    authority_id: AuthorityId,
    states: Collection[ProposedState] = (),
    *,
    serial: bytes | None = None,
    left_out: LeftOut | None = None,
) -> list[RevocationProposal]:
    """An authority's, oldest first: in these states, or in any. ``left_out``: told of one that
    can't be read."""
    wanted = select(_proposals).where(_proposals.c.authority_id == authority_id)
    if states:
        wanted = wanted.where(_proposals.c.state.in_([one.value for one in states]))
    if serial is not None:
        wanted = wanted.where(_proposals.c.serial == serial)
    wanted = wanted.order_by(_proposals.c.proposed_at, _proposals.c.proposal_id)
    return read_each(tx, wanted, _read, table=_proposals, left_out=left_out)


def count_open(tx: Reading, authority_id: AuthorityId, proposed_by: str) -> int:
    """How many of one officer's wait. ``proposed_by``: SPIFFE id."""
    return tx.connection.execute(
        select(func.count()).where(
            _proposals.c.authority_id == authority_id,
            _proposals.c.state == ProposedState.OPEN.value,
            _proposals.c.proposed_by == proposed_by,
        )
    ).scalar_one()


def end(
    tx: Transaction,
    proposal: RevocationProposal,
    state: ProposedState,
    *,
    by: str,
    at: datetime,
    evidence_until: datetime | None = None,
) -> bool:
    """End an open one; False if it is open no more. ``by``: SPIFFE id, or ``ca``."""
    result = tx.connection.execute(
        update(_proposals)
        .where(
            _proposals.c.authority_id == proposal.authority_id,
            _proposals.c.proposal_id == proposal.proposal_id,
            _proposals.c.state == ProposedState.OPEN.value,
        )
        .values(state=state.value, ended_by=by, ended_at=at, evidence_until=evidence_until)
    )
    return result.rowcount == 1


def _one(authority_id: AuthorityId, proposal_id: str) -> Select[Any]:
    return select(_proposals).where(
        _proposals.c.authority_id == authority_id, _proposals.c.proposal_id == proposal_id
    )


def _read(row: StoredRow) -> RevocationProposal:
    return RevocationProposal(
        authority_id=row.authority_id,
        proposal_id=row.proposal_id,
        serial=bytes(row.serial),
        cause=RevocationCause(row.cause),
        state=ProposedState(row.state),
        proposed_by=row.proposed_by,
        proposed_with=row.proposed_with,
        proposed_at=row.proposed_at,
        signature=OfficerSignature(
            occasion=Occasion(
                officer=Officer.parse(row.officer),
                request_id=row.request_id,
                signed_at=row.signed_at,
            ),
            key_sha256=row.key_sha256,
            signature=row.signature,
        ),
        ended_by=row.ended_by,
        ended_at=row.ended_at,
        evidence_until=row.evidence_until,
    )
