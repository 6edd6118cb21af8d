"""Windows of a municipality, the officers at them, and the CN made of window and moment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from openjpki.domain.municipality import Municipality
from openjpki.errors import OpenJpkiError, Reason

JAPAN = timezone(timedelta(hours=9), "JST")
"""Japan's time: nine hours ahead of UTC, without summer time since 1951."""

MAX_SEQUENCE = 99_999
_WINDOW = re.compile(r"([0-9]{5})([0-9]{3})([A-Z])")
_COMMON_NAME = re.compile(r"([0-9]{14})([0-9]{5})([0-9]{8}[A-Z])")
_OFFICER = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")


@dataclass(frozen=True, slots=True, order=True)
class WindowId:
    """Nine characters: five-digit municipal code, three digits, one capital: ``13101001A``."""

    text: str

    def __post_init__(self) -> None:
        _check_window(self.text, "window_id")

    @classmethod
    def parse(cls, text: str, *, field: str = "window_id") -> WindowId:
        """Raises INVALID_FIELD for another shape, UNKNOWN_MUNICIPALITY for an unknown code."""
        _check_window(text, field)
        return cls(text)

    @property
    def municipality(self) -> Municipality:
        """Whose window it is."""
        return Municipality(self.text[:5])


@dataclass(frozen=True, slots=True, order=True)
class OfficerId:
    """An officer's account: 1 to 64 of ``a-z 0-9 . _ -``, letter or digit at both ends.

    A name of an account, not of a person: it stands in records that outlive personal data.
    """

    text: str

    def __post_init__(self) -> None:
        _check_officer(self.text, "officer_id")

    @classmethod
    def parse(cls, text: str, *, field: str = "officer_id") -> OfficerId:
        """Raises INVALID_FIELD for another shape."""
        _check_officer(text, field)
        return cls(text)


@dataclass(frozen=True, slots=True)
class SubjectCommonName:
    """CN of a user certificate: moment of application, sequence at that moment, window.

    It tells two certificates apart without telling a person.
    """

    moment: datetime
    """Aware; whole seconds."""
    sequence: int
    """0 to 99,999; distinguishes certificates of one second and window."""
    window: WindowId

    def __post_init__(self) -> None:
        if self.moment.utcoffset() is None or self.moment.microsecond:
            raise ValueError("the moment needs a time zone and no fraction of a second")
        if not 0 <= self.sequence <= MAX_SEQUENCE:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, "must be 0 to 99999", field="subject.sequence"
            )

    @classmethod
    def parse(cls, text: str, *, field: str = "common_name") -> SubjectCommonName:
        """Raises INVALID_FIELD, DATE_DOES_NOT_EXIST or UNKNOWN_MUNICIPALITY."""
        match = _COMMON_NAME.fullmatch(text)
        if match is None:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "must be YYYYMMDDhhmmss, five digits and a window id",
                field=field,
            )
        moment, sequence, window = match.groups()
        try:
            # Only the offset is missing in the text, which is Japan's by definition.
            parsed = datetime.strptime(f"{moment}+0900", "%Y%m%d%H%M%S%z")
        except ValueError as error:
            raise OpenJpkiError(
                Reason.DATE_DOES_NOT_EXIST, "is not a moment of the calendar", field=field
            ) from error
        return cls(parsed.astimezone(UTC), int(sequence), WindowId.parse(window, field=field))

    @property
    def text(self) -> str:
        """``YYYYMMDDhhmmss`` in Japan time, five digits, nine characters: 28 in all."""
        return f"{self.moment.astimezone(JAPAN):%Y%m%d%H%M%S}{self.sequence:05d}{self.window.text}"


def _check_window(text: str, field: str) -> None:
    match = _WINDOW.fullmatch(text)
    if match is None:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "must be a five-digit municipal code, three digits and one capital letter",
            field=field,
        )
    Municipality.parse(match[1], field=field)


def _check_officer(text: str, field: str) -> None:
    if not _OFFICER.fullmatch(text):
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "must be 1 to 64 of a-z, 0-9, dot, underscore, hyphen, letter or digit at both ends",
            field=field,
        )
