"""A user's certificate ends for an error that was found: one of the governor's officers proposes
it, another approves (R3.1.2c)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from openjpki.domain.evidence import ErrorFound
from openjpki.domain.evidence.ex_officio import WAITS_AT_MOST
from openjpki.domain.served_scope import ServedScope
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.verification import Presented, require_stated
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.journal import REVOCATION_PROPOSAL_ENDED, REVOCATION_PROPOSED
from openjpki.services.ca.revocation.end_certificate import require_not_ended
from openjpki.services.ca.revocation.revoke_certificate import require_certificate
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.officers.known_officers import KnownOfficers
from openjpki.services.common.two_people import require_few
from openjpki.storage.ca import revocation_proposals
from openjpki.storage.ca.revocation_proposals import ProposedState, RevocationProposal
from openjpki.storage.kernel.beginning import Turn
from openjpki.storage.kernel.requests import forgotten

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.evidence import OfficerSignature
    from openjpki.domain.policy import RevocationCause
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.certificates import CertificateRecord
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading, Transaction

_PROPOSALS = UUID("d2b1f0c4-94a1-4b7e-8d52-3f7a0e6c9b18")
MOST_OPEN = 100
"""Of one officer's that nobody has decided on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorOrder:
    """Which certificate is to end, and why."""

    authority_id: AuthorityId
    serial: bytes
    cause: RevocationCause
    signed: OfficerSignature
    """Of the officer who asks."""


def propose_revocation(
    ca: CaContext, order: ErrorOrder, request_key: RequestKey, *, proposed_with: str | None
) -> RevocationProposal:
    """Keep it, for another officer to approve; the same on a retry.

    ``proposed_with``: the fingerprint of the certificate that the officer calls with. Raises
    ``AUTHORITY_NOT_FOUND``, ``CERTIFICATE_NOT_FOUND``, ``CERTIFICATE_EXPIRED``,
    ``ALREADY_REVOKED``, ``REASON_NOT_ALLOWED``, ``WRONG_STATE``, ``TOO_MANY_ENTRIES``,
    ``NOT_THE_OWNER``, and what
    :func:`openjpki.evidence.verification.require_stated` raises.
    """
    now = ca.clock.now()
    proposal = RevocationProposal(
        authority_id=order.authority_id,
        proposal_id=str(uuid5(_PROPOSALS, f"{request_key.caller} {request_key.request_id}")),
        serial=order.serial,
        cause=order.cause,
        state=ProposedState.OPEN,
        proposed_by=request_key.caller,
        proposed_with=proposed_with,
        proposed_at=now,
        signature=order.signed,
    )

    def work(tx: Transaction) -> bytes:
        policy = require_authority(tx, order.authority_id).policy.evidence
        found = require_live(ca, tx, proposal)
        require_stated(
            KnownOfficers(tx, [order.signed]),
            found_by(proposal, order.signed, field="proposed"),
            within=policy.revocation_within,
            policy=policy,
            now=now,
        )
        require_few(
            revocation_proposals.count_open(tx, order.authority_id, request_key.caller) + 1,
            MOST_OPEN,
            f"has proposed {MOST_OPEN} revocations that nobody has decided on",
        )
        _require_none_open(tx, proposal)
        if not revocation_proposals.add(tx, proposal):
            raise forgotten()
        ca.journal.append(
            tx,
            REVOCATION_PROPOSED,
            stream=str(proposal.authority_id),
            actor=request_key.caller,
            subject=proposal.proposal_id,
            details={
                "serial": proposal.serial.hex(),
                "cause": proposal.cause.name,
                "requested_sha256": hashlib.sha256(order.signed.signature).hexdigest(),
            },
            at=now,
            not_after=found.not_after,
        )
        return ProposedState.OPEN.value.encode()

    return decided_once(ca, proposal.authority_id, proposal.proposal_id, request_key, work)


def withdraw_proposal(
    ca: CaContext, authority_id: AuthorityId, proposal_id: str, request_key: RequestKey
) -> RevocationProposal:
    """Nothing is revoked by it any more; the same on a retry. Who proposed it takes it back, or
    another officer finds no error: the certificate goes on as before either way.

    Raises ``REVOCATION_PROPOSAL_NOT_FOUND``, ``WRONG_STATE``, ``NOT_THE_OWNER``.
    """

    def work(tx: Transaction) -> bytes:
        proposal = require_open(ca, tx, authority_id, proposal_id)
        end_proposal(
            ca, tx, proposal, ProposedState.WITHDRAWN, by=request_key.caller, at=ca.clock.now()
        )
        return ProposedState.WITHDRAWN.value.encode()

    return decided_once(ca, authority_id, proposal_id, request_key, work)


