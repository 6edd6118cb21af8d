"""Another officer approves: the certificate is revoked on what both signed (R3.1.2c); a false
application is marked, with a retention of its own (report, third part)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from openjpki.domain.policy import RevocationCause
from openjpki.domain.retention import (
    false_application_begins,
    false_application_kept_until,
    kept_until,
)
from openjpki.evidence.verification import require_error_found
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.journal import FALSE_APPLICATION
from openjpki.services.ca.keep_evidence import keep_evidence
from openjpki.services.ca.revocation.end_certificate import Ending, end_certificate
from openjpki.services.ca.revocation.ex_officio import (
    decided_once,
    end_proposal,
    found_by,
    require_live,
    require_open,
)
from openjpki.services.common.officers.known_officers import KnownOfficers
from openjpki.services.common.two_people import require_another, require_standing
from openjpki.storage.ca import issuances
from openjpki.storage.ca.evidence import EvidencedAct
from openjpki.storage.ca.revocation_proposals import ProposedState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.evidence import ErrorFound, OfficerSignature
    from openjpki.evidence.verification import Presented
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.certificates import CertificateRecord
    from openjpki.storage.ca.revocation_proposals import RevocationProposal
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Transaction


def approve_proposal(
    ca: CaContext,
    authority_id: AuthorityId,
    proposal_id: str,
    signed: OfficerSignature,
    request_key: RequestKey,
) -> RevocationProposal:
    """State DONE, the certificate revoked in the same act; the same on a retry.

    Raises ``REVOCATION_PROPOSAL_NOT_FOUND``, ``WRONG_STATE``, ``SAME_OFFICER``,
    ``CERTIFICATE_EXPIRED``, ``ALREADY_REVOKED``, ``NOT_THE_OWNER``, and what
    :func:`openjpki.evidence.verification.require_error_found` raises.
    """

    def work(tx: Transaction) -> bytes:
        proposal = require_open(ca, tx, authority_id, proposal_id)
        require_another(
            proposal.proposed_by,
            request_key.caller,
            "must be approved by another officer than who proposed it",
            field="proposal_id",
        )
        require_standing(
            tx,
            proposal.proposed_by,
            certificate=proposal.proposed_with,
            field="proposal_id",
            state=proposal.state.value,
        )
        _revoke(ca, tx, proposal, signed, request_key)
        return ProposedState.DONE.value.encode()

    revoked = decided_once(ca, authority_id, proposal_id, request_key, work)
    ca.checkpoint("revoked")
    return revoked


def _revoke(
    ca: CaContext,
    tx: Transaction,
    proposal: RevocationProposal,
    signed: OfficerSignature,
    request_key: RequestKey,
) -> None:
    found = require_live(ca, tx, proposal)
    proposed = found_by(proposal, proposal.signature, field="proposal_id")
    approved = found_by(proposal, signed, field="approved")
    policy = require_authority(tx, proposal.authority_id).policy
    now = ca.clock.now()
    require_error_found(
        KnownOfficers(tx, [proposal.signature, signed]),
        proposed=proposed,
        approved=approved,
        policy=policy.evidence,
        now=now,
    )
    facts = _facts(proposed, approved)
    reason = policy.crl.reason_for(proposal.cause)
    # Before the feed and the journal, as a renewal's intent takes them.
    issuances.end_life(tx, proposal.authority_id, found.serial)
    revoked = end_certificate(
        ca, tx, found, Ending(proposal.cause.name, reason, facts), request_key
    )
    keep_evidence(
        tx, proposal.authority_id, found.serial, EvidencedAct.REVOCATION, [proposed, approved]
    )
    false = proposal.cause is RevocationCause.FALSE_APPLICATION
    end_proposal(
        ca,
        tx,
        proposal,
        ProposedState.DONE,
        by=request_key.caller,
        at=revoked.revoked_at,
        evidence_until=(false_application_kept_until if false else kept_until)(found.not_after),
    )
    if false:
        _mark_false(ca, tx, proposal, found, facts, request_key)


def _mark_false(
    ca: CaContext,
    tx: Transaction,
    proposal: RevocationProposal,
    found: CertificateRecord,
    facts: Mapping[str, str],
    request_key: RequestKey,
) -> None:
    made_for = issuances.made_for(tx, proposal.authority_id, found.serial)
    ca.journal.append(
        tx,
        FALSE_APPLICATION,
        stream=false_applications_stream(proposal.authority_id),
        actor=request_key.caller,
        subject=found.serial.hex(),
        details={
            **made_for,
            "proposal_id": proposal.proposal_id,
            "certificate_sha256": hashlib.sha256(found.certificate).hexdigest(),
            **facts,
        },
        at=ca.clock.now(),
        not_after=false_application_begins(found.not_after),
    )


def false_applications_stream(authority_id: AuthorityId) -> str:
    """The stream of an authority's journal whose entries are kept longer: apart, as entries of one
    stream are disposed of together."""
    return f"{authority_id}.false-applications"


def _facts(proposed: Presented[ErrorFound], approved: Presented[ErrorFound]) -> Mapping[str, str]:
    """Who signed, and the SHA-256 of each signature, for the journal."""
    return {
        "requested_by": str(proposed.officer),
        "requested_sha256": hashlib.sha256(proposed.signature.signature).hexdigest(),
        "approved_by": str(approved.officer),
        "approved_sha256": hashlib.sha256(approved.signature.signature).hexdigest(),
    }
