"""Cross-certifications: proposal, two approvals, the intent, the certificate."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from openjpki.storage.bridge.kinds import Direction, State
from openjpki.storage.bridge.tables import approvals as _approvals
from openjpki.storage.bridge.tables import cross_certifications as _crosses
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import each_of, read_each, rows_of
from openjpki.storage.officers.signatures import signature_columns, signature_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from openjpki.domain.evidence import OfficerSignature
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One officer's approval."""

    officer: str
    """The person: what four eyes are told apart by."""
    actor: str
    """Path of their SPIFFE id."""
    request_id: str
    """Of the call that gave it, so that its retry is known."""
    approved_at: datetime
    evidence: OfficerSignature | None = None
    """What the officer signed; None of approvals that are older than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What is to be signed: the same bytes after every crash."""

    serial: bytes
    tbs: bytes
    """TBSCertificate, DER."""
    key_label: str
    generation: int
    """Of the service bridge's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossRecord:
    """One direction of an exchange of certificates."""

    cross_certification_id: str
    partner_id: str
    direction: Direction
    state: State
    mappings: tuple[tuple[str, str], ...]
    """(issuer's policy, subject's policy), dotted; equal where it is not mapped."""
    certification_request: bytes | None
    """PKCS#10 to be certified, DER; absent where a foreign partner has certified already."""
    offered: bytes | None
    """The certificate a foreign partner issued, X.509 DER."""
    proposed_at: datetime
    approvals: tuple[Approval, ...] = ()
    """In the order in which they were given."""
    intent: Intent | None = None
    certificate: bytes | None = None
    """X.509 DER, once issued."""
    generation: int | None = None
    """Of the service bridge's key that signs it, once that is intended."""
    refusal: str | None = None
    """Reason for which it ended without a certificate although it was approved."""


def add(tx: Transaction, record: CrossRecord) -> bool:
    """Keep a proposal; False if there is one of this id."""
    return insert_if_absent(
        tx,
        _crosses,
        cross_certification_id=record.cross_certification_id,
        partner_id=record.partner_id,
        direction=record.direction.value,
        state=record.state.value,
        mappings=json.dumps(record.mappings),
        certification_request=record.certification_request,
        offered=record.offered,
        proposed_at=record.proposed_at,
    )


def get(tx: Reading, cross_certification_id: str) -> CrossRecord | None:
    """A cross-certification with its approvals, or None. Raises ``STORED_UNREADABLE``."""
    found = _read(tx, _crosses.c.cross_certification_id == cross_certification_id, None)
    return found[0] if found else None


def lock(tx: Transaction, cross_certification_id: str) -> CrossRecord | None:
    """As :func:`get`; nobody else decides about it until this transaction ends."""
    tx.connection.execute(
        select(_crosses.c.cross_certification_id)
        .where(_crosses.c.cross_certification_id == cross_certification_id)
        .with_for_update()
    )
    return get(tx, cross_certification_id)


def in_state(tx: Reading, state: State, *, left_out: LeftOut | None = None) -> list[CrossRecord]:
    """Every cross-certification in a state, oldest proposal first. ``left_out``: as of all that
    take it, told of one that can't be read, or an approval of it."""
    return _read(tx, _crosses.c.state == state.value, left_out)


def count_in_state(tx: Reading, state: State) -> int:
    """How many there are in a state, also of those that can't be read."""
    return tx.connection.execute(
        select(func.count()).where(_crosses.c.state == state.value)
    ).scalar_one()


def all_of(tx: Reading, partner_id: str, *, left_out: LeftOut | None = None) -> list[CrossRecord]:
    """Every cross-certification with a partner, oldest proposal first."""
    return _read(tx, _crosses.c.partner_id == partner_id, left_out)


def pending_of(tx: Reading, partner_id: str) -> int:
    """How many cross-certifications with a partner nobody has decided."""
    count: int = tx.connection.execute(
        select(func.count()).where(
            _crosses.c.partner_id == partner_id, _crosses.c.state == State.PENDING.value
        )
    ).scalar_one()
    return count


def certificates(tx: Reading, state: State, *, left_out: LeftOut | None = None) -> list[bytes]:
    """The cross certificate of each in a state, X.509 DER, oldest proposal first."""
    wanted = (
        select(_crosses.c.cross_certification_id, _crosses.c.certificate)
        .where(_crosses.c.certificate.is_not(None), _crosses.c.state == state.value)
        .order_by(_crosses.c.proposed_at, _crosses.c.cross_certification_id)
    )
    return read_each(
        tx, wanted, lambda row: bytes(row.certificate), table=_crosses, left_out=left_out
    )


def certificates_named(tx: Reading, ids: Collection[str]) -> dict[str, bytes]:
    """The certificate that stands in each of these rows, X.509 DER or whatever somebody has put
    there, by id; whatever the row says else."""
    wanted = select(_crosses.c.cross_certification_id, _crosses.c.certificate).where(
        _crosses.c.cross_certification_id.in_(sorted(ids))
    )
    found = (
        (row.stored("cross_certification_id"), row.stored("certificate"))
        for row in rows_of(tx, wanted)
    )
    return {of: bytes(one) for of, one in found if isinstance(one, bytes | memoryview)}


