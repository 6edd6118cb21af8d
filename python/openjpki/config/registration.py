"""Settings of the registration service."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads it

from openjpki.config.address import Address
from openjpki.config.base import ServiceSettings, listening
from openjpki.config.parts import ANSWERS_KEPT, AnswersKept, DatabasePart, Part, ServicePart


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
    answers_kept: AnswersKept = ANSWERS_KEPT


class RegistrationSettings(ServiceSettings):
    """``OPENJPKI_SERVICE__LISTEN``, ``OPENJPKI_REGISTRATION__CA``, …"""

    service: ServicePart = listening(7100)
    database: DatabasePart
    registration: RegistrationPart
