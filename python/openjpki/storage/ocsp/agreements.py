"""Agreements with verifiers, each version of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, exists, func, literal, or_, select, tuple_, update

from openjpki.domain.agreements import (
    Agreement,
    AgreementState,
    Beyond,
    Clauses,
    Held,
    Notification,
    Period,
    Quota,
    VerifierKind,
    Way,
    content_sha256,
)
from openjpki.storage.kernel.columns import UtcTime
from openjpki.storage.kernel.unreadable import each_of, read_each, rows_of
from openjpki.storage.ocsp.tables import agreements as _agreements
from openjpki.storage.ocsp.tables import verifier_authorities as _named
from openjpki.storage.ocsp.tables import verifiers as _verifiers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow

_WORDS = {"purpose", "safety", "secrecy"}
"""Columns that a list of versions does without: up to 28 KB of each version."""
_AT_ONCE = 1000
"""Rows read from the database at a time."""
_HELD = (AgreementState.IN_FORCE, AgreementState.SUSPENDED)
"""Agreed, and neither over nor ended."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A version without the words of its clauses, so that nobody can tell whether it is still what
    was agreed: whoever decides by it asks for the version itself."""

    agreement: Agreement
    """The words are empty."""
    content_sha256: bytes | None
    """As it is stored."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A version that was stopped, or proposed and rejected with it."""

    authority_id: AuthorityId
    version: int
    state: AgreementState
    """Since then."""


def add(tx: Transaction, one: Agreement) -> None:
    """Keep a version. Raises ``CONFLICTING_CHANGE`` if another with its number came first."""
    said, clauses, quota = one.notification, one.clauses, one.quota
    tx.connection.execute(
        _agreements.insert().values(
            verifier_id=one.verifier_id,
            authority_id=one.authority_id,
            version=one.version,
            state=one.state.value,
            name=said and said.name,
            kind=said and said.kind.value,
            accreditation=said and said.accreditation,
            accredited_until=said and said.accredited_until,
            notified_by=said and said.notified_by,
            notified_at=said and said.notified_at,
            ways=",".join(sorted(way.value for way in one.ways)),
            not_before=one.period.not_before,
            not_after=one.period.not_after,
            purpose=clauses and clauses.purpose,
            liability_cap_yen=clauses and clauses.liability_cap_yen,
            safety=clauses and clauses.safety,
            secrecy=clauses and clauses.secrecy,
            document_sha256=clauses and clauses.document_sha256,
            statuses_per_day=quota and quota.statuses_per_day,
            statuses_per_month=quota and quota.statuses_per_month,
            downloads_per_day=quota and quota.downloads_per_day,
            downloads_per_month=quota and quota.downloads_per_month,
            quota_beyond=quota and quota.beyond.value,
            content_sha256=content_sha256(one),
            proposed_by=one.proposed_by,
            proposed_at=one.proposed_at,
            proposed_with=one.proposed_with,
            decided_by=one.decided_by,
            decided_at=one.decided_at,
            stopped_by=one.stopped_by,
            stopped_at=one.stopped_at,
            superseded_at=one.superseded_at,
        )
    )


def queue_for(tx: Transaction, verifier_id: str) -> bool:
    """Wait for other changes of a verifier's, and keep them waiting; whether it is registered."""
    wanted = select(_verifiers.c.verifier_id).where(_verifiers.c.verifier_id == verifier_id)
    return tx.connection.execute(wanted.with_for_update()).first() is not None


def get(tx: Reading, verifier_id: str, authority_id: AuthorityId, version: int) -> Agreement | None:
    """A version, or None. Raises ``STORED_UNREADABLE``."""
    wanted = select(_agreements).where(
        _agreements.c.verifier_id == verifier_id,
        _agreements.c.authority_id == authority_id,
        _agreements.c.version == version,
    )
    found = read_each(tx, wanted, _agreement, table=_agreements, left_out=None)
    return found[0] if found else None


