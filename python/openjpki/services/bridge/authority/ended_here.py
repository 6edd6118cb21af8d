"""What the bridge's own list has to hold: by the rows, and by the journal whatever rows say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError
from openjpki.services.bridge.authority.signer_of import signer_of
from openjpki.services.bridge.journaled_ends import end_of, tell_row_differs
from openjpki.services.common.left_out import tell_left_out
from openjpki.storage.bridge import crosses, revocations, service_bridge
from openjpki.storage.bridge.kinds import Direction
from openjpki.storage.bridge.revocations import RevokedCross
from openjpki.x509.crl.check import MAX_CRL_BYTES
from openjpki.x509.foreign.reading import read_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.journaled_ends import JournaledEnd
    from openjpki.storage.bridge.authority_lists import OwnList
    from openjpki.storage.bridge.service_bridge import BridgeGeneration
    from openjpki.storage.kernel.transaction import Reading


def ended_here(
    bridge: BridgeContext, tx: Reading, generation: BridgeGeneration, before: OwnList | None
) -> list[RevokedCross]:
    """What a generation of the bridge's key signed and two officers have ended: by its rows, each
    as the journal has it where that is known, and what the journal alone has as ended. Rows that
    say otherwise are told of.

    ``before``: the list before, which says whether it has those. ``tx``: one that only reads.
    Raises ``STORED_UNREADABLE``.
    """
    journaled = bridge.ends.known(tx)
    by_rows = revocations.of_own(tx, generation.generation, left_out=tell_left_out)
    found = [_as_journaled(one, journaled.get(one.cross_certification_id, ())) for one in by_rows]
    rows = {one.cross_certification_id for one in by_rows}
    here = {(one.cross_certification_id, one.serial) for one in found}
    lacking = [
        one
        for ends in journaled.values()
        for one in ends
        if (one.cross_certification_id, one.serial) not in here
        and one.direction is not Direction.FROM_PARTNER
    ]
    if not lacking:
        return found
    stored = crosses.certificates_named(tx, [one.cross_certification_id for one in lacking])
    known = service_bridge.all_of(tx, left_out=tell_left_out)
    listed = _serials_on(before)
    for one in lacking:
        certificate = stored.get(one.cross_certification_id, b"")
        if _may_be_of(generation, known, one, certificate):
            if one.cross_certification_id not in rows:
                tell_row_differs(one.cross_certification_id)
            found.append(
                RevokedCross(
                    cross_certification_id=one.cross_certification_id,
                    serial=one.serial,
                    certificate=certificate,
                    reason=one.reason,
                    revoked_at=one.at,
                    listed=int.from_bytes(one.serial, "big") in listed,
                )
            )
    return found


def _as_journaled(row: RevokedCross, ends: Sequence[JournaledEnd]) -> RevokedCross:
    if not ends:
        # From before what the journal still has.
        return row
    end = end_of(ends, row.certificate)
    said = replace(row, serial=end.serial, reason=end.reason, revoked_at=end.at)
    if said != row:
        tell_row_differs(row.cross_certification_id)
    return said


def _may_be_of(
    generation: BridgeGeneration,
    known: Sequence[BridgeGeneration],
    one: JournaledEnd,
    certificate: bytes,
) -> bool:
    """Whether this key signed what was ended. Where the row has not what was issued, nobody knows,
    and a number that a list has too much does no harm."""
    if not one.is_of(certificate):
        return True
    return signer_of(known, certificate) in {None, generation.generation}


def _serials_on(before: OwnList | None) -> set[int]:
    """None of a list that can't be read: whoever makes the next one is told."""
    if before is None:
        return set()
    try:
        read = read_list(before.der, max_bytes=MAX_CRL_BYTES, field="list")
    except OpenJpkiError:
        return set()
    return {serial for serial, _, _ in read.listed(0, read.entries)}
