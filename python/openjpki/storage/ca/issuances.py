"""Issuances: the intent, durable before the signature, and what it came to.

An intent holds everything needed to finish it after a crash: the to-be-signed bytes, whose
signature is the same each time it is made (PKCS#1 v1.5), and the call that gets the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, literal_column, null, select, update

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.ca.tables import issuances as _issuances
from openjpki.storage.kernel.beside import insert_with
from openjpki.storage.kernel.columns import holds, insert_if_absent
from openjpki.storage.kernel.requests import RequestKey

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.beside import Beside
    from openjpki.storage.kernel.transaction import Reading, Transaction


# Built once: building a statement takes as long as sending it.
_LIVE = select(_issuances.c.serial).where(
    _issuances.c.authority_id == bindparam("of_authority"),
    _issuances.c.person_reference == bindparam("of_person"),
    holds(_issuances.c.live),
    _issuances.c.not_after >= bindparam("alive_at"),
)
_BEGUN = select(_issuances.c.serial, _issuances.c.digest).where(
    _issuances.c.method == bindparam("of_method"),
    _issuances.c.caller == bindparam("of_caller"),
    _issuances.c.request_id == bindparam("of_request"),
)
MARK_SIGNED = (
    update(_issuances)
    .where(
        _issuances.c.authority_id == bindparam("of_authority"),
        _issuances.c.serial == bindparam("of_serial"),
        _issuances.c.state == literal_column("'intent'"),
    )
    .values(state=literal_column("'signed'"), tbs=null())
)
"""Ends an intent that is still one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """For whom a user certificate is issued, as far as the authority knows."""

    person_reference: bytes
    """32 octets from which nobody can be found."""
    application_id: str
    municipality_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A certificate about to be signed."""

    authority_id: AuthorityId
    serial: bytes
    request: RequestKey
    kind: CertificateKind
    tbs: bytes
    """TBSCertificate, DER."""
    generation: int
    """Which of the authority's keys signs it."""
    key_fingerprint: bytes
    """SHA-256 of the SubjectPublicKeyInfo that is certified."""
    partition: str
    not_before: datetime
    not_after: datetime
    intended_at: datetime
    holder: Holder | None = None
    """For user certificates."""
    renews: bytes | None = None
    """Serial number of the person's certificate that is revoked as this one is stored."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The issuance that an earlier call with the same request id began."""

    serial: bytes


def add_intent(tx: Transaction, intent: Intent, beside: Beside | None = None) -> bytes:
    """Keep an intent, unless there is one for this request id already; the serial number of the one
    that is kept. A user's intent also takes the only place that a person has in an authority.

    ``beside``: a row that is inserted with the intent, if it is kept; what refuses it is raised.
    Raises ``LIVE_CERTIFICATE_EXISTS`` if the person has a certificate here that is neither
    revoked nor expired, or one on its way; ``REQUEST_ID_REUSED``.
    """
    kept = _add_or_find(tx, intent, beside)
    holder = intent.holder
    if kept is None and holder is not None:
        _release_expired(tx, intent.authority_id, holder.person_reference, intent.intended_at)
        if intent.renews is not None:
            _release_renewed(tx, intent.authority_id, holder.person_reference, intent.renews)
        kept = _add_or_find(tx, intent, beside)
    if kept is None:
        raise live_exists()
    return kept


def _add_or_find(tx: Transaction, intent: Intent, beside: Beside | None) -> bytes | None:
    """As :func:`add_intent`; None where the person's place is taken."""
    if _add(tx, intent, beside=beside):
        return intent.serial
    # Only now is it asked what stood in the way: nearly always nothing does.
    begun = begun_by(tx, intent.request)
    if begun is None:
        return None
    if begun.serial == intent.serial and beside is not None:
        beside.refuse(tx)
    return begun.serial


def add_signed(tx: Transaction, intent: Intent, *, live: bool) -> bool:
    """Keep an issuance whose certificate is there already; False if it is known.

    ``live``: whether it takes the person's only place here.
    """
    return _add(tx, intent, signed=True, live=live)


def _add(
    tx: Transaction,
    intent: Intent,
    *,
    signed: bool = False,
    live: bool | None = None,
    beside: Beside | None = None,
) -> bool:
    inserting = (
        partial(insert_if_absent, tx, _issuances)
        if beside is None
        else partial(insert_with, tx, _issuances, beside)
    )
    return inserting(**row_of(intent, signed=signed, live=live))


def row_of(intent: Intent, *, signed: bool = False, live: bool | None = None) -> dict[str, Any]:
    """Of the table, by its columns' names; for repositories in this room."""
    holder = intent.holder
    return {
        "authority_id": intent.authority_id,
        "serial": intent.serial,
        "state": "signed" if signed else "intent",
        "method": intent.request.method,
        "caller": intent.request.caller,
        "request_id": intent.request.request_id,
        "digest": intent.request.digest,
        "tbs": None if signed else intent.tbs,
        "kind": intent.kind.value,
        "generation": intent.generation,
        "key_fingerprint": intent.key_fingerprint,
        "partition": intent.partition,
        "not_before": intent.not_before,
        "not_after": intent.not_after,
        "intended_at": intent.intended_at,
        "person_reference": holder.person_reference if holder else None,
        "application_id": holder.application_id if holder else None,
        "municipality_code": holder.municipality_code if holder else None,
        "live": holder is not None if live is None else live,
        "renews": intent.renews,
    }


