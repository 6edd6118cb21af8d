"""What the backend and its administration process say to each other: one JSON object each way.

The request goes through standard input, because it holds the PIN: an argument or a variable of
the environment could be read by others. The answer comes through standard output.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from openjpki.errors import OpenJpkiError, Reason


class Operation(StrEnum):
    """What the administration process can do."""

    GENERATE = "generate"
    LABELS = "labels"
    DESTROY = "destroy"
    SERIAL = "serial"
    WRITE_CERTIFICATES = "write_certificates"


@dataclass(frozen=True, slots=True)
class AdminRequest:
    """One act on one token. ``label``, ``bits`` and ``certificates`` (X.509 DER, hexadecimal: the
    key's and its issuer's) as the operation needs them."""

    operation: Operation
    module_path: str
    token_label: str
    pin: str
    label: str = ""
    bits: int = 0
    certificates: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Without the PIN."""
        return f"AdminRequest({self.operation}, {self.token_label!r}, {self.label!r})"

    def to_json(self) -> bytearray:
        """The request as it crosses the pipe; the caller wipes it."""
        return bytearray(json.dumps(asdict(self)).encode())

    @classmethod
    def from_json(cls, text: bytes) -> AdminRequest:
        """Read back what :meth:`to_json` wrote."""
        fields: dict[str, Any] = json.loads(text)
        fields["operation"] = Operation(fields["operation"])
        fields["certificates"] = tuple(fields["certificates"])
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class AdminAnswer:
    """What came of it: labels, a serial number, or certificates as in the request; or a refusal's
    reason, text and field."""

    found: tuple[str, ...] = ()
    reason: str = ""
    message: str = ""
    field: str | None = None

    def to_json(self) -> str:
        """The answer as it crosses the pipe."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: bytes) -> AdminAnswer:
        """Read back what :meth:`to_json` wrote. Raises ``ValueError``, ``KeyError``."""
        fields: dict[str, Any] = json.loads(text)
        return cls(
            tuple(fields["found"]), str(fields["reason"]), str(fields["message"]), fields["field"]
        )

    @classmethod
    def of_error(cls, error: OpenJpkiError) -> AdminAnswer:
        """The refusal, to be raised again on the other side."""
        return cls(reason=error.reason.name, message=error.message, field=error.field)

    def result(self) -> tuple[str, ...]:
        """What was found, or the refusal raised."""
        if self.reason:
            raise OpenJpkiError(Reason[self.reason], self.message, field=self.field)
        return self.found
