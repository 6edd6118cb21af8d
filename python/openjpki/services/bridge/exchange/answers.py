"""What is kept of an answer about a cross-certification: which one, and how it stood.

The rest never changes once it is there and is read again, so a retry's answer equals the first
one also when the cross-certification has moved on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from openjpki.domain.authority_revocation import CrossRevocationCause
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.bridge import crosses, revocations
from openjpki.storage.bridge.kinds import RevocationState, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.bridge.crosses import CrossRecord
    from openjpki.storage.bridge.revocations import CrossRevocation


_UNHEARD, _ANEW = "unheard", "anew="
"""No officer is called so: a path begins with a role."""


@dataclass(frozen=True, slots=True)
class AnsweredRevocation:
    """How a cross certificate is to end, as it stood."""

    cause: CrossRevocationCause
    officers: tuple[str, ...]
    """Paths of the SPIFFE ids of who proposed it and, once that is so, who approved it."""
    revoked_at: datetime | None = None
    unheard: bool = False
    """Approved, and the authority that issued the certificate is still to be told."""
    signed_anew_by: str = ""
    """Path of the SPIFFE id of who signed anew, for that authority, and waits for a second."""

    @classmethod
    def of(cls, revocation: CrossRevocation) -> AnsweredRevocation:
        """As it stands in ``revocation``."""
        return cls(
            revocation.cause,
            tuple(one.actor for one in revocation.approvals),
            revocation.revoked_at,
            revocation.state is RevocationState.APPROVED,
            "" if revocation.renewal is None else revocation.renewal.actor,
        )

    def words(self) -> list[str]:
        """As the request log keeps it, without the moment."""
        unheard = [_UNHEARD] if self.unheard else []
        anew = [_ANEW + self.signed_anew_by] if self.signed_anew_by else []
        return [self.cause.value, *self.officers, *unheard, *anew]

    @classmethod
    def of_words(cls, words: Sequence[str]) -> AnsweredRevocation:
        """What :meth:`words` wrote."""
        cause, *rest = words
        anew = [one.removeprefix(_ANEW) for one in rest if one.startswith(_ANEW)]
        return cls(
            CrossRevocationCause(cause),
            tuple(one for one in rest if one != _UNHEARD and not one.startswith(_ANEW)),
            unheard=_UNHEARD in rest,
            signed_anew_by="".join(anew),
        )


@dataclass(frozen=True, slots=True)
class CrossAnswer:
    """A cross-certification at the moment of the answer."""

    cross_certification_id: str
    state: State
    approvals: int
    """How many officers had approved."""
    revocation: AnsweredRevocation | None = None

    @classmethod
    def of(cls, record: CrossRecord, revocation: CrossRevocation | None = None) -> CrossAnswer:
        """As it stands in ``record``, and as its end stands."""
        return cls(
            record.cross_certification_id,
            record.state,
            len(record.approvals),
            None if revocation is None else AnsweredRevocation.of(revocation),
        )

    def to_bytes(self) -> bytes:
        """As the request log keeps it; the moment of a revocation is read again."""
        words = [self.cross_certification_id, self.state.value, str(self.approvals)]
        if self.revocation is not None:
            words += self.revocation.words()
        return " ".join(words).encode()

    @classmethod
    def from_bytes(cls, kept: bytes) -> CrossAnswer:
        """What :meth:`to_bytes` wrote."""
        identifier, state, approvals, *ending = kept.decode().split(" ")
        revocation = None
        if ending:
            revocation = AnsweredRevocation.of_words(ending)
        return cls(identifier, State(state), int(approvals), revocation)


@dataclass(frozen=True, slots=True)
class Answered:
    """A cross-certification and its end, as a caller is told."""

    record: CrossRecord
    revocation: AnsweredRevocation | None


def as_it_stands(bridge: BridgeContext, cross_certification_id: str) -> Answered | None:
    """Now; None if there is none."""
    with bridge.database.reading() as tx:
        record = crosses.get(tx, cross_certification_id)
        ending = revocations.get(tx, cross_certification_id)
    if record is None:
        return None
    return Answered(record, None if ending is None else AnsweredRevocation.of(ending))


def as_answered(bridge: BridgeContext, answer: CrossAnswer) -> Answered:
    """The cross-certification as it was at the moment of the answer."""
    now = as_it_stands(bridge, answer.cross_certification_id)
    if now is None:
        raise OpenJpkiError(Reason.INTERNAL, "a cross-certification that was answered is gone")
    ending = answer.revocation
    if ending is not None and now.revocation is not None and answer.state is State.REVOKED:
        ending = replace(ending, revoked_at=now.revocation.revoked_at)
    record = replace(
        now.record,
        state=answer.state,
        approvals=now.record.approvals[: answer.approvals],
        certificate=now.record.certificate if answer.state in _WITH_CERTIFICATE else None,
        refusal=now.record.refusal if answer.state is State.REJECTED else None,
    )
    return Answered(record, ending)


_WITH_CERTIFICATE = {State.ISSUED, State.REVOKED}


def not_found() -> OpenJpkiError:
    """The refusal of an id that is none, or none of the caller's."""
    return OpenJpkiError(
        Reason.CROSS_CERTIFICATE_NOT_FOUND,
        "is no cross-certification here",
        field="cross_certification_id",
    )
