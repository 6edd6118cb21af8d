"""Proposed revocations that nobody may approve any more: of too long ago, or by an officer who is
denied since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.evidence.ex_officio import WAITS_AT_MOST
from openjpki.services.ca.revocation.ex_officio import end_proposal
from openjpki.services.common.apart import Apart
from openjpki.services.common.journal_time import surely_now
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.two_people import count_lapsed, is_denied
from openjpki.storage.ca import revocation_proposals
from openjpki.storage.ca.revocation_proposals import ProposedState
from openjpki.storage.kernel import denied_credentials
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.revocation_proposals import RevocationProposal
    from openjpki.storage.kernel.transaction import Reading, Transaction

_log = get_logger("revocation")


def end_lapsed_proposals(ca: CaContext) -> None:
    """End them, of the authorities held here; one that fails keeps no other waiting.

    Raises ``SERVICE_UNAVAILABLE``, ``NOT_THE_OWNER`` when a lease was lost meanwhile.
    """
    # What has ended does not come back when a clock does.
    surely = ca.database.run(lambda tx: surely_now(tx, ca.clock))
    apart = Apart(_log, "proposed revocations not ended")
    for authority_id in ca.fence.held():
        with apart.of(authority=str(authority_id)):
            _end_of_authority(ca, authority_id, surely)
    apart.end()


def _end_of_authority(ca: CaContext, authority_id: AuthorityId, surely: datetime) -> None:
    with ca.database.reading() as tx:
        if not _due(tx, authority_id, surely):
            return
    at = ca.clock.now()

    def work(tx: Transaction) -> int:
        ended = [
            state
            for one, state in _due(tx, authority_id, surely)
            if end_proposal(ca, tx, one, state, by="ca", at=at)
        ]
        return ended.count(ProposedState.LAPSED)

    with ca.fence.writing(authority_id) as writer:
        count_lapsed("revocations", writer.run(work))


def _due(
    tx: Reading, authority_id: AuthorityId, surely: datetime
) -> list[tuple[RevocationProposal, ProposedState]]:
    waiting = revocation_proposals.of(
        tx, authority_id, [ProposedState.OPEN], left_out=tell_left_out
    )
    denied = denied_credentials.names(tx) if waiting else []
    found = []
    for one in waiting:
        if one.proposed_at < surely - WAITS_AT_MOST:
            found.append((one, ProposedState.LAPSED))
        elif is_denied(one.proposed_by, denied, one.proposed_with):
            found.append((one, ProposedState.DENIED))
    return found
