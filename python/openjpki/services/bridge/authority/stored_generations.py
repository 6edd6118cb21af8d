"""Generations of the bridge's key as they are stored, and putting right one that can't be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.generation import MAY_SIGN_LISTS
from openjpki.services.bridge.authority.own_authority import own_key, own_of
from openjpki.services.bridge.context import enter_in_journal
from openjpki.services.bridge.journal import AUTHORITY_CREATED, GENERATION_REPAIRED, STREAM
from openjpki.services.common.stored_generations import (
    DIFFERS,
    StoredGenerations,
    certificate_among,
    made_generations,
    state_of,
)
from openjpki.storage.bridge import pool, service_bridge
from openjpki.storage.bridge.service_bridge import BridgeGeneration
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.x509.foreign.reading import read_certificate

if TYPE_CHECKING:
    from openjpki.domain.generation import GenerationState
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.common.stored_generations import MadeGeneration
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import StoredRow


def stored_generations(tx: Reading) -> StoredGenerations:
    """Of the service bridge."""
    return StoredGenerations(
        made_generations(SqlJournal().read_all(tx, STREAM, acts={AUTHORITY_CREATED.name})),
        service_bridge.as_stored(tx),
        "generation",
        _fault,
    )


def repair_generation(
    bridge: BridgeContext,
    number: int,
    *,
    certificate: bytes | None = None,
    state: GenerationState | None = None,
    actor: str,
) -> BridgeGeneration:
    """Put a generation as the journal vouches for it in the place of one that is not so.

    ``certificate``: X.509 DER, for where what is stored can't be read; ``state``: likewise.
    ``actor``: who did it, for the journal. A key that still signs must be in the key backend.
    Raises ``GENERATION_NOT_FOUND``, ``INVALID_FIELD`` for one that can be read or a state that is
    wanting or another one, ``STORED_UNREADABLE`` without the certificate, and what the key device
    raises.
    """
    with bridge.database.reading() as tx:
        stored = stored_generations(tx)
    wanted, row = stored.require_made(number), stored.to_repair(number)
    copies = [certificate, None if row is None else row.stored("certificate")]
    generation = BridgeGeneration(
        generation=number,
        state=state_of(None if row is None else row.stored("state"), state),
        key_label=wanted.key_label,
        certificate=certificate_among(wanted, copies),
        created_at=wanted.at,
    )
    if generation.state in MAY_SIGN_LISTS:
        own_key(bridge, own_of(generation))

    def act(tx: Transaction) -> None:
        pool.changing(tx)
        if row is None:
            service_bridge.add(tx, generation)
        else:
            service_bridge.replace(tx, row.stored("generation"), generation)
        enter_in_journal(
            bridge,
            tx,
            act=GENERATION_REPAIRED,
            actor=actor,
            subject=wanted.key_label,
            details={
                "generation": number,
                "key_label": wanted.key_label,
                "certificate_sha256": wanted.certificate_sha256,
                "state": generation.state.value,
            },
            at=bridge.clock.now(),
        )

    bridge.writer.run(act)
    return generation


def _fault(row: StoredRow, made: MadeGeneration | None) -> str | None:
    stored = service_bridge.generation_of(row)
    read_certificate(stored.certificate)
    differs = made is not None and not made.is_of(stored.certificate, stored.key_label)
    return DIFFERS if differs else None
