"""What is asked of an authority's self-signed certificate (PROFILE: Authority; R9.2.4b)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.x509.profiles import building

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

AUTHORITY_YEARS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityProfile:
    """What differs between authorities. Times are aware, whole seconds."""

    name: x509.Name
    """``names.authority_name(...)``."""
    alternative_name: x509.Name
    """``names.authority_name_ja(...)``, for the subjectAltName."""
    serial: int
    not_before: datetime
    years: int = AUTHORITY_YEARS

    @property
    def not_after(self) -> datetime:
        """Last second of validity."""
        return building.years_after(self.not_before, self.years)
