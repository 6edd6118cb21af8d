"""That a registered device made a key, and has no copy of it (report 2-3(1), R2.3.1b)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from openjpki.domain.certificate_hand_over import Medium
from openjpki.domain.evidence.statement import StatementKind, require_sha256, require_uuid
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.domain.evidence.signature import OfficerSignature
    from openjpki.domain.evidence.statement import Claims, Occasion
    from openjpki.domain.municipality import Municipality

_SERIAL = re.compile(r"[!-~]{1,64}")
_COPIES = 0


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a generator has put a key."""

    medium: Medium
    serial: str
    """Of the card's PKCS#11 token, as its maker wrote it: 1 to 64 visible ASCII characters; empty
    where the medium is a file."""

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``."""
        if self.medium is Medium.CARD:
            if not _SERIAL.fullmatch(self.serial):
                raise OpenJpkiError(
                    Reason.INVALID_FIELD,
                    "must be the card's, 1 to 64 visible ASCII characters",
                    field="medium_serial",
                )
        elif self.serial:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, "must be empty: only a card has one", field="medium_serial"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyGenerated:
    """The generator made this key pair for that application, put it there, and kept no copy.

    Signed when the private key is in its place and erased everywhere else. The occasion's request
    is the making itself: the generator calls no service.
    """

    kind: ClassVar[StatementKind] = StatementKind.KEY_GENERATED

    occasion: Occasion
    municipality: Municipality
    application_id: str
    """UUID in lower case."""
    key_sha256: bytes
    """SHA-256 of the SubjectPublicKeyInfo, DER; 32 octets."""
    place: KeyPlace

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``."""
        require_uuid(self.application_id, field="application_id")
        require_sha256(self.key_sha256, field="key_sha256")

    def claims(self) -> Claims:
        """See :meth:`openjpki.domain.evidence.statement.Statement.claims`."""
        return {
            **self.occasion.claims(),
            "municipality": self.municipality.code,
            "application": self.application_id,
            "key": self.key_sha256,
            "medium": self.place.medium.value,
            "serial": self.place.serial or None,
            "copies": _COPIES,
        }


@dataclass(frozen=True, slots=True)
class KeyAttestation:
    """What a generator said of a key, and its signature over that."""

    place: KeyPlace
    signature: OfficerSignature
