"""Keeping verified statements beside the certificate that rests on them (L1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import evidence
from openjpki.storage.ca.evidence import KeptEvidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.evidence.who_may import OfficersStatement
    from openjpki.evidence.verification import Presented
    from openjpki.storage.kernel.numbered import Beside
    from openjpki.storage.kernel.transaction import Transaction


def keep_evidence(
    tx: Transaction,
    authority_id: AuthorityId,
    serial: bytes,
    presented: Sequence[Presented[OfficersStatement]],
) -> None:
    """The octets that were signed, each with its signature, in the transaction of the act.

    Raises ``OFFICER_REVOKED`` for a key that was suspended or revoked since it was verified: who is
    dismissed before an act becomes durable signs for nothing.
    """
    kept = [_kept(one) for one in presented]
    _require_all(presented, kept, evidence.add(tx, authority_id, serial, kept))


def evidence_beside(
    authority_id: AuthorityId,
    serial: bytes,
    presented: Sequence[Presented[OfficersStatement]],
    *,
    superseded: Presented[OfficersStatement] | None = None,
) -> Beside:
    """As :func:`keep_evidence`, for the act's entry in the journal to take along; then it raises.

    ``superseded``: kept too, whatever became of its key: another statement stands in its place.
    """
    kept = [_kept(one) for one in presented]

    def inserted(tx: Transaction, count: int) -> None:
        _require_all(presented, kept, evidence.missing(tx, kept, count))
        if superseded is not None:
            evidence.add_superseded(tx, authority_id, serial, _kept(superseded))

    return evidence.beside(authority_id, serial, kept, inserted)


def _require_all(
    presented: Sequence[Presented[OfficersStatement]],
    kept: Sequence[KeptEvidence],
    not_kept: Sequence[KeptEvidence],
) -> None:
    if not_kept:
        at_fault = presented[kept.index(not_kept[0])]
        raise OpenJpkiError(
            Reason.OFFICER_REVOKED,
            "is signed with a key that is not enrolled any more",
            field=at_fault.field,
        )


def _kept(presented: Presented[OfficersStatement]) -> KeptEvidence:
    return KeptEvidence(
        kind=presented.statement.kind.value,
        statement=presented.octets,
        signature=presented.signature,
    )
