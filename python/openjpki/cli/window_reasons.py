"""Why an application or a certificate ends, as it is typed and shown at a window."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.cli.output import Value
from openjpki.cli.words import word, word_of

_REJECTION, _WITHDRAWAL = "REJECTION_REASON_", "WITHDRAWAL_REASON_"


class RejectionName(StrEnum):
    """Why a second officer says no."""

    IDENTITY_NOT_SHOWN = "identity-not-shown"
    FALSE_APPLICANT = "false-applicant"
    STATEMENT_WRONG = "statement-wrong"
    KEY_IN_DOUBT = "key-in-doubt"
    OTHER = "other"

    @property
    def number(self) -> pb.RejectionReason.ValueType:
        """In the contract."""
        return pb.RejectionReason.Value(f"{_REJECTION}{self.name}")


class WithdrawalName(StrEnum):
    """Why an applicant takes an application back."""

    APPLICANT_WISH = "applicant-wish"
    STATEMENT_WRONG = "statement-wrong"
    OTHER = "other"

    @property
    def number(self) -> pb.WithdrawalReason.ValueType:
        """In the contract."""
        return pb.WithdrawalReason.Value(f"{_WITHDRAWAL}{self.name}")


class CauseName(StrEnum):
    """What a person can ask for at the window (R3.1.1)."""

    USER_WISH = "user-wish"
    KEY_COMPROMISE = "key-compromise"


CauseOption = Annotated[CauseName, typer.Option(help="What the person asks for.")]
RejectionOption = Annotated[
    RejectionName | None, typer.Option("--reason", help="Why it is rejected; needed to reject.")
]
WithdrawalOption = Annotated[
    WithdrawalName, typer.Option("--reason", help="Why the applicant takes it back.")
]
ExplanationOption = Annotated[
    str,
    typer.Option(
        "--explanation", help="The reason in words, needed for `other`; nothing of the person."
    ),
]


def end_of(application: pb.Application) -> dict[str, Value]:
    """Why it ended without a certificate, for `output`: each is None where there is none."""
    end = application.end
    reason = None
    if end.rejection:
        reason = word_of(pb.RejectionReason, end.rejection, _REJECTION)
    elif end.withdrawal:
        reason = word_of(pb.WithdrawalReason, end.withdrawal, _WITHDRAWAL)
    return {
        "reason": reason,
        "explanation": end.explanation or None,
        "refusal": word(end.authority_refusal) or None,
        "ended_at": end.ended_at.ToJsonString() if end.HasField("ended_at") else None,
    }
