"""Settings of the registration service."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import Annotated

from pydantic import Field

from openjpki.config.address import Address
from openjpki.config.base import ServiceSettings, listening
from openjpki.config.parts import ANSWERS_KEPT, AnswersKept, DatabasePart, Part, ServicePart
from openjpki.domain.policy.window import WindowPolicy

_USUAL = WindowPolicy()
Waits = Annotated[int, Field(ge=86_400, le=366 * 86_400)]
"""Seconds: a day to a year."""


class RegistrationPart(Part):
    """Whom it asks, and what it keeps for how long."""

    ca: Address = Address("localhost:7110")
    """The ca service."""
    resident_register: DatabasePart
    """The resident register it may read."""
    person_key_file: Path
    """32 octets or more from a random source, kept apart from the database: without them nobody
    finds a person by trying attributes against stored references."""
    receipt_keys: Path
    """Folder of the public keys (``*.pem``, SubjectPublicKeyInfo) that ca's receipts may be by; it
    may change at any time. Several, while one follows another."""
    window_rules: Path | None = None
    """File (JSON) of what windows go by, as docs/applications.md has it; without: no terms."""
    answers_kept: AnswersKept = ANSWERS_KEPT
    waits_at_most: Waits = int(_USUAL.waits_at_most.total_seconds())
    """Seconds from when an application was taken to its decision: after that it expires. The
    authority takes no statement of an officer that is older than its own policy says, 30 days
    unless set otherwise."""
    closed_after: Waits = int(_USUAL.closed_after.total_seconds())
    """Seconds from handing a certificate over, after which who has not objected accepts it."""
    decider_did_not_take: bool = _USUAL.decider_did_not_take
    """Whether who decides on an application must be another than who took it. ``false`` is of use
    where the authority's policy lets it too (``evidence.approver_did_not_submit``)."""

    @property
    def policy(self) -> WindowPolicy:
        """What it asks of windows."""
        return WindowPolicy(
            waits_at_most=timedelta(seconds=self.waits_at_most),
            closed_after=timedelta(seconds=self.closed_after),
            decider_did_not_take=self.decider_did_not_take,
        )


class RegistrationSettings(ServiceSettings):
    """``OPENJPKI_SERVICE__LISTEN``, ``OPENJPKI_REGISTRATION__CA``, …"""

    service: ServicePart = listening(7100)
    database: DatabasePart
    registration: RegistrationPart
