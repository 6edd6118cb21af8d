"""`… usage`: how much verifiers were told, for a governor and for the verifier itself (R5.2.2)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import UsageServiceStub
from openjpki.cli import output
from openjpki.cli.months import days_of
from openjpki.cli.words import word_of
from openjpki.domain.stated_time import moment, written
from openjpki.domain.usage import day_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.rpc.client.channel import TypedChannel

ByDayOption = Annotated[bool, typer.Option("--by-day", help="A row for each day.")]
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted."""

    authority_id: str = ""
    verifier_id: str = ""
    month: str | None = None
    by_day: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """When a replica may have told what nobody counted."""

    begins: datetime
    ends: datetime

    def touches(self, first: date, last: date) -> bool:
        """Whether it is of one of these days."""
        # One that ends at midnight has nothing of the day that begins there.
        end = max(self.begins, self.ends - _MOMENT)
        return day_of(self.begins) <= last and first <= day_of(end)

    def __str__(self) -> str:
        """ISO 8601, as a time interval."""
        return f"{written(self.begins)}/{written(self.ends)}"


@dataclass(frozen=True, slots=True)
class Row:
    """How much a verifier was told in a period, about one authority and in one way."""

    period: str
    verifier: str
    authority: str
    way: int
    told: int
    complete: bool
    """Nothing more is counted for the period."""
    gaps: tuple[Gap, ...] = ()
    """Of the period."""

    def shown(self) -> dict[str, output.Value]:
        """As results are printed."""
        return {
            "period": self.period,
            "verifier": self.verifier,
            "authority": self.authority,
            "way": word_of(pb.ProvidingWay, self.way, "PROVIDING_WAY_"),
            "told": self.told,
            "complete": self.complete,
            "possible_gaps": [str(one) for one in self.gaps],
        }


@dataclass(frozen=True, slots=True)
class Month:
    """What was counted in a month."""

    first: date
    last: date
    rows: list[Row]
    open_from: str
    """The first day for which more may be counted."""
    gaps: tuple[Gap, ...] = ()

    @property
    def complete(self) -> bool:
        """Nothing more is counted in it."""
        return self.last.isoformat() < self.open_from


def show(channel: TypedChannel, asked: Asked) -> None:
    """Prints it. Raises as ``GetUsage``."""
    output.emit_rows([one.shown() for one in counted(channel, asked).rows], title="Usage")


def counted(channel: TypedChannel, asked: Asked) -> Month:
    """What is there now. Raises as ``GetUsage``."""
    first, last = days_of(asked.month)
    request = pb.GetUsageRequest(
        authority_id=asked.authority_id,
        verifier_id=asked.verifier_id,
        first_day=first.isoformat(),
        last_day=last.isoformat(),
    )
    told: Counter[tuple[str, str, str, int]] = Counter()
    # By the first answer: what is complete then is so in all that follow.
    open_from, gaps = "", tuple[Gap, ...]()
    stub = UsageServiceStub(channel)
    while True:
        answer = stub.GetUsage(request)
        if not open_from:
            open_from = answer.open_from
            gaps = _merged(Gap(moment(one.begins_at), moment(one.ends_at)) for one in answer.gaps)
        for one in answer.counts:
            period = one.day if asked.by_day else one.day[:7]
            told[period, one.verifier_id, one.authority_id, one.way] += one.told
        if not answer.counts:
            break
        newest = answer.counts[-1]
        request.after_day = newest.day
        request.after_verifier_id = newest.verifier_id
        request.after_authority_id = newest.authority_id
        request.after_way = newest.way
    rows = []
    for key, count in sorted(told.items()):
        days = (date.fromisoformat(key[0]),) * 2 if asked.by_day else (first, last)
        within = tuple(one for one in gaps if one.touches(*days))
        rows.append(Row(*key, count, days[1].isoformat() < open_from, within))
    return Month(first, last, rows, open_from, gaps)


def _merged(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """As times of which no two have anything in common: of several replicas they are mostly one."""
    merged: list[Gap] = []
    for one in sorted(gaps, key=lambda gap: gap.begins):
        if merged and one.begins <= merged[-1].ends:
            merged[-1] = Gap(merged[-1].begins, max(merged[-1].ends, one.ends))
        else:
            merged.append(one)
    return tuple(merged)
