"""What is stored of cross certificates that were ended, held against the journal, and put right.

The bridge's list and its pool go by the journal too; but who asks how one stands, and whether its
issuer is still to be told, goes by the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from openjpki.domain.authority_revocation import CrossRevocationCause
from openjpki.services.bridge.context import enter_in_journal
from openjpki.services.bridge.find_partner import require_partner
from openjpki.services.bridge.journal import CROSS_REVOCATION_REPAIRED, STREAM
from openjpki.services.bridge.journaled_ends import BOOK, JournaledEnds
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.stored_generations import DIFFERS, MISSING
from openjpki.services.common.vouched import not_vouched, require_readable, require_whole
from openjpki.storage.bridge import pool, service_bridge, stored_ends
from openjpki.storage.bridge.kinds import Direction, PartnerKind, RevocationState, State
from openjpki.storage.kernel.unreadable import NOT_READ, Unreadable
from openjpki.x509.foreign.reading import read_certificate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.journaled_ends import JournaledEnd
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import StoredRow


@dataclass(frozen=True, slots=True)
class EndFault:
    """One end whose rows are not as they were written."""

    cross_certification_id: str
    rule: str
    """What they break, ``DIFFERS``, or ``MISSING``: there is no row of it."""


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
    """Every end that the journal has and whose rows do not say so. Raises ``STORED_UNREADABLE``
    where an entry of the journal can't be read."""
    with bridge.database.reading() as tx:
        return [EndFault(which, rule) for which, (_, rule) in _faults(tx).items()]


def repair_ends(bridge: BridgeContext, *, actor: str) -> int:
    """Have such rows say what the journal has; how many ends there were. The next list has those of
    the bridge's own key, and a governor's authority is told of what it does not know.

    ``actor``: who did it, for the journal. Raises ``STORED_UNREADABLE``, with nothing changed,
    where the journal does not vouch for all of them: it is not as it was sealed, or the certificate
    that it has the digest of is not here.
    """

    def act(tx: Transaction) -> int:
        found = _faults(tx)
        if not found:
            return 0
        require_whole(tx, "bridge", STREAM, [BOOK])
        pool.changing(tx)
        for which, (wanted, _) in found.items():
            if wanted is None:
                raise not_vouched(
                    "the certificate that the journal has the digest of is not here, or the entry"
                    " is another release's"
                )
            stored_ends.put_right(tx, which, **wanted._asdict())
        for which, (wanted, _) in found.items():
            if wanted is not None:
                _note(bridge, tx, which, wanted, actor)
        return len(found)

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
    for which, end in journaled.items():
        row = stored.get(which)
        wanted = None if row is None else _wanted(tx, end, row)
        rule = (
            MISSING if row is None or row.stored(stored_ends.ENDING) is None else _rule(row, wanted)
        )
        if rule is not None:
            found[which] = wanted, rule
    return found


def _wanted(tx: Reading, end: JournaledEnd, row: StoredRow) -> _Rows | None:
    octets = row.stored("certificate")
    if end.direction is None or end.cause is None or not isinstance(octets, bytes | memoryview):
        return None
    if not end.is_of(bytes(octets)):
        return None
    own = end.direction is Direction.TO_PARTNER
    generation = _generation_of(tx, bytes(octets)) if own else None
    if own and generation is None:
        return None
    return _Rows(
        end.partner_id,
        end.direction,
        None if generation is None else (end.serial, generation),
        RevocationState.APPROVED if _is_untold(tx, end) else RevocationState.DONE,
        end.cause,
        end.at,
    )


def _generation_of(tx: Reading, certificate: bytes) -> int | None:
    """Whose key signed it."""
    read = read_certificate(certificate)
    for own in service_bridge.all_of(tx, left_out=tell_left_out):
        if read.signature_fault(read_certificate(own.certificate)) is None:
            return own.generation
    return None


def _is_untold(tx: Reading, end: JournaledEnd) -> bool:
    """Whether the authority that issued it is the ca service's, and was not told."""
    if end.direction is not Direction.FROM_PARTNER or end.told:
        return False
    return require_partner(tx, end.partner_id).kind is PartnerKind.PREFECTURAL


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
