"""Keeping verified statements beside the certificate that rests on them (L1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.evidence.who_may import OfficersStatement
    from openjpki.evidence.verification import Presented
    from openjpki.storage.ca.evidence import EvidencedAct
    from openjpki.storage.kernel.beside import Beside
    from openjpki.storage.kernel.transaction import Transaction


def keep_evidence(
    tx: Transaction,
    authority_id: AuthorityId,
    serial: bytes,
    act: EvidencedAct,
    presented: Sequence[Presented[OfficersStatement]],
) -> None:
    """The octets that were signed, each with its signature, in the transaction of the act.

    Raises ``OFFICER_REVOKED`` for a key that was suspended or revoked since it was verified: who is
    dismissed before an act becomes durable signs for nothing.
    """
    refused = evidence.add(tx, authority_id, serial, act, presented)
    if refused:
        raise _revoked(refused[0])


def evidence_beside(
    authority_id: AuthorityId,
    serial: bytes,
    presented: Sequence[Presented[OfficersStatement]],
    *,
    superseded: Presented[OfficersStatement] | None = None,
) -> Beside:
    """As :func:`keep_evidence`, for the act's intent to take along; then it raises.

    ``superseded``: kept too, whatever became of its key: another statement stands in its place.
    """

    def refuse(tx: Transaction) -> None:
        raise _revoked(evidence.refused(tx, presented)[0])

    also = () if superseded is None else (superseded,)
    return evidence.beside(authority_id, serial, presented, refuse, superseded=also)


def _revoked(at_fault: Presented[OfficersStatement]) -> OpenJpkiError:
    return OpenJpkiError(
        Reason.OFFICER_REVOKED,
        "is signed with a key that is not enrolled any more",
        field=at_fault.field,
    )
