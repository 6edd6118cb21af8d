"""That an applicant got the certificate: what an officer records of it (R2.4.2), and what closes an
application then (ADR 39)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from openjpki.domain.policy.baseline import VERSION
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.window import OfficerId


class Recipient(Enum):
    """Into whose hands it went."""

    APPLICANT = "applicant"
    PROXY = "proxy"
    """Somebody with the applicant's power of attorney; nothing of them is kept."""


class Medium(Enum):
    """What the certificate and the governor's own were written to."""

    CARD = "card"
    """The tamper-resistant one with the private key (R2.3.2)."""
    FILE = "file"
    """Another, as a floppy disk, while such are allowed."""


class Closing(Enum):
    """Why nothing is left to be done."""

    ACCEPTED = "accepted"
    """The applicant said that what the certificate says is right."""
    NOT_OBJECTED = "not_objected"
    """The applicant said nothing for as long as policy lets."""
    CERTIFICATE_ENDED = "certificate_ended"
    """It lives no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """What an officer says of handing a certificate over. Nothing of the recipient as a person."""

    recipient: Recipient
    medium: Medium
    terms_version: str
    """Of the guide with the terms of use that went along; empty where none did."""
    with_copy: bool
    """Whether a copy in print went along."""

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``."""
        if self.terms_version and not VERSION.fullmatch(self.terms_version):
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "must be 1 to 32 letters, digits, dots, hyphens and underscores",
                field="terms_version",
            )


@dataclass(frozen=True, slots=True)
class HandOver:
    """A handing over, as it is kept."""

    handing: Handing
    officer: OfficerId
    at: datetime
    """By the service's clock."""


@dataclass(frozen=True, slots=True)
class Closed:
    """Why and when an application was closed."""

    closing: Closing
    at: datetime
