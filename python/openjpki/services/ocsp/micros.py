"""Moments and lengths of time as the signing core's data plane has them: whole microseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Since 1970 UTC."""
    return micros_of(moment - _EPOCH)


def moment_at(microseconds: int) -> datetime:
    """So many after 1970 UTC."""
    return _EPOCH + microseconds * _ONE


def micros_of(length: timedelta) -> int:
    """How many there are in it."""
    return length // _ONE
