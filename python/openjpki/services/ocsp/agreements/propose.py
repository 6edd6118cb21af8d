"""The first of two officers: what a verifier notified, and the version that is to be agreed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.domain.agreements import Agreement, AgreementState, content_sha256
from openjpki.domain.agreements.proposing import require_proposable
from openjpki.domain.stated_time import written
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.two_people import require_few
from openjpki.services.ocsp.agreements.answer_conversions import agreement_message
from openjpki.services.ocsp.journal import AGREEMENT_PROPOSED, QUOTA_FACTS, STREAM
from openjpki.storage.ocsp import agreements, verifiers

if TYPE_CHECKING:
    from openjpki.domain.agreements import Clauses, Notification, Period, Quota, Way
    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ocsp.context import OcspContext
    from openjpki.storage.kernel.acts import Value
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Transaction

LAPSES_AFTER = timedelta(days=30)
"""From a proposal, for as long as nobody decides: then nobody knows why any more."""
MOST_PROPOSED = 100
"""Versions of an authority's agreements that one officer proposed within a day, or that wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedAgreement:
    """What an officer enters."""

    verifier_id: str
    authority_id: AuthorityId
    notification: Notification
    ways: frozenset[Way]
    period: Period
    clauses: Clauses
    quota: Quota | None


def propose_agreement(
    ocsp: OcspContext,
    wanted: ProposedAgreement,
    request_key: RequestKey,
    *,
    proposed_with: str | None,
) -> bytes:
    """Keep it as the next version, for another officer to approve; its message, serialised, the
    same on a retry.

    ``proposed_with``: the fingerprint of the certificate that the officer calls with. Raises
    ``UNKNOWN_VERIFIER``, ``INVALID_FIELD``, ``TOO_MANY_ENTRIES``, ``REQUEST_ID_REUSED``.
    """
    now = ocsp.clock.now()
    draft = Agreement(
        verifier_id=wanted.verifier_id,
        authority_id=wanted.authority_id,
        version=1,
        state=AgreementState.PROPOSED,
        notification=wanted.notification,
        ways=wanted.ways,
        period=wanted.period,
        clauses=wanted.clauses,
        quota=wanted.quota,
        proposed_by=request_key.caller,
        proposed_at=now,
        proposed_with=proposed_with,
    )

    def work(tx: Transaction) -> bytes:
        # Here: a retry is answered as the first time, whatever the clock says by then.
        require_proposable(draft)
        require_registered(tx, draft.verifier_id, draft.authority_id)
        waiting = agreements.count_proposed(
            tx, draft, waiting_since=now - LAPSES_AFTER, since=now - timedelta(days=1)
        )
        require_few(
            waiting + 1,
            MOST_PROPOSED,
            f"has proposed {MOST_PROPOSED} agreements of this authority within a day, or that wait",
        )
        before = agreements.newest_version(tx, draft.verifier_id, draft.authority_id)
        one = replace(draft, version=before + 1)
        agreements.add(tx, one)
        ocsp.journal.append(
            tx,
            AGREEMENT_PROPOSED,
            stream=STREAM,
            actor=request_key.caller,
            subject=one.verifier_id,
            details=_facts(one, wanted),
            at=now,
        )
        return agreement_message(one).SerializeToString(deterministic=True)

    return ocsp.requests.once(ocsp.database, request_key, now, work)


def require_registered(tx: Transaction, verifier_id: str, authority_id: AuthorityId) -> None:
    """Raises ``UNKNOWN_VERIFIER``; ``OUT_OF_SCOPE`` where its entry lacks the authority, or an
    operator could open later what was agreed. Until the transaction ends, nobody else changes what
    is agreed with the verifier."""
    if not agreements.queue_for(tx, verifier_id):
        raise OpenJpkiError(
            Reason.UNKNOWN_VERIFIER, "is not a registered verifier", field="verifier_id"
        )
    if not verifiers.names(tx, verifier_id, authority_id):
        raise OpenJpkiError(
            Reason.OUT_OF_SCOPE,
            "is not among the authorities that the verifier's entry names",
            field="authority_id",
        )


def hex_of(one: Agreement) -> str:
    """The digest of a version that was agreed."""
    return (content_sha256(one) or b"").hex()


def _facts(one: Agreement, wanted: ProposedAgreement) -> dict[str, Value]:
    """What is to be granted, so that the journal alone tells who could ask what and when."""
    facts: dict[str, Value] = {
        "authority": str(one.authority_id),
        "version": one.version,
        "kind": wanted.notification.kind.value,
        "ways": ",".join(sorted(way.value for way in one.ways)),
        "not_before": written(one.period.not_before),
        "not_after": written(one.period.end),
        "content_sha256": hex_of(one),
    }
    if wanted.notification.accredited_until is not None:
        facts["accredited_until"] = written(wanted.notification.accredited_until)
    if wanted.clauses.liability_cap_yen is not None:
        facts["liability_cap_yen"] = wanted.clauses.liability_cap_yen
    if one.quota is not None:
        numbers = zip(QUOTA_FACTS, one.quota.numbers, strict=True)
        facts |= {name: number for name, number in numbers if number is not None}
        facts["beyond"] = one.quota.beyond.value
    return facts
