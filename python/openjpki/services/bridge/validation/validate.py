"""Validating an official's certificate from a governor's authority on (官職証明書, R4.5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from openjpki.catalogue.path_reason import PathReason
from openjpki.pki_path.policy import ANY_POLICY, PathPolicy
from openjpki.pki_path.validate import validate_certificate
from openjpki.pki_path.verdict import PathRefusal
from openjpki.telemetry.metrics import PATH_VALIDATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.pki_path.verdict import PathVerdict
    from openjpki.services.bridge.pool.current_pool import CurrentPool
    from openjpki.signer_core import PathCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class PathQuestion:
    """Whether this certificate is an official's, as of a moment."""

    certificate: PathCertificate
    """The official's."""
    authority_id: AuthorityId
    """Of the governor whom the asker trusts."""
    acceptable_policies: frozenset[str]
    """Dotted; empty: the governor's own."""
    at: datetime


def validate(pool: CurrentPool, question: PathQuestion) -> PathVerdict:
    """Build and check the whole path. Nothing is kept of who asked for whose certificate.

    Raises ``AUTHORITY_NOT_FOUND``; a path that does not hold is an answer.
    """
    material = pool(question.authority_id)
    governor = material.governor(question.authority_id)
    of_time = pool.at(material, question.at)
    check = partial(
        validate_certificate,
        anchors=[governor.anchor],
        target=question.certificate.octets,
        at=question.at,
        policy=PathPolicy(
            initial_policies=_acceptable(question.acceptable_policies, governor.policy_oid),
            explicit_policy=True,
            delegated_lists=True,
            accept_renumbered=of_time.accepted,
        ),
    )
    verdict = check(pool=of_time.pool)
    if not verdict.valid and of_time.ended:
        verdict = _because_revoked(check(pool=of_time.with_ended), of_time.ended) or verdict
    PATH_VALIDATIONS.labels("valid" if verdict.valid else "refused").inc()
    return verdict


def _because_revoked(then: PathVerdict, all_ended: Sequence[PathCertificate]) -> PathVerdict | None:
    """The refusal, where a path through what was revoked here is the reason; else None.

    ``then``: the verdict as it would be with that in the pool. It counts for its reason alone.
    """
    if then.refusal is not None:
        return then if then.refusal.reason is PathReason.REVOKED else None
    certificate = next((one for one in all_ended if one.octets in then.path), None)
    if certificate is None:
        return None
    # No list says so yet, or another infrastructure's never will.
    refusal = PathRefusal(
        reason=PathReason.REVOKED,
        rule="the cross certificate was revoked by officers of the service bridge",
        certificate=certificate.sha256,
        subject=certificate.subject_text,
    )
    return replace(then, refusal=refusal, authority_policies=(), user_policies=(), evidence=())


def _acceptable(policies: frozenset[str], own_policy: str) -> frozenset[str]:
    if ANY_POLICY in policies:
        return frozenset()
    return policies or frozenset({own_policy})
