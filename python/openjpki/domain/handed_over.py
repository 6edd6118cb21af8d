"""What one of registration and ca has written down of certificates, for the other one, which was
brought back to before them.

One line of JSON for each, so that a file of any length is read and written piece by piece. The
lines hold whole certificates, which are personal data: they go from one machine to the other and
are kept by nobody.
"""

from __future__ import annotations

import json
import re
import uuid
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from openjpki.domain.authority import AuthorityId
from openjpki.domain.municipality import Municipality
from openjpki.domain.policy.revocation import RevocationCause
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

_FIELD = "issued"
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_REFERENCE_OCTETS = 32
_SERIAL = re.compile(r"(?:[0-9a-f]{2}){1,20}")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class IssuedSince:
    """A user's certificate that a municipality handed out."""

    authority_id: AuthorityId
    municipality: Municipality
    application_id: str
    person_reference: bytes
    """32 octets."""
    certificate: bytes
    """X.509, DER."""

    def __repr__(self) -> str:
        return "IssuedSince(hidden)"

    @property
    def line(self) -> str:
        """As a line of the file, without its end."""
        return json.dumps(
            {
                "kind": "issued",
                "authority_id": str(self.authority_id),
                "municipality_code": self.municipality.code,
                "application_id": self.application_id,
                "person_reference": self.person_reference.hex(),
                "certificate": b64encode(self.certificate).decode(),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokedSince:
    """A revocation that a window asked for and was told of."""

    authority_id: AuthorityId
    serial: bytes
    """Big-endian, minimal."""
    cause: RevocationCause
    revoked_at: datetime
    """Whole seconds."""

    @property
    def line(self) -> str:
        """As a line of the file, without its end."""
        return json.dumps(
            {
                "kind": "revoked",
                "authority_id": str(self.authority_id),
                "serial": self.serial.hex(),
                "cause": self.cause.value,
                "revoked_at": self.revoked_at.astimezone(UTC).strftime(_MOMENT),
            }
        )


@dataclass(frozen=True, slots=True)
class Issuer:
    """An authority that issued, for registration: ca knows its own."""

    certificate: bytes
    """Self-signed, X.509, DER."""

    @property
    def line(self) -> str:
        """As a line of the file, without its end."""
        return json.dumps({"kind": "issuer", "certificate": b64encode(self.certificate).decode()})


HandedOver: TypeAlias = IssuedSince | RevokedSince | Issuer


def parse_line(text: str, number: int) -> HandedOver:
    """A line of the file; ``number``, from 1, is named when it is refused.

    Raises ``INVALID_FIELD`` (field ``issued``), which quotes nothing of the line.
    """
    try:
        values = json.loads(text)
        return _KINDS[values.pop("kind")](values)
    except (
        AttributeError,
        KeyError,
        ValueError,
        TypeError,
        RecursionError,
        OpenJpkiError,
    ):
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            f"line {number} is none that `openjpki restore` writes",
            field=_FIELD,
        ) from None


def _issued(values: dict[str, Any]) -> IssuedSince:
    _require_texts(
        values,
        {
            "authority_id",
            "municipality_code",
            "application_id",
            "person_reference",
            "certificate",
        },
    )
    reference = bytes.fromhex(values["person_reference"])
    if len(reference) != _REFERENCE_OCTETS:
        raise ValueError("no person reference")
    return IssuedSince(
        authority_id=AuthorityId.parse(values["authority_id"]),
        municipality=Municipality.parse(values["municipality_code"]),
        application_id=str(uuid.UUID(values["application_id"])),
        person_reference=reference,
        certificate=b64decode(values["certificate"], validate=True),
    )


def _revoked(values: dict[str, Any]) -> RevokedSince:
    _require_texts(values, {"authority_id", "serial", "cause", "revoked_at"})
    if _SERIAL.fullmatch(values["serial"]) is None:
        raise ValueError("no serial number")
    return RevokedSince(
        authority_id=AuthorityId.parse(values["authority_id"]),
        serial=bytes.fromhex(values["serial"]),
        cause=RevocationCause(values["cause"]),
        revoked_at=datetime.strptime(values["revoked_at"], _MOMENT).replace(tzinfo=UTC),
    )


def _require_texts(values: dict[str, Any], names: set[str]) -> None:
    """All of them and no others."""
    if values.keys() != names or not all(isinstance(value, str) for value in values.values()):
        raise ValueError("other names")


def _issuer(values: dict[str, Any]) -> Issuer:
    _require_texts(values, {"certificate"})
    return Issuer(b64decode(values["certificate"], validate=True))


_KINDS: dict[str, Callable[[dict[str, Any]], HandedOver]] = {
    "issued": _issued,
    "revoked": _revoked,
    "issuer": _issuer,
}
