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


@dataclass(frozen=True, slots=True)
class AdminRequest:
    """One act on one token. ``label`` and ``bits`` as the operation needs them."""

    operation: Operation
    module_path: str
    token_label: str
    pin: str
    label: str = ""
    bits: int = 0

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
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class AdminAnswer:
    """What came of it: labels, or a reason of the catalogue and its text."""

    labels: tuple[str, ...] = ()
    reason: str = ""
    message: str = ""

    def to_json(self) -> str:
        """The answer as it crosses the pipe."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: bytes) -> AdminAnswer:
        """Read back what :meth:`to_json` wrote. Raises ``ValueError``, ``KeyError``."""
        fields: dict[str, Any] = json.loads(text)
        return cls(tuple(fields["labels"]), str(fields["reason"]), str(fields["message"]))

    @classmethod
    def of_error(cls, error: OpenJpkiError) -> AdminAnswer:
        """The refusal, to be raised again on the other side."""
        return cls(reason=error.reason.name, message=error.message)

    def result(self) -> tuple[str, ...]:
        """The labels, or the refusal raised."""
        if self.reason:
            raise OpenJpkiError(Reason[self.reason], self.message)
        return self.labels
