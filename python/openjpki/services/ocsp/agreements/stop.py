"""What one officer may do alone: stop access, for a time or for good."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING

from openjpki.domain.agreements import AgreementState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.journal import (
    AGREEMENT_REJECTED,
    AGREEMENT_SUSPENDED,
    AGREEMENT_TERMINATED,
    STREAM,
)
from openjpki.storage.ocsp import agreements

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ocsp.context import OcspContext
    from openjpki.storage.kernel.acts import Act, Value
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.ocsp.agreements import Stopped


_REJECTING = {AgreementState.PROPOSED: AgreementState.REJECTED}
"""What was proposed without knowing of a stop: an approval that comes now would undo it."""
_SUSPENDING = {**_REJECTING, AgreementState.IN_FORCE: AgreementState.SUSPENDED}
_ENDING = {
    **_REJECTING,
    AgreementState.IN_FORCE: AgreementState.ENDED,
    AgreementState.SUSPENDED: AgreementState.ENDED,
}


def suspend_agreement(
    ocsp: OcspContext, verifier_id: str, authority_id: AuthorityId, request_key: RequestKey
) -> datetime:
    """Stop access until another version is approved; since when, the first time on a retry.

    In effect here when this returns. Raises ``AGREEMENT_NOT_FOUND``, ``REQUEST_ID_REUSED``.
    """
    return _stop(ocsp, (verifier_id, authority_id), request_key, _SUSPENDING, AGREEMENT_SUSPENDED)


def end_agreement(
    ocsp: OcspContext, verifier_id: str, authority_id: AuthorityId, request_key: RequestKey
) -> datetime:
    """End it for good, before its time; as :func:`suspend_agreement` otherwise."""
    return _stop(ocsp, (verifier_id, authority_id), request_key, _ENDING, AGREEMENT_TERMINATED)


def stop_all(tx: Transaction, verifier_id: str, *, by: str, at: datetime) -> list[Stopped]:
    """End for good what a verifier has with every authority; to be entered by :func:`enter_ends`.
    Whoever is registered by its id later begins without."""
    return agreements.stop(tx, verifier_id, _ENDING, by=by, at=at)


def stop_taken_over(
    tx: Transaction,
    verifier_id: str,
    but_with: Collection[AuthorityId],
    *,
    by: str,
    at: datetime,
) -> list[Stopped]:
    """End those from before there were agreements, but with some authorities: no officer made them,
    and none is asked when one that the verifier's entry lacked comes back to it."""
    return agreements.stop(tx, verifier_id, _ENDING, by=by, at=at, taken_over_but_with=but_with)


def enter_ends(
    ocsp: OcspContext,
    tx: Transaction,
    verifier_id: str,
    stopped: Iterable[Stopped],
    by: str,
    at: datetime,
) -> None:
    """In the journal: after every other change, as its writers wait for each other."""
    _enter(ocsp, tx, verifier_id, stopped, AGREEMENT_TERMINATED, by, at)


def _stop(
    ocsp: OcspContext,
    of: tuple[str, AuthorityId],
    request_key: RequestKey,
    then: Mapping[AgreementState, AgreementState],
    act: Act,
) -> datetime:
    verifier_id, authority_id = of
    now, by = ocsp.clock.now(), request_key.caller

    def work(tx: Transaction) -> bytes:
        agreements.queue_for(tx, verifier_id)
        stopped = agreements.stop(tx, verifier_id, then, by=by, at=now, authority_id=authority_id)
        if not stopped:
            raise OpenJpkiError(
                Reason.AGREEMENT_NOT_FOUND,
                "has no agreement with this authority that could be stopped",
                field="verifier_id",
            )
        _enter(ocsp, tx, verifier_id, stopped, act, by, now)
        return now.isoformat().encode()

    kept = ocsp.requests.once(ocsp.database, request_key, now, work)
    ocsp.registry.look()
    return datetime.fromisoformat(kept.decode())


def _enter(
    ocsp: OcspContext,
    tx: Transaction,
    verifier_id: str,
    stopped: Iterable[Stopped],
    act: Act,
    by: str,
    at: datetime,
) -> None:
    """Each that was rejected, and together those of an authority that gave access."""
    gave: dict[str, list[str]] = defaultdict(list)
    entries: list[tuple[Act, dict[str, Value]]] = []
    for one in stopped:
        authority = str(one.authority_id)
        if one.state is AgreementState.REJECTED:
            facts: dict[str, Value] = {"authority": authority, "version": one.version}
            entries.append((AGREEMENT_REJECTED, facts))
        else:
            gave[authority].append(str(one.version))
    for authority, versions in gave.items():
        entries.append((act, {"authority": authority, "versions": ",".join(versions)}))
    for entered, details in entries:
        ocsp.journal.append(
            tx, entered, stream=STREAM, actor=by, subject=verifier_id, details=details, at=at
        )
