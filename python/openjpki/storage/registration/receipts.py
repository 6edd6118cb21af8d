"""Receipts of the authority (L1b), each beside the application it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from openjpki.domain.evidence import Receipt
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import read_each
from openjpki.storage.registration.tables import receipts as _receipts

if TYPE_CHECKING:
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow

_SERVICE = "ca"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReceipt:
    """What ca stated, its signature, and the key that this was verified with."""

    statement: Receipt
    public_key: bytes
    """SubjectPublicKeyInfo, DER: the receipt can be verified after the key has gone from the
    settings."""
    signature: bytes
    """COSE_Sign1 with detached payload."""


def keep(tx: Transaction, application_id: str, receipt: KeptReceipt) -> bool:
    """Keep a verified receipt; of one request to ca the first stays. False: there is one."""
    stated = receipt.statement
    return insert_if_absent(
        tx,
        _receipts,
        request_id=stated.request_id,
        application_id=application_id,
        method=stated.method,
        caller=stated.caller,
        made_at=stated.made_at,
        request_sha256=stated.request_sha256,
        result_sha256=stated.result_sha256,
        public_key=receipt.public_key,
        signature=receipt.signature,
    )


def is_kept(tx: Reading, request_id: str) -> bool:
    """Whether there is one of a request to ca."""
    wanted = select(_receipts.c.request_id).where(_receipts.c.request_id == request_id)
    return tx.connection.execute(wanted).first() is not None


def of_application(
    tx: Reading, application_id: str, *, left_out: LeftOut | None = None
) -> list[KeptReceipt]:
    """Of what ca did for an application, oldest first. ``left_out``: told of one that can't be
    read."""
    wanted = (
        select(_receipts)
        .where(_receipts.c.application_id == application_id)
        .order_by(_receipts.c.made_at, _receipts.c.method)
    )
    return read_each(tx, wanted, _kept, table=_receipts, left_out=left_out)


def _kept(row: StoredRow) -> KeptReceipt:
    return KeptReceipt(
        statement=Receipt(
            service=_SERVICE,
            method=row.method,
            caller=row.caller,
            request_id=row.request_id,
            request_sha256=bytes(row.request_sha256),
            result_sha256=bytes(row.result_sha256),
            made_at=row.made_at,
        ),
        public_key=bytes(row.public_key),
        signature=bytes(row.signature),
    )
