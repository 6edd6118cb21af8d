"""Times that others state, as we keep and write them."""

from __future__ import annotations

from datetime import UTC, datetime

from openjpki.errors import OpenJpkiError, Reason

_FIRST = datetime.min.replace(tzinfo=UTC)


def moment(seconds: int) -> datetime:
    """What a stranger states, in seconds since 1970. There is a year nought in DER, and none in
    Python: what is before the first is the first."""
    if seconds < _FIRST.timestamp():
        return _FIRST
    return datetime.fromtimestamp(seconds, UTC)


def written(moment: datetime) -> str:
    """ISO 8601 in UTC, whole seconds: `0001-01-01T00:00:00Z`. Of a year before 1000 ``strftime``
    leaves digits out, and nothing reads that again."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def stated_moment(text: str, *, field: str) -> datetime:
    """ISO 8601 with its offset, whole seconds. Raises ``INVALID_FIELD``."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None or read.microsecond:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be a time like 2027-04-01T00:00:00+09:00", field=field
        )
    return read
