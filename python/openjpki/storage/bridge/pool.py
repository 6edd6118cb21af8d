"""What paths are built from, beyond cross certificates and lists: governors, foreign authorities.

Every change raises the pool's version (:func:`changing`), so that each process knows when to
read it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, type_coerce, update

from openjpki.domain.authority import all_authority_ids
from openjpki.domain.generation import ANCHORS, GenerationState
from openjpki.storage.bridge.tables import governors as _governors
from openjpki.storage.bridge.tables import pool_versions as _versions
from openjpki.storage.bridge.tables import submitted_certificates as _submitted
from openjpki.storage.kernel.columns import String, insert_if_absent
from openjpki.storage.kernel.unreadable import read_each

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow

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


def governors(tx: Reading, *, left_out: LeftOut | None = None) -> list[GovernorGeneration]:
    """Every generation of every prefectural authority, by id and number. ``left_out``: told of one
    that can't be read, which then is no anchor."""
    wanted = select(_governors).order_by(_governors.c.authority_id, _governors.c.generation)
    return read_each(tx, wanted, _governor, table=_governors, left_out=left_out)


def governors_named(tx: Reading, authority_id: str) -> list[GovernorGeneration]:
    """Every generation of one, by number; none of a name that is no authority's. Raises
    ``STORED_UNREADABLE``."""
    named = type_coerce(_governors.c.authority_id, String) == authority_id
    wanted = select(_governors).where(named).order_by(_governors.c.generation)
    return read_each(tx, wanted, _governor, table=_governors, left_out=None)


def replace_governors(tx: Transaction, found: Sequence[GovernorGeneration]) -> None:
    """Put these in the place of all that were known of their authorities.

    An authority of which there is none among them keeps its rows, so that nobody else gets its name
    or its key; none of them is an anchor any more.
    """
    of_authority = type_coerce(_governors.c.authority_id, String)
    listed = {str(one.authority_id) for one in found}
    tx.connection.execute(
        delete(_governors).where(
            of_authority.in_(listed)
            | of_authority.not_in([str(one) for one in all_authority_ids()])
        )
    )
    tx.connection.execute(
        update(_governors)
        .where(_governors.c.state.in_([one.value for one in ANCHORS]))
        .values(state=GenerationState.ENDED.value)
    )
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


def submitted(tx: Reading, *, left_out: LeftOut | None = None) -> list[SubmittedCertificate]:
    """Every foreign certificate handed in, oldest first. ``left_out``: told of one whose row can't
    be read; whether the certificate can is another question."""
    wanted = select(_submitted).order_by(_submitted.c.submitted_at, _submitted.c.sha256)
    return read_each(
        tx,
        wanted,
        lambda row: SubmittedCertificate(
            sha256=bytes(row.sha256), partner_id=row.partner_id, der=bytes(row.certificate)
        ),
        table=_submitted,
        left_out=left_out,
    )


def remove_submitted(tx: Transaction, sha256: bytes) -> bool:
    """Take a foreign certificate out; False if there is none of this SHA-256."""
    result = tx.connection.execute(delete(_submitted).where(_submitted.c.sha256 == sha256))
    return result.rowcount == 1


def _governor(row: StoredRow) -> GovernorGeneration:
    return GovernorGeneration(
        authority_id=row.authority_id,
        generation=row.generation,
        state=GenerationState(row.state),
        certificate=bytes(row.certificate),
        policy_oid=row.policy_oid,
    )
