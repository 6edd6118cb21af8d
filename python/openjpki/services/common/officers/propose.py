"""Proposing to know an officer by a key: a first one, or one in place of another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from openjpki.domain.officers import KeyPeriod, KeyState
from openjpki.domain.officers.enrolment import MOST_OPEN_PROPOSALS, ProposalState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.enrolment import require_presented
from openjpki.evidence.key_rules import require_officer_key
from openjpki.services.common.officers.answer_conversions import proposed
from openjpki.services.common.officers.reach import require_reach
from openjpki.services.common.officers_journal import OFFICER_PROPOSED
from openjpki.services.common.two_people import require_few
from openjpki.storage.kernel.requests import forgotten
from openjpki.storage.officers import keys, proposals
from openjpki.storage.officers.proposals import NewKey, ProposalRecord

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.evidence import OfficerSignature
    from openjpki.domain.officers import EnrolledKey, Officer
    from openjpki.domain.served_scope import ServedScope
    from openjpki.services.common.officers.context import OfficersContext
    from openjpki.storage.kernel.acts import Value
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Transaction

_NAMESPACE = UUID("8f1f6a0e-2c3b-4d43-9c1d-5f5b7a0b7f21")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOrder:
    """What an operator asks for."""

    public_key: bytes
    """SubjectPublicKeyInfo, DER; unchecked."""
    presented: OfficerSignature
    replaces: bytes | None
    not_before: datetime | None
    not_after: datetime | None


def propose_officer(
    register: OfficersContext,
    order: KeyOrder,
    reach: ServedScope,
    request_key: RequestKey,
    *,
    proposed_with: str | None,
) -> bytes:
    """The serialised response; the first one on a retry.

    ``reach``: what the operator operates; ``proposed_with``: the fingerprint of the certificate
    that they call with. Raises the reasons that the contract names.
    """
    require_reach(reach, order.presented.occasion.officer, field="presented.officer")
    now = register.clock.now()
    public_key = require_officer_key(order.public_key)
    period = KeyPeriod.of(order.not_before, order.not_after, now=now)
    asks_for = NewKey(
        public_key=public_key,
        presented=order.presented,
        period=period,
        replaces=order.replaces,
    )
    proposal = ProposalRecord(
        proposal_id=proposal_id_of(request_key),
        officer=order.presented.occasion.officer,
        asks_for=asks_for,
        state=ProposalState.OPEN,
        proposed_by=request_key.caller,
        proposed_at=now,
        proposed_with=proposed_with,
    )

    def work(tx: Transaction) -> bytes:
        keys.queue_for(tx, proposal.officer)
        require_enrollable(register, tx, proposal.officer, asks_for, now)
        require_few(
            proposals.count_open(tx, request_key.caller) + 1,
            MOST_OPEN_PROPOSALS,
            f"has proposed {MOST_OPEN_PROPOSALS} keys that nobody has decided on",
        )
        if not proposals.add(tx, proposal):
            raise forgotten()
        register.enter(
            tx,
            OFFICER_PROPOSED,
            proposal.officer,
            {"proposal_id": proposal.proposal_id, **facts_of(asks_for)},
            actor=request_key.caller,
            at=now,
        )
        return proposed(proposal)

    answer = register.requests.once(register.database, request_key, now, work)
    register.checkpoint("officer proposed")
    return answer


def proposal_id_of(request_key: RequestKey) -> str:
    """Of the one proposal that a call can open: the same after its answer was forgotten."""
    return str(uuid5(_NAMESPACE, f"{request_key.caller} {request_key.request_id}"))


def require_enrollable(
    register: OfficersContext,
    tx: Transaction,
    officer: Officer,
    new: NewKey,
    now: datetime,
) -> None:
    """Raises unless the key could be enrolled now; asked when it is proposed, and again when a
    second operator approves."""
    register.require_place(tx, officer)
    require_presented(new.public_key, new.presented, service=register.service, now=now)
    if new.public_key.sha256 in keys.find(tx, [new.public_key.sha256]):
        raise OpenJpkiError(
            Reason.OFFICER_KEY_TAKEN, "is or was an officer's key already", field="public_key"
        )
    known = keys.of_officer(tx, officer)
    if new.replaces is not None:
        replaced = next((one for one in known if one.key.key_sha256 == new.replaces), None)
        if replaced is None:
            raise OpenJpkiError(
                Reason.OFFICER_NOT_ENROLLED, "is no key of this officer", field="replaces"
            )
        _require_counting(replaced.key, now)
        if replaced.replaced_by is not None:
            raise OpenJpkiError(
                Reason.OFFICER_KEY_NOT_VALID, "has been replaced already", field="replaces"
            )
    elif any(one.key.state is KeyState.ENROLLED and one.key.not_after > now for one in known):
        raise OpenJpkiError(
            Reason.OFFICER_EXISTS,
            "has a key; a new one must replace it",
            field="presented.officer",
        )
    elif any(one.key.state is KeyState.SUSPENDED for one in known):
        # Also past its end: a key enrolled now would outlive the decision that the officer goes.
        raise OpenJpkiError(
            Reason.OFFICER_REVOKED,
            "is suspended; whether they are revoked must be decided first",
            field="presented.officer",
        )


def facts_of(new: NewKey) -> dict[str, Value]:
    """What the journal says of a new key."""
    facts: dict[str, Value] = {
        "key_sha256": new.public_key.sha256.hex(),
        "not_before": f"{new.period.not_before:%Y-%m-%dT%H:%M:%SZ}",
        "not_after": f"{new.period.not_after:%Y-%m-%dT%H:%M:%SZ}",
    }
    if new.replaces is not None:
        facts["replaces"] = new.replaces.hex()
    return facts


def _require_counting(key: EnrolledKey, now: datetime) -> None:
    if key.state is not KeyState.ENROLLED:
        raise OpenJpkiError(Reason.OFFICER_REVOKED, f"is {key.state.value}", field="replaces")
    if key.not_after <= now:
        raise OpenJpkiError(
            Reason.OFFICER_KEY_NOT_VALID, "has ended; propose an enrolment", field="replaces"
        )
