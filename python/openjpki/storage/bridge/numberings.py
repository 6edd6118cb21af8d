"""Lists from which on an issuer's numbers count anew, as officers have accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from openjpki.domain.evidence import Occasion, OfficerSignature
from openjpki.domain.officers import Officer
from openjpki.storage.bridge.tables import accepted_numberings as _accepted
from openjpki.storage.kernel.columns import insert_if_absent

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading, Transaction


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
        key_sha256=accepted.evidence.key_sha256,
        signed_at=occasion.signed_at,
        signature=accepted.evidence.signature,
    )


def all_of(tx: Reading) -> list[AcceptedNumbering]:
    """Every acceptance, oldest first."""
    rows = tx.connection.execute(select(_accepted).order_by(_accepted.c.accepted_at))
    return [
        AcceptedNumbering(
            sha256=bytes(row.sha256),
            partner_id=row.partner_id,
            replaced=None if row.replaced is None else bytes(row.replaced),
            accepted_at=row.accepted_at,
            evidence=OfficerSignature(
                occasion=Occasion(
                    officer=Officer.parse(row.actor),
                    request_id=row.request_id,
                    signed_at=row.signed_at,
                ),
                key_sha256=bytes(row.key_sha256),
                signature=bytes(row.signature),
            ),
        )
        for row in rows
    ]


def is_accepted(tx: Reading, sha256: bytes, partner_id: str) -> bool:
    """Whether numbers may count anew from this list of a partner's on."""
    found = tx.connection.execute(
        select(_accepted.c.sha256).where(
            _accepted.c.sha256 == sha256, _accepted.c.partner_id == partner_id
        )
    ).first()
    return found is not None


def made_use_of(tx: Transaction, sha256: bytes, replaced: bytes) -> None:
    """The list has taken the place of one with a higher number."""
    tx.connection.execute(
        update(_accepted)
        .where(_accepted.c.sha256 == sha256, _accepted.c.replaced.is_(None))
        .values(replaced=replaced)
    )
