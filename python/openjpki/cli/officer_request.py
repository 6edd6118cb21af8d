"""The file that an officer hands to an operator: a public key, presented to services."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from openjpki.cli.files import write
from openjpki.cli.reading import octets_of
from openjpki.domain.evidence import Occasion, OfficerSignature
from openjpki.domain.officers import Officer
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from openjpki.evidence.officer_signer import OfficerSigner

_FORM = "openjpki.officer-request.1"


@dataclass(frozen=True, slots=True)
class OfficerRequest:
    """What the file says; whether it is so, the service checks."""

    officer: Officer
    public_key: bytes
    """SubjectPublicKeyInfo, DER."""
    presented: Mapping[str, OfficerSignature]
    """By service."""

    @classmethod
    def make(cls, signer: OfficerSigner, services: Sequence[str]) -> OfficerRequest:
        """The signer's key, presented to these services."""
        return cls(
            signer.officer,
            signer.key.public_key.spki_der,
            {one: signer.present_key(one, str(uuid.uuid4())) for one in services},
        )

    def to(self, service: str) -> OfficerSignature:
        """The signature for a service. Raises ``INVALID_FIELD``."""
        found = self.presented.get(service)
        if found is None:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, f"presents the key to no service {service}", field="REQUEST"
            )
        return found

    def write(self, path: Path) -> None:
        """As JSON; nothing in it is secret."""
        record = {
            "form": _FORM,
            "officer": str(self.officer),
            "public_key": _text(self.public_key),
            "presented": {
                service: {
                    "key_sha256": one.key_sha256.hex(),
                    "request_id": one.occasion.request_id,
                    "signed_at": one.occasion.signed_at.isoformat(),
                    "signature": _text(one.signature),
                }
                for service, one in self.presented.items()
            },
        }
        write(path, f"{json.dumps(record, indent=2)}\n".encode())

    @classmethod
    def read(cls, path: Path) -> OfficerRequest:
        """Raises ``INVALID_FIELD`` for a file that is no such request, ``OSError``."""
        octets = octets_of(path)
        try:
            record = json.loads(octets.decode("utf-8-sig"))
            if record["form"] != _FORM:
                raise _no_request()
            officer = Officer.parse(record["officer"], field="REQUEST")
            return cls(
                officer,
                _octets(record["public_key"]),
                {
                    str(service): _signature(officer, one)
                    for service, one in dict(record["presented"]).items()
                },
            )
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise _no_request() from error


def _signature(officer: Officer, record: Mapping[str, Any]) -> OfficerSignature:
    occasion = Occasion(
        officer=officer,
        request_id=record["request_id"],
        signed_at=datetime.fromisoformat(record["signed_at"]),
    )
    return OfficerSignature(
        occasion=occasion,
        key_sha256=bytes.fromhex(record["key_sha256"]),
        signature=_octets(record["signature"]),
    )


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise _no_request() from None


def _no_request() -> OpenJpkiError:
    return OpenJpkiError(
        Reason.INVALID_FIELD, "is no file that `openjpki officer key` wrote", field="REQUEST"
    )
