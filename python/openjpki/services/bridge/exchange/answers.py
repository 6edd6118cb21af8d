"""What is kept of an answer about a cross-certification: which one, and how it stood.

The rest never changes once it is there and is read again, so a retry's answer equals the first
one also when the cross-certification has moved on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.bridge import crosses
from openjpki.storage.bridge.kinds import State

if TYPE_CHECKING:
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.bridge.crosses import CrossRecord


@dataclass(frozen=True, slots=True)
class CrossAnswer:
    """A cross-certification at the moment of the answer."""

    cross_certification_id: str
    state: State
    approvals: int
    """How many officers had approved."""

    @classmethod
    def of(cls, record: CrossRecord) -> CrossAnswer:
        """As it stands in ``record``."""
        return cls(record.cross_certification_id, record.state, len(record.approvals))

    def to_bytes(self) -> bytes:
        """As the request log keeps it."""
        return f"{self.cross_certification_id} {self.state.value} {self.approvals}".encode()

    @classmethod
    def from_bytes(cls, kept: bytes) -> CrossAnswer:
        """What :meth:`to_bytes` wrote."""
        identifier, state, approvals = kept.decode().split(" ")
        return cls(identifier, State(state), int(approvals))


def as_answered(bridge: BridgeContext, answer: CrossAnswer) -> CrossRecord:
    """The cross-certification as it was at the moment of the answer."""
    with bridge.database.reading() as tx:
        now = crosses.get(tx, answer.cross_certification_id)
    if now is None:
        raise OpenJpkiError(Reason.INTERNAL, "a cross-certification that was answered is gone")
    return replace(
        now,
        state=answer.state,
        approvals=now.approvals[: answer.approvals],
        certificate=now.certificate if answer.state is State.ISSUED else None,
        refusal=now.refusal if answer.state is State.REJECTED else None,
    )


def not_found() -> OpenJpkiError:
    """The refusal of an id that is none, or none of the caller's."""
    return OpenJpkiError(
        Reason.CROSS_CERTIFICATE_NOT_FOUND,
        "is no cross-certification here",
        field="cross_certification_id",
    )