def require_no_live(
    tx: Reading, authority_id: AuthorityId, person_reference: bytes, at: datetime
) -> None:
    """Refuse early what :func:`add_intent` would refuse. Raises ``LIVE_CERTIFICATE_EXISTS``."""
    asked = {"of_authority": authority_id, "of_person": person_reference, "alive_at": at}
    found = tx.connection.execute(_LIVE, asked).first()
    if found is not None:
        raise live_exists()


def begun_by(tx: Reading, request: RequestKey) -> Begun | None:
    """What an earlier call with this id began. Raises ``REQUEST_ID_REUSED``, also where that call
    named another authority: the digest is of all that was asked."""
    row = tx.connection.execute(
        _BEGUN,
        {
            "of_method": request.method,
            "of_caller": request.caller,
            "of_request": request.request_id,
        },
    ).first()
    if row is None:
        return None
    request.require_same(row.digest)
    return Begun(bytes(row.serial))


def get_intent(tx: Reading, authority_id: AuthorityId, serial: bytes) -> Intent | None:
    """An intent that is still one, or None."""
    row = tx.connection.execute(
        select(_issuances).where(
            _issuances.c.authority_id == authority_id,
            _issuances.c.serial == serial,
            _issuances.c.state == "intent",
        )
    ).first()
    return None if row is None else _intent(row)


def municipality_of(tx: Reading, authority_id: AuthorityId, serial: bytes) -> str | None:
    """Code of the municipality for whose resident it was issued, if the issuance is known."""
    code: str | None = tx.connection.execute(
        select(_issuances.c.municipality_code).where(
            _issuances.c.authority_id == authority_id, _issuances.c.serial == serial
        )
    ).scalar()
    return code


def made_for(tx: Reading, authority_id: AuthorityId, serial: bytes) -> dict[str, str]:
    """``application_id`` and ``municipality_code`` of what it was made for; empty where the
    issuance is not known: regained after a restore, or another kind."""
    row = tx.connection.execute(
        select(_issuances.c.application_id, _issuances.c.municipality_code).where(
            _issuances.c.authority_id == authority_id, _issuances.c.serial == serial
        )
    ).first()
    known = {} if row is None else dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name
    return {name: value for name, value in known.items() if value is not None}


def is_of_person(
    tx: Reading, authority_id: AuthorityId, serial: bytes, person_reference: bytes
) -> bool:
    """Whether a certificate was issued to this person."""
    of: bytes | None = tx.connection.execute(
        select(_issuances.c.person_reference).where(
            _issuances.c.authority_id == authority_id,
            _issuances.c.serial == serial,
            _issuances.c.state == "signed",
        )
    ).scalar()
    return of is not None and bytes(of) == person_reference


def open_intents(tx: Reading, authority_id: AuthorityId) -> list[bytes]:
    """The serial numbers of an authority's intents that are not signed, oldest first."""
    rows = tx.connection.execute(
        select(_issuances.c.serial)
        .where(_issuances.c.authority_id == authority_id, _issuances.c.state == "intent")
        .order_by(_issuances.c.intended_at)
    )
    return [bytes(row.serial) for row in rows]


def mark_signed(tx: Transaction, authority_id: AuthorityId, serial: bytes) -> bool:
    """End an intent; False if another call has ended it already."""
    result = tx.connection.execute(MARK_SIGNED, {"of_authority": authority_id, "of_serial": serial})
    return result.rowcount == 1


def end_life(tx: Transaction, authority_id: AuthorityId, serial: bytes) -> None:
    """Free the person's place: the certificate was revoked."""
    tx.connection.execute(
        update(_issuances)
        .where(_issuances.c.authority_id == authority_id, _issuances.c.serial == serial)
        .values(live=False)
    )


def live_exists() -> OpenJpkiError:
    """The refusal of a second live certificate."""
    return OpenJpkiError(
        Reason.LIVE_CERTIFICATE_EXISTS,
        "the person has a certificate that is neither revoked nor expired",
        field="person_reference",
    )


def _release_expired(
    tx: Transaction, authority_id: AuthorityId, person_reference: bytes, at: datetime
) -> None:
    tx.connection.execute(
        update(_issuances)
        .where(
            and_(
                _issuances.c.authority_id == authority_id,
                _issuances.c.person_reference == person_reference,
                holds(_issuances.c.live),
                _issuances.c.not_after < at,
                _issuances.c.state == "signed",
            )
        )
        .values(live=False)
    )


def _release_renewed(
    tx: Transaction, authority_id: AuthorityId, person_reference: bytes, serial: bytes
) -> None:
    """The place goes over to the intent that renews it. The certificate holds on until that one's
    own is stored, in whose transaction it is revoked."""
    tx.connection.execute(
        update(_issuances)
        .where(
            _issuances.c.authority_id == authority_id,
            _issuances.c.serial == serial,
            _issuances.c.person_reference == person_reference,
            holds(_issuances.c.live),
            _issuances.c.state == "signed",
        )
        .values(live=False)
    )


def _intent(row: Row[Any]) -> Intent:
    holder = None
    if row.person_reference is not None:
        holder = Holder(
            person_reference=bytes(row.person_reference),
            application_id=row.application_id,
            municipality_code=row.municipality_code,
        )
    return Intent(
        authority_id=row.authority_id,
        serial=bytes(row.serial),
        request=RequestKey(row.method, row.caller, row.request_id, bytes(row.digest)),
        kind=CertificateKind(row.kind),
        tbs=bytes(row.tbs),
        generation=row.generation,
        key_fingerprint=bytes(row.key_fingerprint),
        partition=row.partition,
        not_before=row.not_before,
        not_after=row.not_after,
        intended_at=row.intended_at,
        holder=holder,
        renews=None if row.renews is None else bytes(row.renews),
    )
