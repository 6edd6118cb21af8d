"""Generations of the bridge's key as they are stored, and putting right one that can't be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.services.bridge.authority.own_authority import own_key, own_of
from openjpki.services.bridge.context import enter_in_journal
from openjpki.services.bridge.journal import AUTHORITY_CREATED, GENERATION_REPAIRED, STREAM
from openjpki.services.common.stored_generations import DIFFERS, StoredGenerations
from openjpki.storage.bridge import pool, service_bridge
from openjpki.storage.bridge.service_bridge import BridgeGeneration
from openjpki.x509.foreign.reading import read_certificate

if TYPE_CHECKING:
    from openjpki.domain.generation import GenerationState
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.common.stored_generations import MadeGeneration
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import StoredRow


def stored_generations(tx: Reading) -> StoredGenerations:
    """Of the service bridge."""
    rows = service_bridge.as_stored(tx)
    return StoredGenerations.held_against(tx, STREAM, AUTHORITY_CREATED, rows, "generation", _fault)


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
        right = stored_generations(tx).to_put_right(
            number,
            lambda _, row: [certificate, None if row is None else row.stored("certificate")],
            state,
        )
    generation = BridgeGeneration(
        generation=number,
        state=right.state,
        key_label=right.made.key_label,
        certificate=right.certificate,
        created_at=right.made.at,
    )
    if right.must_sign:
        own_key(bridge, own_of(generation))

    def act(tx: Transaction) -> None:
        pool.changing(tx)
        right.store(
            lambda: service_bridge.add(tx, generation),
            lambda row: service_bridge.replace(tx, row, generation),
        )
        enter_in_journal(
            bridge,
            tx,
            act=GENERATION_REPAIRED,
            actor=actor,
            subject=right.made.key_label,
            details=right.details,
            at=bridge.clock.now(),
        )

    bridge.writer.run(act)
    return generation


def _fault(row: StoredRow, made: MadeGeneration | None) -> str | None:
    stored = service_bridge.generation_of(row)
    read_certificate(stored.certificate)
    differs = made is not None and not made.is_of(stored.certificate, stored.key_label)
    return DIFFERS if differs else None
