"""That somebody who asked for a revocation was turned down at a window (report 8-1(3), R2.8)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.domain.application import IdentityCheck
    from openjpki.domain.application_end import Ending
    from openjpki.domain.policy.revocation import RevocationCause
    from openjpki.domain.window import WindowId

_REFUSALS = UUID("0c4f6c1e-6f5b-4a86-9a0e-6f3c1f6d2a47")


class Asker(Enum):
    """As whom somebody asked. Who they are is not kept: it is not known, or it is the holder."""

    HOLDER = "holder"
    """As they say."""
    PROXY = "proxy"
    """Somebody who says that the holder sends them."""
    ANOTHER = "another"


class RefusalReason(Enum):
    """Why they were turned down."""

    IDENTITY_NOT_SHOWN = "identity_not_shown"
    """Documents and answers do not show who asks (R2.2.2)."""
    NOT_THE_HOLDER = "not_the_holder"
    NO_POWER_OF_ATTORNEY = "no_power_of_attorney"
    NOT_HANDED_OUT_HERE = "not_handed_out_here"
    """The municipality did not hand the certificate out."""
    NOTHING_TO_REVOKE = "nothing_to_revoke"
    """There is none in force."""
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationRefusal:
    """What was asked for, by whom, and why it was not done."""

    window: WindowId
    serial: bytes | None
    """Of what was to be revoked; None where nobody said."""
    cause: RevocationCause
    asker: Asker
    check: IdentityCheck | None
    """What was shown and answered, enough or not; None where nothing was."""
    ending: Ending[RefusalReason]

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``."""
        if self.ending.reason is RefusalReason.NOT_THE_HOLDER and self.serial is None:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "is needed to say that somebody is not the holder",
                field="serial",
            )


def refusal_id_of(caller: str, request_id: str) -> str:
    """Id of the one refusal that an officer's call can record: UUID in lower case. ``caller``:
    their SPIFFE id."""
    return str(uuid5(_REFUSALS, f"{caller} {request_id}"))
