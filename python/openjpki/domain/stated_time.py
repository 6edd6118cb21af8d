"""Times that strangers state, as we keep them."""

from __future__ import annotations

from datetime import UTC, datetime

_FIRST = datetime.min.replace(tzinfo=UTC)


def moment(seconds: int) -> datetime:
    """What a stranger states, in seconds since 1970. There is a year nought in DER, and none in
    Python: what is before the first is the first."""
    if seconds < _FIRST.timestamp():
        return _FIRST
    return datetime.fromtimestamp(seconds, UTC)