def approve(tx: Transaction, cross_certification_id: str, approval: Approval, number: int) -> None:
    """Keep the first or second approval (``number``). Lock before; a second of one is refused."""
    tx.connection.execute(
        _approvals.insert().values(
            cross_certification_id=cross_certification_id,
            number=number,
            **approval_columns(approval),
        )
    )


def approved_by_request(tx: Reading, officer: str, request_id: str) -> str | None:
    """What an officer approved by the call with this id, if anything."""
    found = tx.connection.execute(
        select(_approvals.c.cross_certification_id).where(
            _approvals.c.officer == officer, _approvals.c.request_id == request_id
        )
    ).scalar()
    return None if found is None else str(found)


def move(
    tx: Transaction, cross_certification_id: str, before: State, after: State, at: datetime
) -> bool:
    """From one state to another without a certificate; False if it was not in the first."""
    result = tx.connection.execute(
        update(_crosses)
        .where(
            _crosses.c.cross_certification_id == cross_certification_id,
            _crosses.c.state == before.value,
        )
        .values(state=after.value, decided_at=at)
    )
    return result.rowcount == 1


def intend(tx: Transaction, cross_certification_id: str, intent: Intent) -> bool:
    """Keep what is to be signed; False if something is kept already or it is no longer wanted."""
    result = tx.connection.execute(
        update(_crosses)
        .where(
            _crosses.c.cross_certification_id == cross_certification_id,
            _crosses.c.state == State.APPROVED.value,
            _crosses.c.tbs.is_(None),
        )
        .values(
            serial=intent.serial,
            tbs=intent.tbs,
            key_label=intent.key_label,
            generation=intent.generation,
        )
    )
    return result.rowcount == 1


def issue(tx: Transaction, cross_certification_id: str, certificate: bytes, at: datetime) -> bool:
    """Keep the certificate of an approved one; False if another call did so before."""
    result = tx.connection.execute(
        update(_crosses)
        .where(
            _crosses.c.cross_certification_id == cross_certification_id,
            _crosses.c.state == State.APPROVED.value,
        )
        .values(state=State.ISSUED.value, certificate=certificate, tbs=None, decided_at=at)
    )
    return result.rowcount == 1


def refuse(tx: Transaction, cross_certification_id: str, reason: str, at: datetime) -> bool:
    """End an approved one for this reason (name of a ``Reason``); False if it is no longer
    approved, or something is about to be signed."""
    result = tx.connection.execute(
        update(_crosses)
        .where(
            _crosses.c.cross_certification_id == cross_certification_id,
            _crosses.c.state == State.APPROVED.value,
            _crosses.c.tbs.is_(None),
        )
        .values(state=State.REJECTED.value, refusal=reason, decided_at=at)
    )
    return result.rowcount == 1


def approval_columns(approval: Approval) -> dict[str, Any]:
    """An approval, as a row of approvals has it."""
    columns: dict[str, Any] = {
        "officer": approval.officer,
        "actor": approval.actor,
        "request_id": approval.request_id,
        "approved_at": approval.approved_at,
    }
    if approval.evidence is not None:
        columns |= signature_columns(approval.evidence)
    return columns


def approval_of(row: StoredRow) -> Approval:
    """Of a row of approvals."""
    return Approval(
        officer=row.officer,
        actor=row.actor,
        request_id=row.request_id,
        approved_at=row.approved_at,
        # None: from before officers signed.
        evidence=None if row.signature is None else signature_of(row, row.actor),
    )


def _read(tx: Reading, condition: Any, left_out: LeftOut | None) -> list[CrossRecord]:
    rows = list(
        rows_of(
            tx,
            select(_crosses)
            .where(condition)
            .order_by(_crosses.c.proposed_at, _crosses.c.cross_certification_id),
        )
    )
    stored = (one.stored("cross_certification_id") for one in rows)
    ids = [one for one in stored if isinstance(one, str)]
    given: dict[str, list[StoredRow]] = defaultdict(list)
    for row in rows_of(
        tx,
        select(_approvals)
        .where(_approvals.c.cross_certification_id.in_(ids))
        .order_by(_approvals.c.number),
    ):
        given[row.stored("cross_certification_id")].append(row)

    def record(row: StoredRow) -> CrossRecord:
        return _record(row, [approval_of(one) for one in given[row.cross_certification_id]])

    return list(each_of(rows, record, table=_crosses, left_out=left_out))


def _record(row: StoredRow, given: Sequence[Approval]) -> CrossRecord:
    intent = None
    if row.tbs is not None:
        intent = Intent(
            serial=bytes(row.serial),
            tbs=bytes(row.tbs),
            key_label=row.key_label,
            generation=row.generation,
        )
    return CrossRecord(
        cross_certification_id=row.cross_certification_id,
        partner_id=row.partner_id,
        direction=Direction(row.direction),
        state=State(row.state),
        mappings=tuple((issuer, subject) for issuer, subject in json.loads(row.mappings)),
        certification_request=_octets(row.certification_request),
        offered=_octets(row.offered),
        proposed_at=row.proposed_at,
        approvals=tuple(given),
        intent=intent,
        certificate=_octets(row.certificate),
        generation=row.generation,
        refusal=row.refusal,
    )


def _octets(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
