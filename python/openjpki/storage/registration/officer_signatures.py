"""What officers signed about an application: passed on to the authority, which verifies it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from openjpki.domain.evidence import StatementKind
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import read_each
from openjpki.storage.officers.signatures import signature_columns, signature_of
from openjpki.storage.registration.tables import officer_signatures as _signatures

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.domain.evidence import OfficerSignature
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow

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
        **signature_columns(signature),
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


def of_application(
    tx: Reading, application_id: str, *, left_out: LeftOut | None = None
) -> dict[StatementKind, OfficerSignature]:
    """By what was stated, for the certificate: of each there is one. Who asked for its end is with
    the call that did. Raises ``STORED_UNREADABLE``, as nothing is asked for without one of them;
    who only shows them names ``left_out``, which is told of one that can't be read."""
    wanted = select(_signatures).where(
        _signatures.c.application_id == application_id,
        _signatures.c.kind != _EACH_BY_ITSELF.value,
    )
    return dict(read_each(tx, wanted, _stated, table=_signatures, left_out=left_out))


def _stated(row: StoredRow) -> tuple[StatementKind, OfficerSignature]:
    return StatementKind(row.kind), signature_of(row, row.officer)
