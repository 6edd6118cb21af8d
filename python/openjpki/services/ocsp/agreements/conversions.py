"""Between the contract's messages and agreements: parsed once, here."""

from __future__ import annotations

from typing import Literal

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.domain.agreements import Clauses, Notification, Period, Quota
from openjpki.domain.authority import AuthorityId
from openjpki.rpc.officer_signature import moment
from openjpki.services.ocsp.agreements.answer_conversions import BEYOND, KINDS, WAYS
from openjpki.services.ocsp.agreements.decide import NamedAgreement
from openjpki.services.ocsp.agreements.propose import ProposedAgreement

_QuotaNumber = Literal[
    "statuses_per_day", "statuses_per_month", "downloads_per_day", "downloads_per_month"
]
_KINDS = {number: kind for kind, number in KINDS.items()}
_BEYOND = {number: beyond for beyond, number in BEYOND.items()}
_WAYS = {number: way for way, number in WAYS.items()}


def proposed_agreement(request: pb.ProposeAgreementRequest) -> ProposedAgreement:
    """Raises ``INVALID_FIELD``."""
    return ProposedAgreement(
        verifier_id=request.verifier_id,
        authority_id=AuthorityId.parse(request.authority_id),
        notification=_notification(request.notification),
        ways=frozenset(_WAYS[way] for way in request.terms.ways),
        period=Period(
            moment(request.terms.not_before, field="terms.not_before"),
            moment(request.terms.not_after, field="terms.not_after"),
        ),
        clauses=_clauses(request.terms),
        quota=_quota(request.terms.quota) if request.terms.HasField("quota") else None,
    )


def named_agreement(
    request: pb.ApproveAgreementRequest | pb.RejectAgreementRequest,
) -> NamedAgreement:
    """Raises ``INVALID_FIELD``."""
    authority_id = AuthorityId.parse(request.authority_id)
    seen = b"" if isinstance(request, pb.RejectAgreementRequest) else request.content_sha256
    return NamedAgreement(request.verifier_id, authority_id, request.version, seen)


def _notification(message: pb.VerifierNotification) -> Notification:
    until = None
    if message.HasField("accredited_until"):
        until = moment(message.accredited_until, field="notification.accredited_until")
    return Notification(
        name=message.name,
        kind=_KINDS[message.kind],
        accreditation=message.accreditation or None,
        accredited_until=until,
        notified_by=message.notified_by,
        notified_at=moment(message.notified_at, field="notification.notified_at"),
    )


def _clauses(message: pb.AgreementTerms) -> Clauses:
    capped = message.HasField("liability_cap_yen")
    return Clauses(
        purpose=message.purpose,
        liability_cap_yen=message.liability_cap_yen if capped else None,
        safety=message.safety,
        secrecy=message.secrecy,
        document_sha256=message.document_sha256 or None,
    )


def _quota(message: pb.Quota) -> Quota:
    return Quota(
        statuses_per_day=_number(message, "statuses_per_day"),
        statuses_per_month=_number(message, "statuses_per_month"),
        downloads_per_day=_number(message, "downloads_per_day"),
        downloads_per_month=_number(message, "downloads_per_month"),
        beyond=_BEYOND[message.beyond],
    )


def _number(message: pb.Quota, name: _QuotaNumber) -> int | None:
    number: int = getattr(message, name)
    return number if message.HasField(name) else None
