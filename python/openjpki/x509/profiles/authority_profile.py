"""What is asked of an authority's self-signed certificate (docs/profile.md section 3; R9.2.4b)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.x509.profiles.engine import SIGNATURE

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
    signature: str = SIGNATURE

    @property
    def not_after(self) -> datetime:
        """The last second of whole years (both ends count, RFC 5280 4.1.2.5)."""
        begin = self.not_before
        try:
            end = begin.replace(year=begin.year + self.years)
        except ValueError:  # 29 February of a year that has none
            end = begin.replace(year=begin.year + self.years, month=3, day=1)
        return end - timedelta(seconds=1)
