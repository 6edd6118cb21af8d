"""What registered generators signed of the keys that were presented: one for an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from openjpki.domain.certificate_hand_over import Medium
from openjpki.domain.evidence import KeyAttestation, KeyPlace
from openjpki.storage.kernel.unreadable import read_each
from openjpki.storage.officers.signatures import signature_columns, signature_of
from openjpki.storage.registration.tables import key_attestations as _attestations

if TYPE_CHECKING:
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow


def keep(tx: Transaction, application_id: str, attestation: KeyAttestation | None) -> None:
    """What goes with the key presented last, in the place of an earlier one; None: nothing does."""
    tx.connection.execute(
        delete(_attestations).where(_attestations.c.application_id == application_id)
    )
    if attestation is None:
        return
    occasion = attestation.signature.occasion
    tx.connection.execute(
        insert(_attestations).values(
            application_id=application_id,
            generator=str(occasion.officer),
            request_id=occasion.request_id,
            medium=attestation.place.medium.value,
            medium_serial=attestation.place.serial or None,
            **signature_columns(attestation.signature),
        )
    )


def of_application(
    tx: Reading, application_id: str, *, left_out: LeftOut | None
) -> KeyAttestation | None:
    """What was said of its key; None: nothing. ``left_out``: told of a row that can't be read."""
    wanted = select(_attestations).where(_attestations.c.application_id == application_id)
    found = read_each(tx, wanted, _attestation, table=_attestations, left_out=left_out)
    return found[0] if found else None


def _attestation(row: StoredRow) -> KeyAttestation:
    return KeyAttestation(
        KeyPlace(Medium(row.medium), row.medium_serial or ""), signature_of(row, row.generator)
    )
