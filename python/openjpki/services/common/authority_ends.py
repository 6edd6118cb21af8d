"""When the certificates of authorities end, as metrics have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.telemetry.metrics import AUTHORITY_CERTIFICATE_EXPIRY

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId


def measure_end(authority: AuthorityId | str, generation: int, end: datetime | None) -> None:
    """Of one generation of an authority's key; ``None``: it signs nothing any more, so that nobody
    need replace it."""
    if end is None:
        AUTHORITY_CERTIFICATE_EXPIRY.remove(str(authority), generation)
    else:
        AUTHORITY_CERTIFICATE_EXPIRY.labels(str(authority), generation).set(end.timestamp())


def forget_ends(authority: AuthorityId | str) -> None:
    """Another instance measures them now."""
    AUTHORITY_CERTIFICATE_EXPIRY.remove_by_labels({"authority": str(authority)})
