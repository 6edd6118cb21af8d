"""A revocation list that was checked, and when it may be relied on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.signer_core import PathRevocationList
    from openjpki.x509.crl.check import CrlFacts

CLOCKS_DIFFER = timedelta(minutes=5)
"""A list may be made so much in the future, as this machine's clock has it."""


@dataclass(frozen=True, slots=True)
class KeptList:
    """A list whose signature and scope were checked."""

    facts: CrlFacts
    entries: PathRevocationList
    sha256: bytes
    """Of its DER."""

    @property
    def is_in_doubt(self) -> bool:
        """Whether it has a critical extension that is not processed."""
        return not self.entries.is_processed

    def is_in_force(self, now: datetime) -> bool:
        """Whether it may be relied on."""
        return self.facts.this_update - CLOCKS_DIFFER <= now < self.facts.next_update

    def require_in_force(self, now: datetime) -> None:
        """Raises ``CRL_REFUSED`` unless it is."""
        if not self.is_in_force(now):
            raise OpenJpkiError(
                Reason.CRL_REFUSED,
                f"is in force from {self.facts.this_update:%FT%TZ} to"
                f" {self.facts.next_update:%FT%TZ}, not now",
                field="crl",
            )

    def is_due(self, now: datetime) -> bool:
        """Whether a newer one is to be asked for: in the second half of its life, or before it. The
        authority makes one when half is over, so that there is always one in force; and at once
        after one that a clock ahead has dated into the future."""
        life = self.facts.next_update - self.facts.this_update
        begins = self.facts.this_update
        return not begins - CLOCKS_DIFFER <= now < begins + life / 2

    def is_late(self, now: datetime) -> bool:
        """Whether there should have been a newer one for long: three quarters of its life are over.
        A country's lists are not all made again in the moment in which half is."""
        life = self.facts.next_update - self.facts.this_update
        return now >= self.facts.this_update + life * 3 / 4
