"""What paths are built from, beyond the cross certificates: governors, foreign authorities, lists.

Every change raises the pool's version (:func:`changing`), so that each process knows when to
read it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update

from openjpki.domain.generation import ANCHORS, GenerationState
from openjpki.storage.bridge.tables import governors as _governors
from openjpki.storage.bridge.tables import pool_lists as _lists
from openjpki.storage.bridge.tables import pool_versions as _versions
from openjpki.storage.bridge.tables import submitted_certificates as _submitted
from openjpki.storage.kernel.columns import insert_if_absent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.transaction import Reading, Transaction

_ONLY = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernorGeneration:
    """One generation of a prefectural authority's key, a possible trust anchor."""

    authority_id: AuthorityId
    generation: int
    """From 1 within the authority."""
    state: GenerationState
    certificate: bytes
    """Self-signed, X.509 DER."""
    policy_oid: str
    """The authority's own policy, dotted."""

    @property
    def is_anchor(self) -> bool:
        """Whether a path may begin with it."""
        return self.state in ANCHORS


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedCertificate:
    """A foreign certificate that a partner has handed in."""

    sha256: bytes
    partner_id: str
    der: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolList:
    """The newest list of one issuer and scope."""

    issuer: bytes
    """SHA-256 of name and key."""
    scope: bytes
    """SHA-256 of the issuingDistributionPoint's value, of nothing where there is none."""
    next_update: datetime
    der: bytes


def version(tx: Reading) -> int:
    """How often the pool has changed."""
    return tx.connection.execute(select(_versions.c.version)).scalar() or 0


def changing(tx: Transaction) -> None:
    """Raise the version. Call it before reading what the change depends on: it also keeps other
    changes waiting until this one is durable."""
    insert_if_absent(tx, _versions, id=_ONLY, version=0)
    tx.connection.execute(update(_versions).values(version=_versions.c.version + 1))


def governors(tx: Reading) -> list[GovernorGeneration]:
    """Every generation of every prefectural authority, by id and number."""
    rows = tx.connection.execute(
        select(_governors).order_by(_governors.c.authority_id, _governors.c.generation)
    )
    return [
        GovernorGeneration(
            authority_id=row.authority_id,
            generation=row.generation,
            state=GenerationState(row.state),
            certificate=bytes(row.certificate),
            policy_oid=row.policy_oid,
        )
        for row in rows
    ]


def replace_governors(tx: Transaction, found: Sequence[GovernorGeneration]) -> None:
    """Put these in the place of all that were known."""
    tx.connection.execute(delete(_governors))
    for one in found:
        tx.connection.execute(
            _governors.insert().values(
                authority_id=one.authority_id,
                generation=one.generation,
                state=one.state.value,
                certificate=one.certificate,
                policy_oid=one.policy_oid,
            )
        )


def submit(
    tx: Transaction, sha256: bytes, partner_id: str, certificate: bytes, at: datetime
) -> bool:
    """Take a foreign certificate in; False if it is there already."""
    return insert_if_absent(
        tx,
        _submitted,
        sha256=sha256,
        partner_id=partner_id,
        certificate=certificate,
        submitted_at=at,
    )


def submitted_by(tx: Reading, partner_id: str) -> int:
    """How many certificates a partner has handed in."""
    return tx.connection.execute(
        select(func.count()).select_from(_submitted).where(_submitted.c.partner_id == partner_id)
    ).scalar_one()


def submitted(tx: Reading) -> list[SubmittedCertificate]:
    """Every foreign certificate handed in, oldest first."""
    rows = tx.connection.execute(
        select(_submitted).order_by(_submitted.c.submitted_at, _submitted.c.sha256)
    )
    return [
        SubmittedCertificate(
            sha256=bytes(row.sha256), partner_id=row.partner_id, der=bytes(row.certificate)
        )
        for row in rows
    ]


def remove_submitted(tx: Transaction, sha256: bytes) -> None:
    """Take a foreign certificate out."""
    tx.connection.execute(delete(_submitted).where(_submitted.c.sha256 == sha256))


def find_list(tx: Reading, issuer: bytes, scope: bytes) -> PoolList | None:
    """The newest list of an issuer and scope, or None."""
    row = tx.connection.execute(
        select(_lists).where(_lists.c.issuer == issuer, _lists.c.scope == scope)
    ).first()
    return None if row is None else _list(row)


def put_list(tx: Transaction, newest: PoolList) -> None:
    """Keep a list in place of the one it replaces."""
    remove_list(tx, newest.issuer, newest.scope)
    tx.connection.execute(
        _lists.insert().values(
            issuer=newest.issuer,
            scope=newest.scope,
            next_update=newest.next_update,
            list=newest.der,
        )
    )


def remove_list(tx: Transaction, issuer: bytes, scope: bytes) -> None:
    """Take the list of an issuer and scope out."""
    tx.connection.execute(delete(_lists).where(_lists.c.issuer == issuer, _lists.c.scope == scope))


def lists(tx: Reading) -> list[PoolList]:
    """Every newest list."""
    rows = tx.connection.execute(select(_lists).order_by(_lists.c.issuer, _lists.c.scope))
    return [_list(row) for row in rows]


def _list(row: Row[Any]) -> PoolList:
    return PoolList(
        issuer=bytes(row.issuer),
        scope=bytes(row.scope),
        next_update=row.next_update,
        der=bytes(row.list),
    )
