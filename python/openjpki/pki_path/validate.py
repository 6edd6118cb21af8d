"""Asking whether there is a valid path to a certificate (RFC 5280 6, RFC 4158).

The question is answered by the signing core's crate ``path``; here are the domain's values on
either side of it.
"""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING

from openjpki.catalogue.path_reason import PathReason
from openjpki.domain.stated_time import moment
from openjpki.errors import OpenJpkiError, Reason
from openjpki.pki_path.policy import ANY_POLICY, PathPolicy
from openjpki.pki_path.verdict import PathEvidence, PathRefusal, PathVerdict
from openjpki.signer_core import PathCertificate, PathQuestion, PathValidator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from openjpki import signer_core
    from openjpki.signer_core import PathPool

_VALIDATOR = PathValidator(remembered_signatures=1 << 14)
"""For the whole process: it remembers signatures between authorities, and nothing of who asked."""

_OF_THE_WHOLE = {PathReason.NO_PATH, PathReason.LIMIT_REACHED, PathReason.UNREADABLE}


def validate_certificate(
    *,
    anchors: Sequence[PathCertificate],
    target: bytes,
    pool: PathPool,
    at: datetime,
    policy: PathPolicy | None = None,
    validator: PathValidator = _VALIDATOR,
) -> PathVerdict:
    """Find a path from one of ``anchors`` to ``target`` that holds, or say why there is none.

    ``target`` is a certificate in DER or PEM, ``at`` is aware. Nothing is fetched. A path that does
    not hold, and a target that can't be read, is a verdict. Raises ``INVALID_FIELD`` for a time
    without a zone or a policy that is no OID.
    """
    if at.tzinfo is None:
        raise OpenJpkiError(Reason.INVALID_FIELD, "needs a time zone", field="at")
    policy = policy or PathPolicy()
    try:
        question = PathQuestion(
            target,
            anchors=list(anchors),
            pool=pool,
            at=floor(at.timestamp()),
            policies=sorted(policy.initial_policies) or [ANY_POLICY],
            explicit_policy=policy.explicit_policy,
            inhibit_mapping=policy.inhibit_policy_mapping,
            inhibit_any=policy.inhibit_any_policy,
            revocation=policy.revocation,
            delegated_lists=policy.delegated_lists,
            accept_renumbered=sorted(policy.accept_renumbered),
        )
    except ValueError as error:
        raise OpenJpkiError(Reason.INVALID_FIELD, str(error), field="policies") from error
    return _verdict(validator.validate(question), pool)


def _verdict(answer: signer_core.PathVerdict, pool: PathPool) -> PathVerdict:
    if answer.is_fault:
        raise OpenJpkiError(Reason.INTERNAL, "validating a path failed")
    path = answer.path
    return PathVerdict(
        refusal=None if answer.accepted else _refusal(answer, path),
        path=tuple(one.octets for one in path),
        authority_policies=tuple(answer.authority_policies),
        user_policies=tuple(answer.user_policies),
        evidence=tuple(
            _evidence(certificate, *found)
            for certificate, found in zip(path[1:], answer.evidence, strict=False)
        ),
        left_out=pool.left_out,
    )


def _refusal(answer: signer_core.PathVerdict, path: Sequence[PathCertificate]) -> PathRefusal:
    place = next((at for at, one in enumerate(path) if one.sha256 == answer.certificate), None)
    reason = PathReason[(answer.reason or "").upper()]
    if path and answer.certificate is None and reason not in _OF_THE_WHOLE:
        # What blames no certificate below it blames the anchor.
        place = 0
    revoked_at, revocation_reason = answer.revoked or (None, None)
    return PathRefusal(
        reason=reason,
        rule=answer.rule or "",
        certificate=None if place is None else path[place].sha256,
        subject="" if place is None else path[place].subject_text,
        place=place,
        revoked_at=None if revoked_at is None else moment(revoked_at),
        revocation_reason=revocation_reason,
    )


def _evidence(certificate: PathCertificate, kind: str, hashes: list[bytes]) -> PathEvidence:
    if kind == "ocsp_response":
        return PathEvidence(certificate=certificate.sha256, ocsp_response=hashes[0])
    return PathEvidence(
        certificate=certificate.sha256,
        lists=tuple(hashes),
        renumbered=kind == "renumbered_lists",
    )
