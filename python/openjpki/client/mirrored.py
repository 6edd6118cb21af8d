"""What a run of a mirror made of each list."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.errors import OpenJpkiError
    from openjpki.x509.crl.check import CrlFacts


class MirrorOutcome(StrEnum):
    """What became of a list."""

    UNCHANGED = "unchanged"
    """The one that is kept is the newest."""
    UPDATED = "updated"
    """A newer one, or the first, was taken in."""
    NAMED_NO_MORE = "named_no_more"
    """The service does not name it; it is kept until it ends, also where it is in doubt."""
    REMOVED = "removed"
    """The service does not name it, and it has ended or can't be believed."""
    NOT_UPDATED = "not_updated"
    """The newest was not taken in, or there should be a newer one; what was kept before is kept."""


@dataclass(frozen=True, slots=True)
class MirroredList:
    """One list after a run."""

    authority_id: AuthorityId
    partition: str | None
    """None: the service did not say which lists the authority has, or named none."""
    generation: int | None
    """None where the service did not say."""
    outcome: MirrorOutcome
    kept: CrlFacts | None
    """Of the list that is there now."""
    why: OpenJpkiError | None
    """Of one that was not."""
