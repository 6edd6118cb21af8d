"""What rows say of cross certificates that have ended, as it stands there, and putting it right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select, update

from openjpki.storage.bridge.kinds import RevocationState, State
from openjpki.storage.bridge.tables import cross_certifications as _crosses
from openjpki.storage.bridge.tables import cross_revocations as _revocations
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import rows_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from openjpki.domain.authority_revocation import CrossRevocationCause
    from openjpki.storage.bridge.kinds import Direction
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import StoredRow

ENDING = "ending_state"
"""Where the end stands, in a row of :func:`as_stored`; nothing where there is no row of the end."""


_WITH_END = select(
    _crosses,
    _revocations.c.state.label(ENDING),
    _revocations.c.cause,
    _revocations.c.revoked_at,
    _revocations.c.listed,
).outerjoin(
    _revocations, _revocations.c.cross_certification_id == _crosses.c.cross_certification_id
)


def as_stored(tx: Reading, ids: Collection[str]) -> dict[str, StoredRow]:
    """The row of each of these cross-certifications and of its end, none of them read."""
    wanted = _WITH_END.where(_crosses.c.cross_certification_id.in_(sorted(ids)))
    return {row.stored("cross_certification_id"): row for row in rows_of(tx, wanted)}


def said_to_have_ended(tx: Reading) -> Iterator[StoredRow]:
    """The same of each whose row, or that of its end, says that two officers have ended it."""
    ended = [RevocationState.APPROVED.value, RevocationState.DONE.value]
    said = or_(_crosses.c.state == State.REVOKED.value, _revocations.c.state.in_(ended))
    yield from rows_of(tx, _WITH_END.where(said).order_by(_crosses.c.cross_certification_id))


def put_right(
    tx: Transaction,
    cross_certification_id: str,
    *,
    partner_id: str,
    direction: Direction,
    signed: tuple[bytes, int] | None,
    state: RevocationState,
    cause: CrossRevocationCause,
    revoked_at: datetime,
) -> None:
    """Have the rows of a cross-certification say that it has ended, and how. ``signed``: its serial
    number and the generation of the service bridge's key, where that signed it. It counts as on no
    list yet."""
    serial, generation = signed or (None, None)
    tx.connection.execute(
        update(_crosses)
        .where(_crosses.c.cross_certification_id == cross_certification_id)
        .values(
            partner_id=partner_id,
            direction=direction.value,
            state=State.REVOKED.value,
            serial=serial,
            generation=generation,
        )
    )
    ending = {
        "state": state.value,
        "cause": cause.value,
        "revoked_at": revoked_at,
        "listed": False,
    }
    if insert_if_absent(tx, _revocations, cross_certification_id=cross_certification_id, **ending):
        return
    tx.connection.execute(
        update(_revocations)
        .where(_revocations.c.cross_certification_id == cross_certification_id)
        .values(ending)
    )
