"""What is asked of a delegated OCSP responder's certificate (docs/profile.md section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.x509.profiles.engine import SIGNATURE

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from cryptography import x509


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponderProfile:
    """A responder of one authority. Times are aware, whole seconds."""

    name: x509.Name
    """``names.responder_name(...)``."""
    spki_der: bytes
    """The responder's own public key: never the authority's."""
    serial: int
    not_before: datetime
    lifetime: timedelta
    signature: str = SIGNATURE

    @property
    def not_after(self) -> datetime:
        """Last second of validity."""
        return self.not_before + self.lifetime
