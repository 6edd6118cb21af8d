"""What officers signed for a user's or a cross certificate or for its revocation, kept beside it
(L1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from openjpki.domain.evidence import Occasion, OfficerSignature
from openjpki.domain.officers import Officer
from openjpki.storage.ca.tables import evidence as _evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.transaction import Reading, Transaction

_ADD = _evidence.insert()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEvidence:
    """A statement as it was signed. The officer's public key is in the register, for ever."""

    kind: str
    """Of the statement."""
    statement: bytes
    """The octets that were signed: CBOR."""
    signature: OfficerSignature


def add(
    tx: Transaction, authority_id: AuthorityId, serial: bytes, kept: Sequence[KeptEvidence]
) -> None:
    """Keep what an act rests on, in the transaction of the act."""
    tx.connection.execute(
        _ADD,
        [
            {
                "authority_id": authority_id,
                "serial": serial,
                "kind": one.kind,
                "officer": str(one.signature.occasion.officer),
                "request_id": one.signature.occasion.request_id,
                "signed_at": one.signature.occasion.signed_at,
                "key_sha256": one.signature.key_sha256,
                "statement": one.statement,
                "signature": one.signature.signature,
            }
            for one in kept
        ],
    )


def of_certificate(tx: Reading, authority_id: AuthorityId, serial: bytes) -> list[KeptEvidence]:
    """Oldest first; empty for a certificate that no officer signed for."""
    rows = tx.connection.execute(
        select(_evidence)
        .where(_evidence.c.authority_id == authority_id, _evidence.c.serial == serial)
        .order_by(_evidence.c.signed_at, _evidence.c.kind, _evidence.c.officer)
    )
    return [
        KeptEvidence(
            kind=row.kind,
            statement=bytes(row.statement),
            signature=OfficerSignature(
                occasion=Occasion(
                    officer=Officer.parse(row.officer),
                    request_id=row.request_id,
                    signed_at=row.signed_at,
                ),
                key_sha256=bytes(row.key_sha256),
                signature=bytes(row.signature),
            ),
        )
        for row in rows
    ]
