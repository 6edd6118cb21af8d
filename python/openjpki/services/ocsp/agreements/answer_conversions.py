"""Answers on agreements: a version as a message, which is kept serialised for retries."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.domain.agreements import (
    AgreementState,
    Beyond,
    Unit,
    VerifierKind,
    Way,
    content_sha256,
)
from openjpki.domain.agreements.standing import Standing

if TYPE_CHECKING:
    from openjpki.domain.agreements import Agreement, Notification, Quota
    from openjpki.domain.agreements.standing import QuotaNumber
    from openjpki.storage.ocsp.agreements import Listed

WAYS = {
    Way.OCSP_HTTP: pb.PROVIDING_WAY_OCSP_HTTP,
    Way.LISTS: pb.PROVIDING_WAY_LISTS,
    Way.GRPC: pb.PROVIDING_WAY_GRPC,
}
KINDS = {
    VerifierKind.GOVERNMENT_BODY: pb.VERIFIER_KIND_GOVERNMENT_BODY,
    VerifierKind.ACCREDITED: pb.VERIFIER_KIND_ACCREDITED,
    VerifierKind.APPROVED: pb.VERIFIER_KIND_APPROVED,
}
BEYOND = {
    Beyond.REFUSE: pb.QUOTA_BEYOND_REFUSE,
    Beyond.REPORT: pb.QUOTA_BEYOND_REPORT,
}
_STATES = {
    AgreementState.PROPOSED: pb.AGREEMENT_STATE_PROPOSED,
    AgreementState.IN_FORCE: pb.AGREEMENT_STATE_IN_FORCE,
    AgreementState.SUSPENDED: pb.AGREEMENT_STATE_SUSPENDED,
    AgreementState.ENDED: pb.AGREEMENT_STATE_ENDED,
    AgreementState.REJECTED: pb.AGREEMENT_STATE_REJECTED,
}
_UNITS = {
    Unit.STATUSES: pb.QUOTA_UNIT_STATUSES,
    Unit.DOWNLOADS: pb.QUOTA_UNIT_DOWNLOADS,
}
_STANDINGS = {
    Standing.WITHIN: pb.QUOTA_STANDING_WITHIN,
    Standing.NEAR: pb.QUOTA_STANDING_NEAR,
    Standing.REACHED: pb.QUOTA_STANDING_REACHED,
}
_NEVER = datetime.max.replace(tzinfo=UTC)


def agreement_message(one: Agreement) -> pb.Agreement:
    """One version."""
    message = pb.Agreement(
        verifier_id=one.verifier_id,
        authority_id=str(one.authority_id),
        version=one.version,
        state=_STATES[one.state],
        terms=_terms(one),
        proposed_by=one.proposed_by,
        decided_by=one.decided_by or "",
        stopped_by=one.stopped_by or "",
        content_sha256=content_sha256(one) or b"",
    )
    if one.notification is not None:
        message.notification.CopyFrom(_notification(one.notification))
    message.proposed_at.FromDatetime(one.proposed_at)
    if one.decided_at is not None:
        message.decided_at.FromDatetime(one.decided_at)
    if one.stopped_at is not None:
        message.stopped_at.FromDatetime(one.stopped_at)
    if one.ends != _NEVER:
        message.ends_at.FromDatetime(one.ends)
    return message


def listed_message(one: Listed) -> pb.Agreement:
    """As it is listed among many, without the words of its clauses."""
    message = agreement_message(one.agreement)
    message.content_sha256 = one.content_sha256 or b""
    return message


def _notification(said: Notification) -> pb.VerifierNotification:
    message = pb.VerifierNotification(
        name=said.name,
        kind=KINDS[said.kind],
        accreditation=said.accreditation or "",
        notified_by=said.notified_by,
    )
    message.notified_at.FromDatetime(said.notified_at)
    if said.accredited_until is not None:
        message.accredited_until.FromDatetime(said.accredited_until)
    return message


def _terms(one: Agreement) -> pb.AgreementTerms:
    message = pb.AgreementTerms(ways=sorted(WAYS[way] for way in one.ways))
    message.not_before.FromDatetime(one.period.not_before)
    if one.period.not_after is not None:
        message.not_after.FromDatetime(one.period.not_after)
    if one.quota is not None:
        message.quota.CopyFrom(_quota(one.quota))
    clauses = one.clauses
    if clauses is not None:
        message.purpose = clauses.purpose
        message.safety = clauses.safety
        message.secrecy = clauses.secrecy
        message.document_sha256 = clauses.document_sha256 or b""
        if clauses.liability_cap_yen is not None:
            message.liability_cap_yen = clauses.liability_cap_yen
    return message


def _quota(quota: Quota) -> pb.Quota:
    return pb.Quota(
        statuses_per_day=quota.statuses_per_day,
        statuses_per_month=quota.statuses_per_month,
        downloads_per_day=quota.downloads_per_day,
        downloads_per_month=quota.downloads_per_month,
        beyond=BEYOND[quota.beyond],
    )


def quota_number_message(one: QuotaNumber) -> pb.QuotaNumber:
    """A number of a quota, and how it stands."""
    return pb.QuotaNumber(
        verifier_id=one.verifier_id,
        unit=_UNITS[one.unit],
        period=pb.QUOTA_PERIOD_DAY if one.is_of_day else pb.QUOTA_PERIOD_MONTH,
        most=one.most,
        beyond=BEYOND[one.beyond],
        standing=_STANDINGS[one.standing],
    )
