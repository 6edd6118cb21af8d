"""What every statement has: a kind that none other shares, and claims."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Protocol, TypeAlias

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.domain.officers import Officer

Claim: TypeAlias = "str | int | bytes | tuple[Claim, ...] | None"
"""What a claim may hold. No float: it would have more than one encoding worth arguing about."""

Claims: TypeAlias = Mapping[str, Claim]
"""By name; every name is ASCII and shorter than 24 characters."""

SHA256_OCTETS = 32
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@unique
class StatementKind(StrEnum):
    """What is stated. The text stands in front of the claims in the octets that are signed, so a
    signature under one kind says nothing under another. A change of a kind's claims is a new kind:
    its last number rises."""

    APPLICATION_SUBMITTED = "openjpki.application-submitted.1"
    APPLICATION_TAKEN_OVER = "openjpki.application-taken-over.1"
    IDENTITY_CHECKED = "openjpki.identity-checked.1"
    KEY_PRESENTED = "openjpki.key-presented.1"
    APPLICATION_DECIDED = "openjpki.application-decided.1"
    RENEWAL_DECIDED = "openjpki.renewal-decided.1"
    REVOCATION_ASKED = "openjpki.revocation-asked.1"
    ERROR_FOUND = "openjpki.error-found.1"
    CROSS_CERTIFICATION_APPROVED = "openjpki.cross-certification-approved.1"
    CROSS_REVOCATION_APPROVED = "openjpki.cross-revocation-approved.1"
    RENUMBERED_LIST_ACCEPTED = "openjpki.renumbered-list-accepted.1"
    OFFICER_KEY_PRESENTED = "openjpki.officer-key-presented.1"
    RECEIPT = "openjpki.receipt.1"
    LISTS_PUBLISHED = "openjpki.lists.1"
    KEY_GENERATED = "openjpki.key-generated.1"


class Statement(Protocol):
    """What can be signed."""

    @property
    def kind(self) -> StatementKind:
        """Of the class, the same for all its values."""
        ...

    def claims(self) -> Claims:
        """All that is stated, every field of the value among it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Who states it, in which request, and when: what a signature carries beside itself."""

    officer: Officer
    request_id: str
    """UUID in lower case: of the request that the statement was made for, chosen by its caller."""
    signed_at: datetime
    """Aware, whole seconds; by the signer's clock."""

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``; ``ValueError`` for a moment without zone or with a fraction."""
        require_uuid(self.request_id, field="request_id")
        seconds(self.signed_at)

    def claims(self) -> Claims:
        """``by``: the officer's path; ``request_id``; ``at``: seconds since 1970 UTC."""
        return {
            "by": str(self.officer),
            "request_id": self.request_id,
            "at": seconds(self.signed_at),
        }


def require_uuid(text: str, *, field: str) -> None:
    """Raises ``INVALID_FIELD`` unless it is a UUID as RFC 9562 section 4 writes it, in lower case:
    of one id there is one spelling."""
    if not _UUID.fullmatch(text):
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be a UUID in lower case", field=field)


def require_sha256(octets: bytes, *, field: str) -> None:
    """Raises ``INVALID_FIELD`` unless it is as long as a SHA-256 digest."""
    if len(octets) != SHA256_OCTETS:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be 32 octets (SHA-256)", field=field)


def seconds(moment: datetime) -> int:
    """Since 1970 UTC. ``ValueError`` for a moment without time zone or with a fraction."""
    if moment.utcoffset() is None or moment.microsecond:
        raise ValueError("the moment needs a time zone and no fraction of a second")
    return int(moment.astimezone(UTC).timestamp())
