"""What paths are built from, beyond cross certificates and lists: governors, foreign authorities.

Every change raises the pool's version (:func:`changing`), so that each process knows when to
read it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from openjpki.domain.generation import ANCHORS, GenerationState
from openjpki.storage.bridge.tables import governors as _governors
from openjpki.storage.bridge.tables import pool_versions as _versions
from openjpki.storage.bridge.tables import submitted_certificates as _submitted
from openjpki.storage.kernel.columns import insert_if_absent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

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


def remove_submitted(tx: Transaction, sha256: bytes) -> bool:
    """Take a foreign certificate out; False if there is none of this SHA-256."""
    result = tx.connection.execute(delete(_submitted).where(_submitted.c.sha256 == sha256))
    return result.rowcount == 1
