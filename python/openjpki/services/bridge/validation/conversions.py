"""Between the contract's messages and a validation: what is asked, the verdict, its reasons."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.pki_path.verdict import RefusalReason
from openjpki.services.bridge.validation.validate import PathQuestion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openjpki.pki_path.verdict import PathRefusal
    from openjpki.services.bridge.validation.validate import PathAnswer

REASONS: Final[Mapping[RefusalReason, pb.RefusalReason.ValueType]] = {
    RefusalReason.NO_PATH: pb.REFUSAL_REASON_NO_PATH,
    RefusalReason.SEARCH_LIMIT: pb.REFUSAL_REASON_NO_PATH,
    RefusalReason.SIGNATURE: pb.REFUSAL_REASON_SIGNATURE,
    RefusalReason.EXPIRED: pb.REFUSAL_REASON_EXPIRED,
    RefusalReason.NOT_YET_VALID: pb.REFUSAL_REASON_NOT_YET_VALID,
    RefusalReason.REVOKED: pb.REFUSAL_REASON_REVOKED,
    RefusalReason.NO_CRL: pb.REFUSAL_REASON_REVOCATION_UNKNOWN,
    RefusalReason.CRL_EXPIRED: pb.REFUSAL_REASON_REVOCATION_UNKNOWN,
    RefusalReason.POLICY: pb.REFUSAL_REASON_POLICY,
    RefusalReason.PATH_LENGTH: pb.REFUSAL_REASON_PATH_LENGTH,
    RefusalReason.BASIC_CONSTRAINTS: pb.REFUSAL_REASON_NOT_AN_AUTHORITY,
    RefusalReason.KEY_USAGE: pb.REFUSAL_REASON_NOT_AN_AUTHORITY,
    RefusalReason.NAME_CHAINING: pb.REFUSAL_REASON_OTHER,
    RefusalReason.NAME_CONSTRAINTS: pb.REFUSAL_REASON_NAME_CONSTRAINTS,
    RefusalReason.CRITICAL_EXTENSION: pb.REFUSAL_REASON_OTHER,
    RefusalReason.ALGORITHM: pb.REFUSAL_REASON_ALGORITHM,
    RefusalReason.MALFORMED: pb.REFUSAL_REASON_OTHER,
}

_MOST_REFUSALS: Final = 20
_OF_THE_WHOLE: Final = {RefusalReason.SEARCH_LIMIT}


def question(request: pb.ValidateRequest, now: datetime) -> PathQuestion:
    """What is asked, as of ``now`` where it names no moment. Raises ``INVALID_FIELD``."""
    return PathQuestion(
        certificate=request.certificate,
        authority_id=AuthorityId.parse(request.authority_id),
        acceptable_policies=frozenset(request.acceptable_policies),
        at=_moment(request) or now,
    )


def answer_message(asked: PathQuestion, answer: PathAnswer) -> pb.ValidateResponse:
    """The verdict with its path, or why there is none."""
    verdict = answer.verdict
    message = pb.ValidateResponse(valid=verdict.valid, path=verdict.path, policies=verdict.policies)
    message.checked_at.FromDatetime(asked.at)
    if not verdict.valid:
        message.refusals.extend(
            refusal_message(one, answer.names) for one in verdict.refusals[:_MOST_REFUSALS]
        )
    return message


def refusal_message(refusal: PathRefusal, names: Mapping[str, str]) -> pb.Refusal:
    """``names``: subjects as the validator tells them, in RFC 4514's form."""
    subject = "" if refusal.reason in _OF_THE_WHOLE else names.get(refusal.subject, "")
    rule = refusal.text
    if refusal.reason is RefusalReason.CRL_EXPIRED:
        rule = f"its issuer's revocation list has expired: {rule}"
    elif refusal.reason is RefusalReason.REVOKED and refusal.revoked_at is not None:
        rule = f"revoked at {refusal.revoked_at:%Y-%m-%dT%H:%M:%SZ} ({refusal.revocation_reason})"
    text = f"{subject}: {rule}" if subject else rule
    return pb.Refusal(reason=REASONS[refusal.reason], text=text, subject=subject)


def _moment(request: pb.ValidateRequest) -> datetime | None:
    if not request.HasField("at"):
        return None
    try:
        return request.at.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be a time", field="at") from error
