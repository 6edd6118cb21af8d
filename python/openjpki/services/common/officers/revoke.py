"""Suspending an officer at once, and proposing to revoke."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.officers.enrolment import ProposalState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.officers.answer_conversions import suspended
from openjpki.services.common.officers.end_proposals import end_with_officer
from openjpki.services.common.officers.propose import proposal_id_of
from openjpki.services.common.officers.reach import require_reach
from openjpki.services.common.officers_journal import OFFICER_SUSPENDED
from openjpki.storage.kernel.beginning import Turn
from openjpki.storage.kernel.requests import forgotten
from openjpki.storage.officers import keys, proposals
from openjpki.storage.officers.proposals import ProposalRecord

if TYPE_CHECKING:
    from openjpki.domain.officers import Officer
    from openjpki.domain.officers.enrolment import RevocationOfOfficer
    from openjpki.domain.served_scope import ServedScope
    from openjpki.services.common.officers.context import OfficersContext
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading, Transaction


def revoke_officer(
    register: OfficersContext,
    officer: Officer,
    cause: RevocationOfOfficer,
    reach: ServedScope,
    request_key: RequestKey,
) -> bytes:
    """The serialised response; the first one on a retry. Whatever counted a signature
    of this officer was durable before this is; nothing counts one after it.

    One operator suffices, as a key in wrong hands can't wait; what one person does is undone by
    another. Of an officer without a key that counts, keys that were proposed end at once, as one
    operator may end them: after a restore one may wait that was approved and revoked since. Raises
    ``OUT_OF_SCOPE``, ``OFFICER_NOT_ENROLLED``, ``OFFICER_REVOKED``.
    """
    require_reach(reach, officer, field="officer")
    now = register.clock.now()
    proposal = ProposalRecord(
        proposal_id=proposal_id_of(request_key),
        officer=officer,
        asks_for=cause,
        state=ProposalState.OPEN,
        proposed_by=request_key.caller,
        proposed_at=now,
    )

    def work(tx: Transaction) -> bytes:
        keys.queue_for(tx, officer)
        if not proposals.add(tx, proposal):
            raise forgotten()
        suspended_keys = keys.suspend(tx, officer, proposal.proposal_id, now=now)
        # Nothing suspended keeps a key from being approved that was proposed for them before.
        if not suspended_keys and not end_with_officer(
            register, tx, officer, by=request_key.caller, at=now
        ):
            raise _nothing_left(tx, officer)
        for key_sha256 in suspended_keys:
            register.enter(
                tx,
                OFFICER_SUSPENDED,
                officer,
                {
                    "proposal_id": proposal.proposal_id,
                    "key_sha256": key_sha256.hex(),
                    "cause": cause.value,
                },
                actor=request_key.caller,
                at=now,
            )
        return suspended(proposal, keys.of_officer(tx, officer, left_out=tell_left_out))

    answer = register.requests.once(register.database, request_key, now, work, turn=Turn.CHANGES)
    register.checkpoint("officer suspended")
    return answer


def _nothing_left(tx: Reading, officer: Officer) -> OpenJpkiError:
    if keys.is_known(tx, officer):
        return OpenJpkiError(Reason.OFFICER_REVOKED, "has no key left that counts", field="officer")
    return OpenJpkiError(Reason.OFFICER_NOT_ENROLLED, "has no key here", field="officer")
