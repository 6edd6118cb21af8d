"""Between the contract's messages and a validation: what is asked, the verdict, its reasons."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.types.v1 import path_pb2
from openjpki.catalogue.path_reason import PathReason
from openjpki.domain.authority import AuthorityId
from openjpki.domain.stated_time import written
from openjpki.errors import Language, OpenJpkiError, Reason
from openjpki.services.bridge.validation.validate import PathQuestion
from openjpki.x509.foreign.reading import read_certificate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from openjpki.pki_path.verdict import PathEvidence, PathRefusal, PathVerdict

COARSE: Final[Mapping[PathReason, pb.RefusalReason.ValueType]] = {
    PathReason.UNREADABLE: pb.REFUSAL_REASON_OTHER,
    PathReason.MALFORMED: pb.REFUSAL_REASON_OTHER,
    PathReason.KEY_REFUSED: pb.REFUSAL_REASON_ALGORITHM,
    PathReason.ALGORITHM_REFUSED: pb.REFUSAL_REASON_ALGORITHM,
    PathReason.SIGNATURE_INVALID: pb.REFUSAL_REASON_SIGNATURE,
    PathReason.ISSUER_MISMATCH: pb.REFUSAL_REASON_OTHER,
    PathReason.NOT_YET_VALID: pb.REFUSAL_REASON_NOT_YET_VALID,
    PathReason.EXPIRED: pb.REFUSAL_REASON_EXPIRED,
    PathReason.UNKNOWN_CRITICAL_EXTENSION: pb.REFUSAL_REASON_OTHER,
    PathReason.NOT_AN_AUTHORITY: pb.REFUSAL_REASON_NOT_AN_AUTHORITY,
    PathReason.PATH_TOO_LONG: pb.REFUSAL_REASON_PATH_LENGTH,
    PathReason.KEY_USAGE: pb.REFUSAL_REASON_NOT_AN_AUTHORITY,
    PathReason.NAME_NOT_PERMITTED: pb.REFUSAL_REASON_NAME_CONSTRAINTS,
    PathReason.NAME_EXCLUDED: pb.REFUSAL_REASON_NAME_CONSTRAINTS,
    PathReason.NAME_CONSTRAINT_UNSUPPORTED: pb.REFUSAL_REASON_NAME_CONSTRAINTS,
    PathReason.NAME_UNREADABLE: pb.REFUSAL_REASON_NAME_CONSTRAINTS,
    PathReason.POLICY_REQUIRED: pb.REFUSAL_REASON_POLICY,
    PathReason.POLICY_MAPPING_INVALID: pb.REFUSAL_REASON_POLICY,
    PathReason.REVOKED: pb.REFUSAL_REASON_REVOKED,
    PathReason.REVOCATION_UNKNOWN: pb.REFUSAL_REASON_REVOCATION_UNKNOWN,
    PathReason.NO_PATH: pb.REFUSAL_REASON_NO_PATH,
    PathReason.LIMIT_REACHED: pb.REFUSAL_REASON_NO_PATH,
}
"""Each reason as the first clients of the contract know it."""
_OID = re.compile(r"[0-2](\.[0-9]{1,20}){1,30}")


def question(request: pb.ValidateRequest, now: datetime) -> PathQuestion:
    """What is asked, as of ``now`` where it names no moment.

    Raises ``MALFORMED_DER``, ``TRAILING_BYTES``, ``INVALID_FIELD``.
    """
    return PathQuestion(
        at=_moment(request) or now,
        acceptable_policies=_policies(request.acceptable_policies),
        certificate=read_certificate(request.certificate),
        authority_id=AuthorityId.parse(request.authority_id),
    )


def answer_message(verdict: PathVerdict, at: datetime) -> pb.ValidateResponse:
    """The verdict as of ``at`` with its path, or why there is none."""
    message = pb.ValidateResponse(
        valid=verdict.valid,
        path=verdict.path,
        policies=verdict.user_policies,
        authority_policies=verdict.authority_policies,
        user_policies=verdict.user_policies,
        evidence=map(_evidence_message, verdict.evidence),
    )
    message.checked_at.FromDatetime(at)
    if verdict.refusal is not None:
        message.refusals.append(refusal_message(verdict.refusal))
    return message


def refusal_message(refusal: PathRefusal) -> pb.Refusal:
    """The reason coarsely and exactly, the rule, and which certificate."""
    said = f"{refusal.reason.text(Language.EN)} ({refusal.rule})"
    if refusal.revoked_at is not None:
        said = f"revoked at {written(refusal.revoked_at)} ({refusal.revocation_reason})"
    text = f"{refusal.subject}: {said}" if refusal.subject else said
    return pb.Refusal(
        reason=COARSE[refusal.reason],
        text=text,
        subject=refusal.subject,
        path_reason=path_pb2.PathReason.Value(f"PATH_REASON_{refusal.reason.name}"),
        rule=refusal.rule,
        certificate_sha256=refusal.certificate or b"",
    )


def _evidence_message(evidence: PathEvidence) -> pb.RevocationEvidence:
    return pb.RevocationEvidence(
        certificate_sha256=evidence.certificate,
        revocation_lists=evidence.lists,
        ocsp_response=evidence.ocsp_response or b"",
        renumbered=evidence.renumbered,
    )


def _policies(texts: Iterable[str]) -> frozenset[str]:
    policies = frozenset(texts)
    if not all(map(_OID.fullmatch, policies)):
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be dotted object identifiers", field="acceptable_policies"
        )
    return policies


def _moment(request: pb.ValidateRequest) -> datetime | None:
    if not request.HasField("at"):
        return None
    try:
        return request.at.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be a time", field="at") from error