def of(
    tx: Reading,
    *,
    verifier_ids: Collection[str] | None = None,
    states: Collection[AgreementState] | None = None,
    left_out: LeftOut | None = None,
) -> list[Agreement]:
    """Those of some verifiers, in some states, or all: by verifier, authority, version.
    ``left_out``: told of one that can't be read, which then gives nothing."""
    wanted = select(_agreements)
    if verifier_ids is not None:
        wanted = wanted.where(_agreements.c.verifier_id.in_(sorted(verifier_ids)))
    if states is not None:
        wanted = wanted.where(_agreements.c.state.in_(_values(states)))
    return _sorted(read_each(tx, wanted, _agreement, table=_agreements, left_out=left_out))


def in_force(
    tx: Reading, *, verifier_ids: Collection[str] | None = None, left_out: LeftOut
) -> list[Held]:
    """What those in force give, of some verifiers or of all: by verifier and authority. What was
    agreed is compared with its digest, row by row, and its words are not kept."""
    wanted = select(_agreements).where(_agreements.c.state == AgreementState.IN_FORCE.value)
    if verifier_ids is not None:
        wanted = wanted.where(_agreements.c.verifier_id.in_(sorted(verifier_ids)))
    rows = rows_of(tx, wanted, at_once=_AT_ONCE)
    found = each_of(rows, lambda row: _agreement(row).held, table=_agreements, left_out=left_out)
    # The same each time, or what is told of it would count as changed.
    return sorted(found, key=_place)


def _place(one: Held) -> tuple[str, str, datetime, datetime, list[str]]:
    ways = sorted(way.value for way in one.ways)
    return one.verifier_id, str(one.authority_id), one.begins, one.ends, ways


def over(tx: Reading, moment: datetime, *, left_out: LeftOut | None = None) -> list[Agreement]:
    """Those agreed that give no access from this moment on and are not entered as ended."""
    ends = (_agreements.c.not_after, _agreements.c.accredited_until, _agreements.c.superseded_at)
    wanted = select(_agreements).where(
        _agreements.c.state.in_(_values(_HELD)), or_(*(one <= moment for one in ends))
    )
    return _sorted(read_each(tx, wanted, _agreement, table=_agreements, left_out=left_out))


def of_nobody(tx: Reading) -> list[str]:
    """Ids without an entry that have agreements, or proposed ones: neither over nor ended."""
    registered = exists().where(_verifiers.c.verifier_id == _agreements.c.verifier_id)
    states = _values((*_HELD, AgreementState.PROPOSED))
    wanted = select(_agreements.c.verifier_id).where(_agreements.c.state.in_(states), ~registered)
    return sorted(set(tx.connection.execute(wanted).scalars()))


def page(
    tx: Reading,
    authority_id: AuthorityId,
    *,
    verifier_id: str | None,
    after: tuple[str, int],
    limit: int,
    left_out: LeftOut,
) -> list[Listed]:
    """Versions of an authority's agreements, with one verifier or with all, by verifier and
    version: the first after one of these."""
    # By the octets on every database, as the caller compares them.
    by_octets = "BINARY" if tx.connection.dialect.name == "sqlite" else "C"
    of_verifier = _agreements.c.verifier_id.collate(by_octets)
    of_authority = (
        select(*(column for column in _agreements.c if column.name not in _WORDS))
        .where(_agreements.c.authority_id == authority_id)
        .order_by(of_verifier, _agreements.c.version)
        .limit(limit)
    )
    if verifier_id is not None:
        of_authority = of_authority.where(_agreements.c.verifier_id == verifier_id)
    found: list[Listed] = []
    # On until it is full or nothing is left: a page that lacks what can't be read would end the
    # list for whoever reads it.
    while len(found) < limit:
        wanted = of_authority.where(tuple_(of_verifier, _agreements.c.version) > after)
        rows = list(rows_of(tx, wanted))
        found += each_of(rows, _listed, table=_agreements, left_out=left_out)
        if len(rows) < limit:
            break
        after = (rows[-1].stored("verifier_id"), rows[-1].stored("version"))
    return found[:limit]


def is_known(tx: Reading, verifier_id: str) -> bool:
    """Whether there is any version, of whatever state: none is ever removed."""
    wanted = select(_agreements.c.version).where(_agreements.c.verifier_id == verifier_id)
    return tx.connection.execute(wanted.limit(1)).first() is not None


