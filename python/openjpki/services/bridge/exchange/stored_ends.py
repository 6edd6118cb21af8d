"""What is stored of cross certificates that were ended, held against the journal, and put right.

The bridge's list and its pool go by the journal too; but who asks how one stands, and whether its
issuer is still to be told, goes by the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from openjpki.domain.authority_revocation import CrossRevocationCause
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.authority.signer_of import signer_of
from openjpki.services.bridge.context import enter_in_journal
from openjpki.services.bridge.find_partner import require_partner
from openjpki.services.bridge.journal import CROSS_REVOCATION_REPAIRED, STREAM
from openjpki.services.bridge.journaled_ends import BOOK, JournaledEnds, end_of
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.stored_generations import DIFFERS, MISSING
from openjpki.services.common.vouched import require_readable, require_whole
from openjpki.storage.bridge import pool, service_bridge, stored_ends
from openjpki.storage.bridge.kinds import Direction, PartnerKind, RevocationState, State
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.unreadable import NOT_READ, Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.journaled_ends import JournaledEnd
    from openjpki.storage.kernel.journal import Entry
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import StoredRow


UNJOURNALED: Final = "UNJOURNALED"
"""The rows say that it has ended, and the journal does not: two officers' word is not there."""


@dataclass(frozen=True, slots=True)
class EndFault:
    """One end whose rows are not as they were written."""

    cross_certification_id: str
    rule: str
    """What they break, ``DIFFERS``, ``MISSING``: there is no row of it, or ``UNJOURNALED``."""


@dataclass(frozen=True, slots=True)
class RepairedEnds:
    """What was done."""

    repaired: int
    left: int
    """Of which it is not known what their rows have to say."""


class _Rows(NamedTuple):
    """What the rows of one end have to say."""

    partner_id: str
    direction: Direction
    signed: tuple[bytes, int] | None
    """Serial number and generation of what the bridge's own key has signed."""
    state: RevocationState
    cause: CrossRevocationCause
    revoked_at: datetime


def end_faults(bridge: BridgeContext) -> list[EndFault]:
    """Every end that the journal has and whose rows do not say so, and every one that rows have and
    the journal has not. Raises ``STORED_UNREADABLE`` where an entry of the journal can't be
    read."""
    with bridge.database.reading() as tx:
        return [EndFault(which, rule) for which, (_, rule) in _faults(tx).items()]


def repair_ends(bridge: BridgeContext, *, actor: str) -> RepairedEnds:
    """Have such rows say what the journal has. The next list has those of the bridge's own key, and
    a governor's authority is told of what it does not know. Left alone is one whose certificate is
    not what the journal has, or not here, or whose partner's row can't be read, an entry of another
    release, and an end that rows alone have: it stays ended.

    ``actor``: who did it, for the journal. Raises ``STORED_UNREADABLE``, with nothing changed,
    where the journal is not as it was sealed.
    """

    def act(tx: Transaction) -> RepairedEnds:
        found = _faults(tx)
        known = {which: wanted for which, (wanted, _) in found.items() if wanted is not None}
        if known:
            require_whole(tx, "bridge", STREAM, [BOOK])
            pool.changing(tx)
        for which, wanted in known.items():
            stored_ends.put_right(tx, which, **wanted._asdict())
        for which, wanted in known.items():
            _note(bridge, tx, which, wanted, actor)
        return RepairedEnds(len(known), len(found) - len(known))

    return bridge.writer.run(act)


def _note(bridge: BridgeContext, tx: Transaction, which: str, wanted: _Rows, actor: str) -> None:
    enter_in_journal(
        bridge,
        tx,
        act=CROSS_REVOCATION_REPAIRED,
        actor=actor,
        subject=which,
        details={
            "partner_id": wanted.partner_id,
            "method": wanted.direction.value,
            "cause": wanted.cause.name,
        },
        at=bridge.clock.now(),
    )


def _faults(tx: Reading) -> Mapping[str, tuple[_Rows | None, str]]:
    """By cross-certification: what its rows have to say, where that is known, and the rule."""
    unreadable: list[Unreadable] = []
    # Of its own: what a transaction sees that is undone is remembered by nobody.
    journaled = JournaledEnds(unreadable.append).known(tx)
    require_readable(unreadable)
    stored = stored_ends.as_stored(tx, journaled.keys())
    found = {}
    for which, ends in journaled.items():
        row = stored.get(which)
        wanted = None if row is None else _wanted(tx, ends, row)
        rule = (
            MISSING if row is None or row.stored(stored_ends.ENDING) is None else _rule(row, wanted)
        )
        if rule is not None:
            found[which] = wanted, rule
    first = next(SqlJournal().read(tx, STREAM, BOOK, left_out=tell_left_out), None)
    for row in stored_ends.said_to_have_ended(tx):
        which = row.stored("cross_certification_id")
        if which not in journaled and not _is_before_the_journal(first, row):
            found[which] = None, UNJOURNALED
    return found


def _is_before_the_journal(first: Entry | None, row: StoredRow) -> bool:
    """Whether the entry may have been disposed of when its period was over. ``first``: the oldest
    that the journal has."""
    if first is None or first.number == 1:
        return False
    try:
        return row.revoked_at is not None and row.revoked_at < first.at
    except NOT_READ:
        return False


def _wanted(tx: Reading, ends: Sequence[JournaledEnd], row: StoredRow) -> _Rows | None:
    octets = row.stored("certificate")
    if not isinstance(octets, bytes | memoryview):
        return None
    end = end_of(ends, bytes(octets))
    if end.direction is None or end.cause is None or not end.is_of(bytes(octets)):
        return None
    own = end.direction is Direction.TO_PARTNER
    generation = _generation_of(tx, bytes(octets)) if own else None
    state = _state_of(tx, end)
    if state is None or (own and generation is None):
        return None
    return _Rows(
        end.partner_id,
        end.direction,
        None if generation is None else (end.serial, generation),
        state,
        end.cause,
        end.at,
    )


def _generation_of(tx: Reading, certificate: bytes) -> int | None:
    """Whose key signed it."""
    return signer_of(service_bridge.all_of(tx, left_out=tell_left_out), certificate)


def _state_of(tx: Reading, end: JournaledEnd) -> RevocationState | None:
    """Approved where the authority that issued it is the ca service's, and was not told; None where
    the partner's row, which says that, is gone or can't be read."""
    if end.direction is not Direction.FROM_PARTNER or end.told:
        return RevocationState.DONE
    try:
        partner = require_partner(tx, end.partner_id)
    except OpenJpkiError as error:
        if error.reason not in {Reason.PARTNER_NOT_FOUND, Reason.STORED_UNREADABLE}:
            raise
        return None
    is_ours = partner.kind is PartnerKind.PREFECTURAL
    return RevocationState.APPROVED if is_ours else RevocationState.DONE


def _rule(row: StoredRow, wanted: _Rows | None) -> str | None:
    """What the rows break, if anything."""
    try:
        serial, generation = row.serial, row.generation
        said = (
            row.partner_id,
            Direction(row.direction),
            None if serial is None and generation is None else (bytes(serial), generation),
            RevocationState(row.ending_state),
            CrossRevocationCause(row.cause),
            row.revoked_at,
        )
        ended = State(row.state) is State.REVOKED and row.listed is not None
    except NOT_READ as error:
        return Unreadable.of("cross_revocations", "", error).rule
    return None if ended and said == wanted else DIFFERS
