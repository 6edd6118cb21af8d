"""Generations of authorities' keys as they are stored, and putting right one that can't be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.generation import Generation
from openjpki.domain.stated_time import moment
from openjpki.services.ca.authorities.authority import key_of
from openjpki.services.ca.authorities.policies import require_record
from openjpki.services.ca.journal import AUTHORITY_CREATED, GENERATION_REPAIRED
from openjpki.services.common.stored_generations import DIFFERS, StoredGenerations
from openjpki.storage.ca import certificates, generations
from openjpki.storage.kernel.unreadable import NOT_READ
from openjpki.x509.foreign.reading import read_certificate

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.generation import GenerationState
    from openjpki.services.ca.context import CaContext
    from openjpki.services.common.stored_generations import MadeGeneration
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import StoredRow


def stored_generations(tx: Reading, authority_id: AuthorityId) -> StoredGenerations:
    """Of one authority."""
    rows = generations.as_stored(tx, authority_id)
    return StoredGenerations.held_against(
        tx, str(authority_id), AUTHORITY_CREATED, rows, "number", _fault
    )


def repair_generation(
    ca: CaContext,
    authority_id: AuthorityId,
    number: int,
    *,
    certificate: bytes | None = None,
    state: GenerationState | None = None,
    actor: str,
) -> Generation:
    """Put a generation as the journal vouches for it in the place of one that is not so.

    ``certificate``: X.509 DER, for where none that is stored can be read; ``state``: for where what
    is stored can't be. ``actor``: who did it, for the journal. A key that still signs must be in
    the key backend. Raises ``AUTHORITY_NOT_FOUND``, ``GENERATION_NOT_FOUND``, ``INVALID_FIELD`` for
    one that can be read or a state that is wanting or another one, ``STORED_UNREADABLE`` without
    the certificate, and what the key device raises.
    """
    with ca.database.reading() as tx:
        require_record(tx, authority_id)
        right = stored_generations(tx, authority_id).to_put_right(
            number,
            lambda made, row: _copies(tx, authority_id, made, row, certificate),
            state,
        )
    read = read_certificate(right.certificate)
    generation = Generation(
        authority_id=authority_id,
        number=number,
        certificate=right.certificate,
        key_label=right.made.key_label,
        not_before=moment(read.not_before),
        not_after=moment(read.not_after),
        state=right.state,
    )
    if right.must_sign:
        key_of(ca.keys, generation)

    def act(tx: Transaction) -> None:
        right.store(
            lambda: generations.add(tx, generation),
            lambda row: generations.replace(tx, row, generation),
        )
        ca.journal.append(
            tx,
            GENERATION_REPAIRED,
            stream=str(authority_id),
            actor=actor,
            subject=str(authority_id),
            details=right.details,
            at=ca.clock.now(),
        )

    with ca.console.writing(authority_id) as writer:
        writer.run(act)
    return generation


def _copies(
    tx: Reading,
    authority_id: AuthorityId,
    wanted: MadeGeneration,
    row: StoredRow | None,
    given: bytes | None,
) -> list[object]:
    """What may be the certificate: given, in the row, among all certificates."""
    copies: list[object] = [given, None if row is None else row.stored("certificate")]
    try:
        issued = certificates.get(tx, authority_id, wanted.serial)
    except NOT_READ:
        issued = None
    return [*copies, None if issued is None else issued.certificate]


def _fault(row: StoredRow, made: MadeGeneration | None) -> str | None:
    stored = generations.generation_of(row)
    read = read_certificate(stored.certificate)
    differs = made is not None and not made.is_of(stored.certificate, stored.key_label)
    validity = moment(read.not_before), moment(read.not_after)
    return DIFFERS if differs or (stored.not_before, stored.not_after) != validity else None