def is_agreed_with(tx: Reading, verifier_id: str) -> bool:
    """Whether officers agreed with a verifier, and that is neither over nor ended."""
    wanted = select(_agreements.c.version).where(
        _agreements.c.verifier_id == verifier_id,
        _agreements.c.state.in_(_values(_HELD)),
        _agreements.c.kind.is_not(None),
    )
    return tx.connection.execute(wanted.limit(1)).first() is not None


def count_taken_over(tx: Reading) -> int:
    """Of those in force, how many are from before there were agreements, and nothing else took
    their place; with authorities that the verifier's entry names."""
    named = exists().where(
        _named.c.verifier_id == _agreements.c.verifier_id,
        _named.c.authority_id == _agreements.c.authority_id,
    )
    wanted = select(func.count()).where(
        _agreements.c.state == AgreementState.IN_FORCE.value,
        _agreements.c.kind.is_(None),
        _agreements.c.superseded_at.is_(None),
        named,
    )
    return tx.connection.execute(wanted).scalar_one()


def replaced_at(tx: Reading, one: Agreement) -> datetime | None:
    """When a version was approved whose beginning ended this one, if one's did."""
    if one.superseded_at is None:
        return None
    wanted = select(func.min(_agreements.c.decided_at)).where(
        *_between(one.verifier_id, one.authority_id),
        _agreements.c.version > one.version,
        _agreements.c.not_before == one.superseded_at,
        _agreements.c.state.in_(_values((*_HELD, AgreementState.ENDED))),
    )
    found: datetime | None = tx.connection.execute(wanted).scalar()
    return found


def newest_version(
    tx: Reading,
    verifier_id: str,
    authority_id: AuthorityId,
    states: Collection[AgreementState] = tuple(AgreementState),
) -> int:
    """Of those in these states, of rows that can't be read too; 0 where there is none."""
    wanted = select(func.max(_agreements.c.version)).where(
        *_between(verifier_id, authority_id), _agreements.c.state.in_(_values(states))
    )
    return tx.connection.execute(wanted).scalar() or 0


def count_proposed(tx: Reading, one: Agreement, *, waiting_since: datetime, since: datetime) -> int:
    """How many of the authority's whoever proposed this one has proposed, that nobody decided on
    since the one moment, or whatever became of them since the other."""
    wanted = select(func.count()).where(
        _agreements.c.authority_id == one.authority_id,
        _agreements.c.proposed_by == one.proposed_by,
        or_(
            _agreements.c.proposed_at >= since,
            and_(
                _agreements.c.state == AgreementState.PROPOSED.value,
                _agreements.c.proposed_at >= waiting_since,
            ),
        ),
    )
    return tx.connection.execute(wanted).scalar_one()


def decide(tx: Transaction, one: Agreement, then: AgreementState, *, by: str, at: datetime) -> bool:
    """From the state it is in to another; False if it is in that one no more."""
    return _change(tx, one, {"state": then.value, "decided_by": by, "decided_at": at})


def end(tx: Transaction, one: Agreement) -> bool:
    """Its time is over; False if it is in its state no more."""
    return _change(tx, one, {"state": AgreementState.ENDED.value})


def supersede(tx: Transaction, one: Agreement) -> None:
    """Have those in force between the same two give access no longer than until this one begins,
    those that can't be read too."""
    tx.connection.execute(
        update(_agreements)
        .where(
            *_between(one.verifier_id, one.authority_id),
            _agreements.c.version != one.version,
            _agreements.c.state == AgreementState.IN_FORCE.value,
            or_(_agreements.c.superseded_at.is_(None), _agreements.c.superseded_at > one.begins),
        )
        .values(superseded_at=one.begins)
    )


