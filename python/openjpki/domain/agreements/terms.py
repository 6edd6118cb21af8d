"""What an agreement fixes: ways of asking, its time, what the verifier is bound by (R4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from openjpki.errors import OpenJpkiError, Reason

LONGEST = timedelta(days=5 * 366)
"""From an agreement's beginning to its end."""
LONGEST_AHEAD = timedelta(days=366)
"""From its proposal to its beginning. Both are over before the journal's entry of its approval is
disposed of, ten years after that."""


EARLIEST = timedelta(days=1)
"""From its beginning to its proposal: officers' clocks differ from the service's, and what is told
of who could ask when is not to be changed afterwards."""


class Way(Enum):
    """How status is provided; the value is its name wherever it is written down."""

    OCSP_HTTP = "ocsp_http"
    """OCSP over HTTP and HTTPS."""
    LISTS = "lists"
    """Revocation lists."""
    GRPC = "grpc"
    """Status over gRPC."""


@dataclass(frozen=True, slots=True)
class Period:
    """From when to when an agreement holds."""

    not_before: datetime
    """Aware."""
    not_after: datetime | None
    """Aware; the first moment at which it holds no more. None only where it was taken over from the
    time before agreements: until another takes its place."""

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``."""
        if self.not_after is None:
            return
        if not timedelta(0) < self.not_after - self.not_before <= LONGEST:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                f"must be later than the beginning, by at most {LONGEST.days} days",
                field="terms.not_after",
            )

    @property
    def end(self) -> datetime:
        """The last moment there is where nothing ends it."""
        return self.not_after or datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clauses:
    """What the verifier is bound by, beside the ways and the time."""

    purpose: str
    """What answers may be used for (R4.3b); for nothing else."""
    liability_cap_yen: int | None
    """The most that is paid for damages (L1), in yen; None where none was agreed."""
    safety: str
    """Measures that keep what is received safe (7-5)."""
    secrecy: str
    """What binds the verifier's staff to secrecy (7-8)."""
    document_sha256: bytes | None
    """Of the signed paper, where its file is kept; 32 octets."""
