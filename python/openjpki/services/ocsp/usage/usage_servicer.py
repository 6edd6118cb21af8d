"""UsageService: how much verifiers were told (R5.2.2)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.api.ocsp.v1 import ocsp_pb2_grpc
from openjpki.domain.authority import AuthorityId
from openjpki.domain.usage import newest_shown
from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.agreements.answer_conversions import WAYS
from openjpki.services.ocsp.usage.moment import moment_of
from openjpki.services.ocsp.usage.open_from import open_from
from openjpki.storage.ocsp import usage, usage_unknown

if TYPE_CHECKING:
    import grpc

    from openjpki.domain.usage import DayCount
    from openjpki.services.ocsp.context import OcspContext

_PAGE = 1000
_LONGEST = timedelta(days=366)
_EARLIEST, _LATEST = date(2000, 1, 1), date(9998, 12, 31)
"""Nobody was told anything before; and moments must have a date everywhere on earth."""
_WAYS = {number: way.value for way, number in WAYS.items()}


class UsageServicer(ocsp_pb2_grpc.UsageServiceServicer):
    """Looks up sums."""

    def __init__(self, ocsp: OcspContext) -> None:
        self._ocsp = ocsp

    def GetUsage(  # noqa: N802
        self, request: pb.GetUsageRequest, context: grpc.ServicerContext
    ) -> pb.GetUsageResponse:
        """Sums of some days. The guard has compared the caller's scope with its field."""
        del context
        authority = AuthorityId.parse(request.authority_id) if request.authority_id else None
        days = _days(request)
        with self._ocsp.database.reading() as tx:
            first, last = days[0], min(days[1], newest_shown(moment_of(tx, self._ocsp.clock)))
            # Before the counts: what is complete now is in them.
            complete_before = open_from(tx, self._ocsp.clock)
            gaps = usage_unknown.gaps(tx, *_moments((first, last)))
            found = usage.page(
                tx,
                authority_id=authority,
                verifier_id=request.verifier_id or None,
                days=(first, last),
                after=(
                    request.after_day,
                    request.after_verifier_id,
                    request.after_authority_id,
                    _WAYS.get(request.after_way, ""),
                ),
                limit=_PAGE,
            )
        return pb.GetUsageResponse(
            counts=map(_count, found),
            open_from=complete_before.isoformat(),
            gaps=[_gap(*one) for one in gaps],
        )


def _days(request: pb.GetUsageRequest) -> tuple[date, date]:
    first, last = _day(request.first_day, "first_day"), _day(request.last_day, "last_day")
    if not timedelta(0) <= last - first < _LONGEST:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "must be the first day or one of the 365 after it",
            field="last_day",
        )
    return first, last


def _moments(days: tuple[date, date]) -> tuple[datetime, datetime]:
    """The beginning of the first and the end of the last."""
    first, last = (datetime.combine(one, time(), JAPAN) for one in days)
    return first, last + timedelta(days=1)


def _day(text: str, field: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be a day like 2027-04-01", field=field
        ) from error
    if not _EARLIEST <= day <= _LATEST:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be a day of the years 2000 to 9998", field=field
        )
    return day


def _gap(begins: datetime, ends: datetime) -> pb.UsageGap:
    """In whole hours: the last moment at which a replica wrote may be one at which it told."""
    begins = begins.replace(minute=0, second=0, microsecond=0)
    hours = -((begins - ends) // timedelta(hours=1))
    ends = begins + timedelta(hours=hours)
    return pb.UsageGap(begins_at=int(begins.timestamp()), ends_at=int(ends.timestamp()))


def _count(one: DayCount) -> pb.UsageCount:
    return pb.UsageCount(
        day=one.day.isoformat(),
        verifier_id=one.of.verifier_id,
        authority_id=str(one.of.authority_id),
        way=WAYS[one.of.way],
        told=one.told,
    )
