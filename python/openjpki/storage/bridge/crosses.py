"""Cross-certifications: proposal, two approvals, the intent, the certificate."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from openjpki.domain.evidence import Occasion, OfficerSignature
from openjpki.domain.officers import Officer
from openjpki.storage.bridge.kinds import Direction, State
from openjpki.storage.bridge.tables import approvals as _approvals
from openjpki.storage.bridge.tables import cross_certifications as _crosses
from openjpki.storage.kernel.columns import insert_if_absent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from openjpki.storage.kernel.transaction import Reading, Transaction


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
    """A cross-certification with its approvals, or None."""
    found = _read(tx, _crosses.c.cross_certification_id == cross_certification_id)
    return found[0] if found else None


def lock(tx: Transaction, cross_certification_id: str) -> CrossRecord | None:
    """As :func:`get`; nobody else decides about it until this transaction ends."""
    tx.connection.execute(
        select(_crosses.c.cross_certification_id)
        .where(_crosses.c.cross_certification_id == cross_certification_id)
        .with_for_update()
    )
    return get(tx, cross_certification_id)


def in_state(tx: Reading, state: State) -> list[CrossRecord]:
    """Every cross-certification in a state, oldest proposal first."""
    return _read(tx, _crosses.c.state == state.value)


def all_of(tx: Reading, partner_id: str) -> list[CrossRecord]:
    """Every cross-certification with a partner, oldest proposal first."""
    return _read(tx, _crosses.c.partner_id == partner_id)


def pending_of(tx: Reading, partner_id: str) -> int:
    """How many cross-certifications with a partner nobody has decided."""
    count: int = tx.connection.execute(
        select(func.count()).where(
            _crosses.c.partner_id == partner_id, _crosses.c.state == State.PENDING.value
        )
    ).scalar_one()
    return count


def certificates(tx: Reading, state: State) -> list[bytes]:
    """The cross certificate of each in a state, X.509 DER, oldest proposal first."""
    rows = tx.connection.execute(
        select(_crosses.c.certificate)
        .where(_crosses.c.certificate.is_not(None), _crosses.c.state == state.value)
        .order_by(_crosses.c.proposed_at, _crosses.c.cross_certification_id)
    )
    return [bytes(row.certificate) for row in rows]


def approve(tx: Transaction, cross_certification_id: str, approval: Approval, number: int) -> None:
    """Keep the first or second approval (``number``). Lock before; a second of one is refused."""
    tx.connection.execute(
        _approvals.insert().values(
            cross_certification_id=cross_certification_id,
            officer=approval.officer,
            number=number,
            actor=approval.actor,
            request_id=approval.request_id,
            approved_at=approval.approved_at,
            **signature_columns(approval.evidence),
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


def signature_columns(evidence: OfficerSignature | None) -> dict[str, Any]:
    """What an officer signed, as a row of approvals has it."""
    if evidence is None:
        return {}
    return {
        "key_sha256": evidence.key_sha256,
        "signed_at": evidence.occasion.signed_at,
        "signature": evidence.signature,
    }


def signature_of(row: Row[Any]) -> OfficerSignature | None:
    """What the officer of a row of approvals signed; None for one from before they did."""
    if row.signature is None:
        return None
    return OfficerSignature(
        occasion=Occasion(
            officer=Officer.parse(row.actor),
            request_id=row.request_id,
            signed_at=row.signed_at,
        ),
        key_sha256=bytes(row.key_sha256),
        signature=bytes(row.signature),
    )


def _read(tx: Reading, condition: Any) -> list[CrossRecord]:
    rows = tx.connection.execute(
        select(_crosses)
        .where(condition)
        .order_by(_crosses.c.proposed_at, _crosses.c.cross_certification_id)
    ).all()
    given: dict[str, list[Approval]] = defaultdict(list)
    for row in tx.connection.execute(
        select(_approvals)
        .where(
            _approvals.c.cross_certification_id.in_([one.cross_certification_id for one in rows])
        )
        .order_by(_approvals.c.number)
    ):
        given[row.cross_certification_id].append(
            Approval(
                officer=row.officer,
                actor=row.actor,
                request_id=row.request_id,
                approved_at=row.approved_at,
                evidence=signature_of(row),
            )
        )
    return [_record(row, given[row.cross_certification_id]) for row in rows]


def _record(row: Row[Any], given: Sequence[Approval]) -> CrossRecord:
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
