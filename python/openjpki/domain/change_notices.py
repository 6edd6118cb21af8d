"""Change notices (異動等失効情報): that something changed about somebody, never what (R3.1.2a)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.municipality import Municipality

AHEAD: Final = timedelta(minutes=5)
"""So much may a register's clock be ahead of ours."""


class NoticeState(Enum):
    """What came of a notice."""

    WAITING = "waiting"
    """Not looked at, or the authority did not answer."""
    APPLICATION_OPEN = "application_open"
    """The person has an application from before the change that is not decided: it is waited for,
    and what comes of it is ended."""
    ENDED = "ended"
    """A certificate was ended."""
    WITHOUT_CERTIFICATE = "without_certificate"
    """Nobody of that link has one in force."""
    CERTIFIED_SINCE = "certified_since"
    """The one in force was applied for after the change."""

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self in {NoticeState.WAITING, NoticeState.APPLICATION_OPEN}


@dataclass(frozen=True, slots=True)
class ChangeNotice:
    """One of them. It holds no personal data and no resident number (R3.1.2d)."""

    link: bytes
    """32 octets that stand for the resident in one municipality."""
    noticed_at: datetime
    """When the register entered the change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeBatch:
    """Notices of one municipality that follow one another."""

    municipality: Municipality
    first: int
    """Number of the first; from 1."""
    notices: tuple[ChangeNotice, ...]

    @property
    def last(self) -> int:
        """Number of the last."""
        return self.first + len(self.notices) - 1

    def require_past(self, now: datetime) -> None:
        """Raises ``INVALID_FIELD`` for a change that lies ahead: it would end whatever was
        certified until then."""
        for index, one in enumerate(self.notices):
            if one.noticed_at > now + AHEAD:
                raise OpenJpkiError(
                    Reason.INVALID_FIELD,
                    "lies ahead of this service's clock",
                    field=f"notices[{index}].noticed_at",
                )


def taken_before(position: int, batch: NoticeBatch) -> int:
    """How many of the notices, from the first on, were taken before, where every one up to
    ``position`` was. Raises ``NOTICE_GAP`` where one between is missing."""
    if batch.first > position + 1:
        raise OpenJpkiError(
            Reason.NOTICE_GAP,
            f"must go on at {position + 1}: what comes before this was not taken",
            field="first_sequence",
            expected=str(position + 1),
        )
    return min(position + 1 - batch.first, len(batch.notices))


def require_same(
    known: dict[int, ChangeNotice], batch: NoticeBatch, before: int, *, field: str = "notices"
) -> None:
    """That the first ``before`` notices say what was taken under their numbers. Raises
    ``NOTICE_DIFFERS``; of one that is no longer kept nothing is known."""
    for index, one in enumerate(batch.notices[:before]):
        number = batch.first + index
        if known.get(number, one) != one:
            raise OpenJpkiError(
                Reason.NOTICE_DIFFERS,
                f"differs from what was taken under the number {number}",
                field=f"{field}[{index}]",
                sequence=str(number),
            )
