"""What an applicant pays, and the receipts for it (R5.1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid5

from openjpki.domain.policy.revocation import RevocationCause
from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.window import OfficerId, WindowId
    from openjpki.domain.window_rules import WindowRules

_APRIL = 4
_RECEIPTS = UUID("6a0b6a55-7f0c-4a3e-9a53-0e6d1c1b7f29")


class FeeGround(Enum):
    """By which rule a fee is settled."""

    ORDINARY = "ordinary"
    REISSUE = "reissue"
    """After a loss or a compromise of the holder's own key."""
    FREE = "free"
    """After a compromise of the governor's key (R3.1.2b)."""


class VoidReason(Enum):
    """Why a receipt is void."""

    ENTERED_WRONGLY = "entered_wrongly"
    NOT_PAID = "not_paid"
    REPAID = "repaid"


FEE_CAUSES: Final = {
    RevocationCause.KEY_COMPROMISE: FeeGround.REISSUE,
    RevocationCause.AUTHORITY_COMPROMISE: FeeGround.FREE,
}
"""Ends of a person's last certificate by which the next one does not cost the ordinary fee."""


@dataclass(frozen=True, slots=True)
class Fee:
    """What is to be paid for an application."""

    ground: FeeGround
    yen: int | None
    """None: the rules of windows don't settle it."""
    rules_version: str

    def require(self, paid: int) -> int:
        """The fee, which is what was paid. Raises ``FEE_NOT_SETTLED``, ``INVALID_FIELD``."""
        if self.yen is None:
            raise OpenJpkiError(
                Reason.FEE_NOT_SETTLED, "has a fee that the rules of windows do not settle"
            )
        if paid != self.yen:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                f"must be {self.yen}, which is what is to be paid",
                field="yen",
                yen=str(self.yen),
            )
        return self.yen


def fee_after(ended_by: RevocationCause | None, rules: WindowRules) -> Fee:
    """``ended_by``: why the person's last certificate was revoked, as far as it matters here; None
    also where there was none, or it has expired."""
    ground = FeeGround.ORDINARY if ended_by is None else FEE_CAUSES[ended_by]
    yen = {
        FeeGround.ORDINARY: rules.fees.issue,
        FeeGround.REISSUE: rules.fees.reissue,
        FeeGround.FREE: 0,
    }[ground]
    return Fee(ground, yen, rules.version)


@dataclass(frozen=True, slots=True, order=True)
class ReceiptNumber:
    """Of a municipality's receipt: its fiscal year of Japan, and its place in that year's row."""

    year: int
    number: int
    """From 1; none is left out."""


@dataclass(frozen=True, slots=True)
class Void:
    """That a receipt is void."""

    reason: VoidReason
    window: WindowId
    """At which it was made void: whose till paid back what was paid back."""
    officer: OfficerId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeReceipt:
    """A receipt (領収証書)."""

    number: ReceiptNumber
    application_id: str
    ground: FeeGround
    yen: int
    rules_version: str
    window: WindowId
    officer: OfficerId
    taken_at: datetime
    void: Void | None = None


def receipt_id_of(caller: str, request_id: str) -> str:
    """Id of the one receipt that an officer's call can make: UUID in lower case. ``caller``: their
    SPIFFE id."""
    return str(uuid5(_RECEIPTS, f"{caller} {request_id}"))


def fiscal_year_of(moment: datetime) -> int:
    """In Japan, from April on."""
    day = moment.astimezone(JAPAN).date()
    return day.year if day.month >= _APRIL else day.year - 1
