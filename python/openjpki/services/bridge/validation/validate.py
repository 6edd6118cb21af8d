"""Validating an official's certificate from a governor's authority on (官職証明書, R4.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.pki_path.certificate import read_certificate
from openjpki.pki_path.policy import ANY_POLICY, PathPolicy
from openjpki.pki_path.validate import validate_certificate
from openjpki.pki_path.verdict import PathRefusal, RefusalReason
from openjpki.services.bridge.pool.reading import read_certificate as read_at_the_door
from openjpki.telemetry.metrics import PATH_VALIDATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.pki_path.verdict import PathVerdict
    from openjpki.services.bridge.pool.current_pool import CurrentPool
    from openjpki.services.bridge.pool.path_material import PathMaterial

_OID = re.compile(r"[0-2](\.[0-9]{1,20}){1,30}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PathQuestion:
    """Whether this certificate is an official's, as of a moment."""

    certificate: bytes
    """X.509 DER."""
    authority_id: AuthorityId
    """Of the governor whom the asker trusts."""
    acceptable_policies: frozenset[str]
    """Dotted; empty: the governor's own."""
    at: datetime


@dataclass(frozen=True, slots=True)
class PathAnswer:
    """The verdict, and the names in it as people write them."""

    verdict: PathVerdict
    names: Mapping[str, str]
    """Subjects as the validator tells them -> RFC 4514."""


def validate(pool: CurrentPool, question: PathQuestion) -> PathAnswer:
    """Build and check the whole path. Nothing is kept of who asked for whose certificate.

    Raises ``MALFORMED_DER``, ``TRAILING_BYTES``, ``INVALID_FIELD``, ``AUTHORITY_NOT_FOUND``; a
    path that does not hold is an answer.
    """
    target = question.certificate
    asked = read_at_the_door(target)
    material = pool(question.authority_id)
    governor = material.governor(question.authority_id)
    check = partial(
        validate_certificate,
        anchor=governor.certificate,
        target=target,
        crls=material.crls,
        at=question.at,
        policy=PathPolicy(
            initial_policies=_acceptable(question.acceptable_policies, governor.policy_oid),
            explicit_policy=True,
        ),
    )
    verdict = check(pool=material.pool)
    if not verdict.valid and material.revoked:
        verdict = _because_revoked(check(pool=material.with_revoked), material) or verdict
    PATH_VALIDATIONS.labels("valid" if verdict.valid else "refused").inc()
    if verdict.valid:
        return PathAnswer(verdict, material.names)
    names = {**material.names, read_certificate(target).subject_text: asked.name_text}
    return PathAnswer(verdict, names)


def _because_revoked(then: PathVerdict, material: PathMaterial) -> PathVerdict | None:
    """The refusal, where a path through what was revoked here is the reason; else None.

    ``then``: the verdict as it would be with that in the pool. It counts for its reason alone.
    """
    if any(one.reason is RefusalReason.REVOKED for one in then.refusals) and not then.valid:
        return then
    ended = [index for index, der in enumerate(then.path) if der in material.revoked]
    if not then.valid or not ended:
        return None
    # No list says so yet, or another infrastructure's never will.
    refusal = PathRefusal(
        read_certificate(then.path[ended[0]]).subject_text,
        ended[0],
        RefusalReason.REVOKED,
        "the cross certificate was revoked by officers of the service bridge",
    )
    return replace(then, valid=False, policies=(), refusals=(refusal,))


def _acceptable(policies: frozenset[str], own_policy: str) -> frozenset[str]:
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
