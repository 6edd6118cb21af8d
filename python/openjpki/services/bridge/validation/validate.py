"""Validating an official's certificate from a governor's authority on (官職証明書, R4.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from openjpki.api.bridge.v1 import bridge_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.pki_path.certificate import read_certificate
from openjpki.pki_path.policy import ANY_POLICY, PathPolicy
from openjpki.pki_path.validate import validate_certificate
from openjpki.services.bridge.validation.path_material import rfc4514
from openjpki.services.bridge.validation.refusals import refusal_message
from openjpki.telemetry.metrics import PATH_VALIDATIONS
from openjpki.x509.foreign import certificate as foreign_certificate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.domain.clock import Clock
    from openjpki.services.bridge.pool.current_pool import CurrentPool

_OID = re.compile(r"[0-2](\.[0-9]{1,20}){1,30}")
_MOST_REFUSALS = 20


@dataclass(frozen=True, slots=True)
class Validate:
    """The use case. Nothing is kept of who asked for whose certificate."""

    clock: Clock
    pool: CurrentPool

    def __call__(self, request: bridge_pb2.ValidateRequest) -> bridge_pb2.ValidateResponse:
        """Raises ``MALFORMED_DER``, ``TRAILING_BYTES``, ``INVALID_FIELD``,
        ``AUTHORITY_NOT_FOUND``; a path that does not hold is an answer."""
        target = request.certificate
        foreign_certificate.load(target, field="certificate")
        at = _moment(request) or self.clock.now()
        material = self.pool(request.authority_id)
        governor = material.governor(request.authority_id)
        verdict = validate_certificate(
            anchor=governor.certificate,
            target=target,
            pool=material.pool,
            crls=material.crls,
            at=at,
            policy=PathPolicy(
                initial_policies=_acceptable(request.acceptable_policies, governor.policy_oid),
                explicit_policy=True,
            ),
        )
        PATH_VALIDATIONS.labels("valid" if verdict.valid else "refused").inc()
        answer = bridge_pb2.ValidateResponse(
            valid=verdict.valid, path=verdict.path, policies=verdict.policies
        )
        answer.checked_at.FromDatetime(at)
        if not verdict.valid:
            names = {**material.names, read_certificate(target).subject_text: rfc4514(target)}
            answer.refusals.extend(
                refusal_message(one, names) for one in verdict.refusals[:_MOST_REFUSALS]
            )
        return answer


def _moment(request: bridge_pb2.ValidateRequest) -> datetime | None:
    if not request.HasField("at"):
        return None
    try:
        return request.at.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be a time", field="at") from error


def _acceptable(asked: Iterable[str], own_policy: str) -> frozenset[str]:
    policies = frozenset(asked)
    for policy in policies:
        if not _OID.fullmatch(policy):
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "must be dotted object identifiers",
                field="acceptable_policies",
            )
    if ANY_POLICY in policies:
        return frozenset()
    return policies or frozenset({own_policy})
