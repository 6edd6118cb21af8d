"""Lists from which on an issuer's numbers count anew, as officers have accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from openjpki.storage.bridge.tables import accepted_numberings as _accepted
from openjpki.storage.bridge.tables import kept_lists as _kept
from openjpki.storage.bridge.tables import taken_out_lists as _out
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import read_each
from openjpki.storage.officers.signatures import signature_columns, signature_of

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.evidence import OfficerSignature
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedNumbering:
    """One officer's acceptance."""

    sha256: bytes
    """Of the list, DER."""
    partner_id: str
    """Whose list it is, or who hands it in."""
    replaced: bytes | None
    """SHA-256 of the list with the higher number, once this one has taken its place."""
    accepted_at: datetime
    evidence: OfficerSignature
    """What the officer signed."""


def add(tx: Transaction, accepted: AcceptedNumbering) -> bool:
    """Keep an acceptance; False if the list was accepted before."""
    occasion = accepted.evidence.occasion
    return insert_if_absent(
        tx,
        _accepted,
        sha256=accepted.sha256,
        partner_id=accepted.partner_id,
        replaced=accepted.replaced,
        actor=str(occasion.officer),
        request_id=occasion.request_id,
        accepted_at=accepted.accepted_at,
        **signature_columns(accepted.evidence),
    )


def all_of(tx: Reading, *, left_out: LeftOut | None = None) -> list[AcceptedNumbering]:
    """Every acceptance, oldest first. ``left_out``: told of one that can't be read; numbers do not
    count anew by it."""
    wanted = select(_accepted).order_by(_accepted.c.accepted_at)
    return read_each(tx, wanted, _acceptance, table=_accepted, left_out=left_out)


def unused(
    tx: Reading, sha256: bytes, partner_id: str, *, left_out: LeftOut
) -> AcceptedNumbering | None:
    """The acceptance of this list of a partner's, until the list has taken another's place; None
    too where it can't be read, which ``left_out`` is told."""
    wanted = select(_accepted).where(
        _accepted.c.sha256 == sha256,
        _accepted.c.partner_id == partner_id,
        _accepted.c.replaced.is_(None),
    )
    found = read_each(tx, wanted, _acceptance, table=_accepted, left_out=left_out)
    return found[0] if found else None


def ended(tx: Reading, issuer: bytes, scope: bytes) -> bytes | None:
    """SHA-256 of the list that one took the place of from which on numbers counted anew, and which
    an officer has taken out since; None where the newest such one of the issuer and scope is kept,
    or there is none."""
    of_kept, of_out = (
        tx.connection.execute(
            select(table.c.this_update, _accepted.c.replaced)
            .join(_accepted, _accepted.c.sha256 == table.c.sha256)
            .where(
                table.c.issuer == issuer, table.c.scope == scope, _accepted.c.replaced.is_not(None)
            )
            .order_by(table.c.this_update.desc())
            .limit(1)
        ).first()
        for table in (_kept, _out)
    )
    if of_out is None or (of_kept is not None and of_kept.this_update > of_out.this_update):
        return None
    return bytes(of_out.replaced)


def made_use_of(tx: Transaction, sha256: bytes, replaced: bytes) -> None:
    """The list has taken the place of one with a higher number."""
    tx.connection.execute(
        update(_accepted)
        .where(_accepted.c.sha256 == sha256, _accepted.c.replaced.is_(None))
        .values(replaced=replaced)
    )


def _acceptance(row: StoredRow) -> AcceptedNumbering:
    return AcceptedNumbering(
        sha256=bytes(row.sha256),
        partner_id=row.partner_id,
        replaced=None if row.replaced is None else bytes(row.replaced),
        accepted_at=row.accepted_at,
        evidence=signature_of(row, row.actor),
    )
