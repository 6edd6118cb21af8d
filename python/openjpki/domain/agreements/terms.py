"""What an agreement fixes: ways of asking, its time, what the verifier is bound by (R4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

END_OF_TIME = datetime.max.replace(tzinfo=UTC)
"""The last moment there is, of what nothing ends."""


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

    @property
    def end(self) -> datetime:
        """The last moment there is where nothing ends it."""
        return self.not_after or END_OF_TIME


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