def list_proposals(
    ca: CaContext,
    authority_id: AuthorityId,
    states: Collection[ProposedState],
    serial: bytes | None,
) -> list[RevocationProposal]:
    """An authority's, oldest first. Raises ``AUTHORITY_NOT_FOUND``."""
    with ca.database.reading() as tx:
        require_authority(tx, authority_id)
        return revocation_proposals.of(
            tx, authority_id, states, serial=serial, left_out=tell_left_out
        )


def found_by(
    proposal: RevocationProposal, signed: OfficerSignature, *, field: str
) -> Presented[ErrorFound]:
    """What an officer must have signed of it. Raises ``REASON_NOT_ALLOWED``."""
    return Presented(
        statement=ErrorFound(
            occasion=signed.occasion,
            authority_id=proposal.authority_id,
            serial=proposal.serial,
            cause=proposal.cause,
        ),
        signature=signed,
        field=field,
    )


def require_live(ca: CaContext, tx: Reading, proposal: RevocationProposal) -> CertificateRecord:
    """The certificate that it is about. Raises ``CERTIFICATE_NOT_FOUND``, ``CERTIFICATE_EXPIRED``,
    ``ALREADY_REVOKED``."""
    all_of_it = ServedScope.of_authorities(str(proposal.authority_id))
    found = require_certificate(tx, proposal.authority_id, proposal.serial, all_of_it)
    require_not_ended(tx, found, ca.clock.now())
    return found


def require_open(
    ca: CaContext, tx: Transaction, authority_id: AuthorityId, proposal_id: str
) -> RevocationProposal:
    """One that can still be decided on, held for this transaction.

    Raises ``REVOCATION_PROPOSAL_NOT_FOUND``; ``WRONG_STATE`` with its ``state``.
    """
    require_authority(tx, authority_id)
    found = revocation_proposals.lock(tx, authority_id, proposal_id)
    if found is None:
        raise OpenJpkiError(
            Reason.REVOCATION_PROPOSAL_NOT_FOUND,
            "is no proposal of this authority's officers",
            field="proposal_id",
        )
    lapsed = found.state is ProposedState.OPEN and has_lapsed(found, ca.clock.now())
    state = ProposedState.LAPSED if lapsed else found.state
    if state is not ProposedState.OPEN:
        raise OpenJpkiError(
            Reason.WRONG_STATE,
            f"is {state.value} already",
            field="proposal_id",
            state=state.value,
        )
    return found


def has_lapsed(proposal: RevocationProposal, now: datetime) -> bool:
    """Whether it waited too long, entered as ended or not yet."""
    return proposal.proposed_at < now - WAITS_AT_MOST


def end_proposal(
    ca: CaContext,
    tx: Transaction,
    proposal: RevocationProposal,
    state: ProposedState,
    *,
    by: str,
    at: datetime,
    evidence_until: datetime | None = None,
) -> bool:
    """End an open one, and enter that in the journal; False where it is open no more. ``by``:
    SPIFFE id, or ``ca``."""
    if not revocation_proposals.end(
        tx, proposal, state, by=by, at=at, evidence_until=evidence_until
    ):
        return False
    ca.journal.append(
        tx,
        REVOCATION_PROPOSAL_ENDED,
        stream=str(proposal.authority_id),
        actor=by,
        subject=proposal.proposal_id,
        details={
            "serial": proposal.serial.hex(),
            "cause": proposal.cause.name,
            "state": state.value,
            "proposed_by": proposal.proposed_by,
        },
        at=at,
    )
    return True


def decided_once(
    ca: CaContext,
    authority_id: AuthorityId,
    proposal_id: str,
    request_key: RequestKey,
    work: Callable[[Transaction], bytes],
) -> RevocationProposal:
    """What the call made of the proposal, once. What is kept of an answer is the state: what has
    ended never changes, and what waited had not ended."""
    with ca.fence.writing(authority_id) as writer:
        answer = ca.requests.once(writer, request_key, ca.clock.now(), work, turn=Turn.COUNTS)
        found = writer.run(lambda tx: revocation_proposals.get(tx, authority_id, proposal_id))
    if found is None:
        raise OpenJpkiError(Reason.INTERNAL, "a proposal that was kept is not there")
    if ProposedState(answer.decode()) is not ProposedState.OPEN:
        return found
    return replace(
        found, state=ProposedState.OPEN, ended_by=None, ended_at=None, evidence_until=None
    )


def _require_none_open(tx: Reading, proposal: RevocationProposal) -> None:
    waiting = revocation_proposals.open_of(tx, proposal.authority_id, proposal.serial)
    if waiting is not None and waiting != proposal.proposal_id:
        raise OpenJpkiError(
            Reason.WRONG_STATE,
            "has a proposal that waits already: approve or withdraw that",
            field="serial",
            state=ProposedState.OPEN.value,
            proposal_id=waiting,
        )
