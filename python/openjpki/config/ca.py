"""Settings of the certification authority service."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import Annotated, Literal

from pydantic import Field, model_validator

from openjpki.config.base import ServiceSettings, listening
from openjpki.config.parts import (
    ANSWERS_KEPT,
    AnswersKept,
    DatabasePart,
    KeysPart,
    LeasePart,
    Part,
    ServicePart,
)


class ReceiptKeyFilePart(Part):
    """A P-256 key as an encrypted file: receipts are ES256."""

    kind: Literal["file"]
    file: Path
    """PKCS#8 in PEM, encrypted; readable by the service only."""
    passphrase_file: Path


class ReceiptKeyOfBackendPart(Part):
    """A key beside the authorities' own: receipts are RS256."""

    kind: Literal["keys"]
    label: str = "receipt/ca/1"
    """In ``keys``."""


ReceiptKeyPart = Annotated[
    ReceiptKeyFilePart | ReceiptKeyOfBackendPart, Field(discriminator="kind")
]
"""The key that signs receipts (L1b): another than any authority's."""


class IssueLimitsPart(Part):
    """Certificates of persons that one authority signs at most; see
    ``openjpki.domain.issue_limits``."""

    caller_hour: int = Field(default=20_000, ge=1, le=10_000_000)
    caller_day: int = Field(default=100_000, ge=1, le=10_000_000)
    municipality_hour: int = Field(default=3_000, ge=1, le=10_000_000)
    municipality_day: int = Field(default=20_000, ge=1, le=10_000_000)


class CaPart(Part):
    """How its lists and responder certificates live, and what it keeps for how long. Seconds.

    What an authority's policy calls by the same name holds where it is shorter.
    """

    crl_period: int = Field(default=86_400, ge=1, le=7 * 86_400)
    """From one revocation list to the next."""
    crl_next_update: int = Field(default=172_800, ge=2, le=14 * 86_400)
    """From thisUpdate to nextUpdate."""
    responder_lifetime: int = Field(default=7 * 86_400, ge=60, le=90 * 86_400)
    """Of a delegated OCSP responder's certificate."""
    receipt_key: ReceiptKeyPart | None = None
    """None: the one labelled as :attr:`signs_receipts` says."""
    issue_limits: IssueLimitsPart = IssueLimitsPart()
    answers_kept: AnswersKept = ANSWERS_KEPT
    events_kept: int = Field(default=7 * 86_400, ge=3600, le=3660 * 86_400)
    """For which the status feed can be followed from a position. A replica that was away for longer
    takes a snapshot; longer than reading one takes, or it would never catch up."""

    @property
    def signs_receipts(self) -> ReceiptKeyPart:
        """The key of receipts; unless set, ``receipt/ca/1`` in the service's keys."""
        return self.receipt_key or ReceiptKeyOfBackendPart(kind="keys")

    @model_validator(mode="after")
    def _lists_overlap(self) -> CaPart:
        if self.crl_next_update <= self.crl_period:
            raise ValueError("crl_next_update must be longer than crl_period")
        return self


class CaSettings(ServiceSettings):
    """``OPENJPKI_KEYS__KIND``, ``OPENJPKI_CA__CRL_PERIOD``, …"""

    service: ServicePart = listening(7110)
    database: DatabasePart
    keys: KeysPart
    lease: LeasePart = LeasePart()
    ca: CaPart = CaPart()
