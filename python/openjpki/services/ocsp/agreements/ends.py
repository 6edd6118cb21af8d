"""Agreements that are entered as ended for good, as their time is over or nobody has their
verifier's id, and proposals that nobody may approve.

Access itself goes by the clock for each question (``registry/entries.py``), and what a clock says
that is ahead for a minute is over with it. What is entered here does not come back when a clock
does, so it goes by time that surely passed.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from openjpki.domain.agreements import AgreementState
from openjpki.domain.stated_time import written
from openjpki.services.common.apart import Apart
from openjpki.services.common.journal_time import surely_now
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.two_people import count_lapsed, is_denied
from openjpki.services.ocsp.agreements.propose import LAPSES_AFTER
from openjpki.services.ocsp.agreements.stop import enter_ends, stop_all
from openjpki.services.ocsp.journal import AGREEMENT_ENDED, AGREEMENT_REJECTED, STREAM
from openjpki.storage.kernel import denied_credentials
from openjpki.storage.ocsp import agreements
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import AGREEMENTS_TAKEN_OVER

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.agreements import Agreement
    from openjpki.services.ocsp.context import OcspContext
    from openjpki.storage.kernel.transaction import Transaction

_log = get_logger("agreements")


def end_agreements(ocsp: OcspContext) -> int:
    """Enter them; how many, with proposals of nobody's. Raises ``SERVICE_UNAVAILABLE``."""
    # Looked for without writing: there is seldom one.
    now = ocsp.clock.now()
    with ocsp.database.reading() as tx:
        found = agreements.over(tx, now, left_out=tell_left_out)
        of_nobody = agreements.of_nobody(tx)
        AGREEMENTS_TAKEN_OVER.set(agreements.count_taken_over(tx))
    apart = Apart(_log, "agreements not entered as ended")
    ended = 0
    for one in found:
        with apart.of(verifier=one.verifier_id, authority=str(one.authority_id)):
            ended += ocsp.database.run(partial(_end, ocsp, one, now))
    for verifier_id in of_nobody:
        with apart.of(verifier=verifier_id):
            ended += ocsp.database.run(partial(_end_of_nobody, ocsp, verifier_id, now))
    apart.end()
    return ended


def _end_of_nobody(ocsp: OcspContext, verifier_id: str, now: datetime, tx: Transaction) -> int:
    """An entry goes with its agreements, but where a release before agreements removes it, or a
    hand: whoever is registered by the id later, by such a one too, is not to have them."""
    if agreements.queue_for(tx, verifier_id):
        return 0
    stopped = stop_all(tx, verifier_id, by="ocsp", at=now)
    enter_ends(ocsp, tx, verifier_id, stopped, "ocsp", now)
    return len(stopped)


def _end(ocsp: OcspContext, one: Agreement, now: datetime, tx: Transaction) -> int:
    agreements.queue_for(tx, one.verifier_id)
    passed = surely_now(tx, ocsp.clock)
    if one.ends > passed or not agreements.end(tx, one):
        return 0
    last = one.ends
    replaced = agreements.replaced_at(tx, one)
    if replaced is not None:
        # What took its place may have begun before it was approved: until then this one gave
        # access, no longer than its own end.
        last = min(one.own_end, max(last, min(replaced, passed)))
    ocsp.journal.append(
        tx,
        AGREEMENT_ENDED,
        stream=STREAM,
        actor="ocsp",
        subject=one.verifier_id,
        details={
            "authority": str(one.authority_id),
            "version": one.version,
            "at": written(last),
        },
        at=now,
    )
    return 1


def end_proposals(ocsp: OcspContext) -> int:
    """Reject what nobody may approve any more: proposed so long ago that nobody knows why, or by an
    officer, or with a certificate, that is denied since. It does not come back with a credential
    that is allowed again. How many lapsed. Raises ``SERVICE_UNAVAILABLE``."""
    now = ocsp.clock.now()
    with ocsp.database.reading() as tx:
        denied = denied_credentials.names(tx)
        found = agreements.of(tx, states=[AgreementState.PROPOSED], left_out=tell_left_out)
    apart = Apart(_log, "proposed agreements not rejected")
    lapsed = 0
    for one in found:
        of_denied = is_denied(one.proposed_by, denied, one.proposed_with)
        if of_denied or one.proposed_at < now - LAPSES_AFTER:
            with apart.of(verifier=one.verifier_id, authority=str(one.authority_id)):
                rejected = ocsp.database.run(partial(_reject, ocsp, one, of_denied, now))
                lapsed += 0 if of_denied else rejected
    apart.end()
    count_lapsed("agreements", lapsed)
    return lapsed


def _reject(
    ocsp: OcspContext,
    one: Agreement,
    of_denied: bool,  # noqa: FBT001
    now: datetime,
    tx: Transaction,
) -> int:
    agreements.queue_for(tx, one.verifier_id)
    if not of_denied and one.proposed_at >= surely_now(tx, ocsp.clock) - LAPSES_AFTER:
        return 0
    if not agreements.decide(tx, one, AgreementState.REJECTED, by="ocsp", at=now):
        return 0
    ocsp.journal.append(
        tx,
        AGREEMENT_REJECTED,
        stream=STREAM,
        actor="ocsp",
        subject=one.verifier_id,
        details={"authority": str(one.authority_id), "version": one.version},
        at=now,
    )
    return 1
