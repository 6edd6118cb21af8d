"""What officers signed about an application: passed on to the authority, which verifies it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from openjpki.domain.evidence import Occasion, OfficerSignature, StatementKind
from openjpki.domain.officers import Officer
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.registration.tables import officer_signatures as _signatures

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.storage.kernel.transaction import Reading, Transaction

_EACH_BY_ITSELF = StatementKind.REVOCATION_ASKED


def keep(
    tx: Transaction, application_id: str, kind: StatementKind, signature: OfficerSignature
) -> None:
    """Keep the signature of one call; the first one of a call stays.

    It takes the place of another call's about the same: of two, the one counts that was kept later,
    by the order in which the application's row was held and by no clock. Revocations alone are each
    asked for by themselves: their signatures stand side by side.
    """
    kept = insert_if_absent(
        tx,
        _signatures,
        officer=str(signature.occasion.officer),
        request_id=signature.occasion.request_id,
        application_id=application_id,
        kind=kind.value,
        signed_at=signature.occasion.signed_at,
        key_sha256=signature.key_sha256,
        signature=signature.signature,
    )
    if kept and kind is not _EACH_BY_ITSELF:
        tx.connection.execute(
            delete(_signatures).where(
                _signatures.c.application_id == application_id,
                _signatures.c.kind == kind.value,
                (_signatures.c.officer != str(signature.occasion.officer))
                | (_signatures.c.request_id != signature.occasion.request_id),
            )
        )


def forget(tx: Transaction, application_id: str, kinds: Iterable[StatementKind]) -> None:
    """What was stated is to be stated anew: the old signatures are passed on no more. Who gave
    them stays in the journal."""
    tx.connection.execute(
        delete(_signatures).where(
            _signatures.c.application_id == application_id,
            _signatures.c.kind.in_([kind.value for kind in kinds]),
        )
    )


def of_application(tx: Reading, application_id: str) -> dict[StatementKind, OfficerSignature]:
    """By what was stated, for the certificate: of each there is one. Who asked for its end is with
    the call that did."""
    rows = tx.connection.execute(
        select(_signatures).where(
            _signatures.c.application_id == application_id,
            _signatures.c.kind != _EACH_BY_ITSELF.value,
        )
    )
    return {
        StatementKind(row.kind): OfficerSignature(
            occasion=Occasion(
                officer=Officer.parse(row.officer),
                request_id=row.request_id,
                signed_at=row.signed_at,
            ),
            key_sha256=bytes(row.key_sha256),
            signature=bytes(row.signature),
        )
        for row in rows
    }