def stop(
    tx: Transaction,
    verifier_id: str,
    then: Mapping[AgreementState, AgreementState],
    *,
    by: str,
    at: datetime,
    authority_id: AuthorityId | None = None,
    taken_over_but_with: Collection[AuthorityId] | None = None,
) -> list[Stopped]:
    """Every version of a verifier's in one of these states goes on to the other, with one authority
    or with all, those that can't be read too: put right, they give nothing again. One statement, or
    one that is approved meanwhile would be in neither of two. ``taken_over_but_with``: of those
    from before there were agreements alone, with authorities that are not among these."""
    where = [_agreements.c.verifier_id == verifier_id, _agreements.c.state.in_(_values(then))]
    if authority_id is not None:
        where.append(_agreements.c.authority_id == authority_id)
    if taken_over_but_with is not None:
        where.append(_agreements.c.kind.is_(None))
        where.append(_agreements.c.authority_id.not_in(sorted(taken_over_but_with)))
    states = {before.value: after.value for before, after in then.items()}
    rows = tx.connection.execute(
        update(_agreements)
        .where(*where)
        .values(
            state=case(states, value=_agreements.c.state),
            stopped_by=func.coalesce(_agreements.c.stopped_by, by),
            stopped_at=func.coalesce(_agreements.c.stopped_at, literal(at, UtcTime)),
        )
        .returning(_agreements.c.authority_id, _agreements.c.version, _agreements.c.state)
    )
    found = [Stopped(row.authority_id, row.version, AgreementState(row.state)) for row in rows]
    return sorted(found, key=lambda one: (str(one.authority_id), one.version))


def _between(verifier_id: str, authority_id: AuthorityId) -> tuple[ColumnElement[bool], ...]:
    return (
        _agreements.c.verifier_id == verifier_id,
        _agreements.c.authority_id == authority_id,
    )


def _sorted(found: list[Agreement]) -> list[Agreement]:
    # Here: databases order text each in their own way.
    return sorted(found, key=lambda one: (one.verifier_id, str(one.authority_id), one.version))


def _values(states: Collection[AgreementState]) -> list[str]:
    return sorted(one.value for one in states)


def _change(tx: Transaction, one: Agreement, values: dict[str, Any]) -> bool:
    result = tx.connection.execute(
        update(_agreements)
        .where(
            *_between(one.verifier_id, one.authority_id),
            _agreements.c.version == one.version,
            _agreements.c.state == one.state.value,
        )
        .values(**values)
    )
    return result.rowcount == 1


def _agreement(row: StoredRow) -> Agreement:
    clauses = None if row.purpose is None else _clauses(row, row.purpose, row.safety, row.secrecy)
    made = _version(row, clauses)
    if content_sha256(made) != _digest(row):
        raise ValueError("is not what was agreed")
    return made


def _listed(row: StoredRow) -> Listed:
    clauses = None if row.kind is None else _clauses(row, "", "", "")
    return Listed(_version(row, clauses), _digest(row))


def _digest(row: StoredRow) -> bytes | None:
    kept = row.content_sha256
    return None if kept is None else bytes(kept)


def _version(row: StoredRow, clauses: Clauses | None) -> Agreement:
    return Agreement(
        verifier_id=row.verifier_id,
        authority_id=row.authority_id,
        version=row.version,
        state=AgreementState(row.state),
        notification=None if row.kind is None else _notification(row),
        ways=frozenset(Way(text) for text in row.ways.split(",")),
        period=Period(row.not_before, row.not_after),
        clauses=clauses,
        quota=_quota(row),
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        proposed_with=row.proposed_with,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        stopped_by=row.stopped_by,
        stopped_at=row.stopped_at,
        superseded_at=row.superseded_at,
    )


def _quota(row: StoredRow) -> Quota | None:
    numbers = {
        "statuses_per_day": row.statuses_per_day,
        "statuses_per_month": row.statuses_per_month,
        "downloads_per_day": row.downloads_per_day,
        "downloads_per_month": row.downloads_per_month,
    }
    # Its word gone is no quota less: the digest is another then.
    if row.quota_beyond is None and not any(numbers.values()):
        return None
    return Quota(**numbers, beyond=Beyond(row.quota_beyond))


def _notification(row: StoredRow) -> Notification:
    return Notification(
        name=row.name,
        kind=VerifierKind(row.kind),
        accreditation=row.accreditation,
        accredited_until=row.accredited_until,
        notified_by=row.notified_by,
        notified_at=row.notified_at,
    )


def _clauses(row: StoredRow, purpose: str, safety: str, secrecy: str) -> Clauses:
    return Clauses(
        purpose=purpose,
        liability_cap_yen=row.liability_cap_yen,
        safety=safety,
        secrecy=secrecy,
        document_sha256=None if row.document_sha256 is None else bytes(row.document_sha256),
    )
