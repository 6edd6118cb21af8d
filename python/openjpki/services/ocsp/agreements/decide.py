"""The second of two officers: a proposed version is put in force, or rejected."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from openjpki.domain.agreements import AgreementState, content_sha256
from openjpki.domain.officers.enrolment import CLOCK_SKEW
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.two_people import require_another, require_standing
from openjpki.services.ocsp.agreements.answer_conversions import agreement_message
from openjpki.services.ocsp.agreements.propose import LAPSES_AFTER, hex_of, require_registered
from openjpki.services.ocsp.journal import (
    AGREEMENT_APPROVED,
    AGREEMENT_REJECTED,
    AGREEMENT_RESUMED,
    STREAM,
)
from openjpki.storage.ocsp import agreements

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.agreements import Agreement
    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ocsp.context import OcspContext
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading, Transaction


@dataclass(frozen=True, slots=True)
class NamedAgreement:
    """A version."""

    verifier_id: str
    authority_id: AuthorityId
    version: int
    content_sha256: bytes = b""
    """As the officer has seen it, to be approved."""


def approve_agreement(ocsp: OcspContext, named: NamedAgreement, request_key: RequestKey) -> bytes:
    """Put it in force, here when this returns; its message, serialised, the same on a retry.

    Raises ``UNKNOWN_VERIFIER``, ``AGREEMENT_NOT_FOUND``, ``WRONG_STATE``, ``SAME_OFFICER``,
    ``REQUEST_ID_REUSED``.
    """
    now = ocsp.clock.now()

    def work(tx: Transaction) -> bytes:
        require_registered(tx, named.verifier_id, named.authority_id)
        one = _proposed(tx, named)
        if content_sha256(one) != named.content_sha256:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, "is not the content of this version", field="content_sha256"
            )
        if one.proposed_at < now - LAPSES_AFTER:
            raise _wrong_state("was proposed too long ago: it must be proposed anew", one)
        if one.proposed_at > now + CLOCK_SKEW:
            raise _wrong_state(
                "was proposed by a clock that is ahead: it must be proposed anew", one
            )
        if one.ends <= now:
            raise _wrong_state("is over by now", one)
        # As nothing that is proposed now: it would take another's place, and never give access.
        if one.own_end <= one.begins:
            raise _wrong_state("ends with the accreditation before it begins", one)
        require_another(
            one.proposed_by,
            request_key.caller,
            "must be approved by another officer than who proposed it",
            field="version",
        )
        require_standing(
            tx,
            one.proposed_by,
            certificate=one.proposed_with,
            field="version",
            state=one.state.value,
        )
        suspended = _make_room(tx, one, request_key, now)
        approved = _decided(tx, one, AgreementState.IN_FORCE, request_key, now)
        ocsp.journal.append(
            tx,
            AGREEMENT_RESUMED if suspended else AGREEMENT_APPROVED,
            stream=STREAM,
            actor=request_key.caller,
            subject=one.verifier_id,
            details={
                "authority": str(one.authority_id),
                "version": one.version,
                "proposed_by": one.proposed_by,
                "content_sha256": hex_of(one),
                **({"suspended": suspended} if suspended else {}),
            },
            at=now,
        )
        return approved

    kept = ocsp.requests.once(ocsp.database, request_key, now, work)
    ocsp.registry.look()
    return kept


def reject_agreement(ocsp: OcspContext, named: NamedAgreement, request_key: RequestKey) -> bytes:
    """End a proposed version; its message, serialised, the same on a retry.

    Raises ``AGREEMENT_NOT_FOUND``, ``WRONG_STATE``, ``REQUEST_ID_REUSED``.
    """
    now = ocsp.clock.now()

    def work(tx: Transaction) -> bytes:
        agreements.queue_for(tx, named.verifier_id)
        one = _proposed(tx, named)
        rejected = _decided(tx, one, AgreementState.REJECTED, request_key, now)
        ocsp.journal.append(
            tx,
            AGREEMENT_REJECTED,
            stream=STREAM,
            actor=request_key.caller,
            subject=one.verifier_id,
            details={"authority": str(one.authority_id), "version": one.version},
            at=now,
        )
        return rejected

    return ocsp.requests.once(ocsp.database, request_key, now, work)


def _make_room(tx: Transaction, one: Agreement, request_key: RequestKey, now: datetime) -> str:
    """Have others give access until this one begins, by no clock of ours; which were suspended.

    Raises ``WRONG_STATE`` where a later one was in force: what was proposed before it was proposed
    without knowing of it.
    """
    decided = (AgreementState.IN_FORCE, AgreementState.SUSPENDED, AgreementState.ENDED)
    newest = agreements.newest_version(tx, one.verifier_id, one.authority_id, decided)
    if newest > one.version:
        raise _wrong_state("was proposed before the version that was in force last", one)
    agreements.supersede(tx, one)
    suspended = agreements.stop(
        tx,
        one.verifier_id,
        {AgreementState.SUSPENDED: AgreementState.ENDED},
        by=request_key.caller,
        at=now,
        authority_id=one.authority_id,
    )
    return ",".join(str(each.version) for each in suspended)


def _proposed(tx: Reading, named: NamedAgreement) -> Agreement:
    found = require_agreement(tx, named)
    if found.state is not AgreementState.PROPOSED:
        raise _wrong_state(f"is {found.state.value} already", found)
    return found


def require_agreement(tx: Reading, named: NamedAgreement) -> Agreement:
    """A version. Raises ``AGREEMENT_NOT_FOUND``, ``STORED_UNREADABLE``."""
    found = agreements.get(tx, named.verifier_id, named.authority_id, named.version)
    if found is None:
        raise OpenJpkiError(
            Reason.AGREEMENT_NOT_FOUND, "is no version of an agreement", field="version"
        )
    return found


def _decided(
    tx: Transaction, one: Agreement, then: AgreementState, request_key: RequestKey, now: datetime
) -> bytes:
    """The answer."""
    if not agreements.decide(tx, one, then, by=request_key.caller, at=now):
        raise _wrong_state("was decided on by somebody else", one)
    decided = replace(one, state=then, decided_by=request_key.caller, decided_at=now)
    return agreement_message(decided).SerializeToString(deterministic=True)


def _wrong_state(rule: str, one: Agreement) -> OpenJpkiError:
    return OpenJpkiError(Reason.WRONG_STATE, rule, field="version", state=one.state.value)
