"""`… usage`: how much verifiers were told, for a governor and for the verifier itself (R5.2.2)."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import UsageServiceStub
from openjpki.cli import output
from openjpki.cli.files import appearing
from openjpki.cli.words import word_of
from openjpki.domain.usage import day_of
from openjpki.errors import Language, OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.rpc.client.channel import TypedChannel

MonthOption = Annotated[
    str | None, typer.Option("--month", help="Month of Japan, e.g. 2027-04; default: this one.")
]
ByDayOption = Annotated[bool, typer.Option("--by-day", help="A row for each day.")]
_MONTH = re.compile("[0-9]{4}-[0-9]{2}")
_HEADINGS = {
    Language.EN: ("period", "verifier", "authority", "way", "told", "complete"),
    Language.JA: ("期間", "署名検証者", "認証局", "提供の方法", "回数", "確定"),
}
_COMPLETE = {Language.EN: ("no", "yes"), Language.JA: ("未確定", "確定")}
_WAYS: dict[int, str] = {
    pb.PROVIDING_WAY_OCSP_HTTP: "OCSP",
    pb.PROVIDING_WAY_LISTS: "失効情報ファイルの取得",
    pb.PROVIDING_WAY_GRPC: "gRPC",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted."""

    authority_id: str = ""
    verifier_id: str = ""
    month: str | None = None
    by_day: bool = False


def show(channel: TypedChannel, asked: Asked) -> None:
    """Prints it. Raises as ``GetUsage``."""
    rows, _ = _counted(channel, asked)
    output.emit_rows([one.shown() for one in rows], title="Usage")


def write(channel: TypedChannel, asked: Asked, to: Path) -> None:
    """Writes it as a statement, CSV. Raises as ``GetUsage``, and ``OSError``."""
    rows, complete = _counted(channel, asked)
    with appearing(to) as file:
        file.write(_statement(rows))
    output.emit({"file": str(to), "rows": len(rows), "complete": complete})


def _counted(channel: TypedChannel, asked: Asked) -> tuple[list[_Row], bool]:
    """And whether nothing more is counted in the month."""
    first, last = _days(asked.month)
    request = pb.GetUsageRequest(
        authority_id=asked.authority_id,
        verifier_id=asked.verifier_id,
        first_day=first.isoformat(),
        last_day=last.isoformat(),
    )
    told: Counter[tuple[str, str, str, int]] = Counter()
    # By the first answer: what is complete then is so in all that follow.
    open_from = ""
    stub = UsageServiceStub(channel)
    while True:
        answer = stub.GetUsage(request)
        open_from = open_from or answer.open_from
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
    month_is_complete = last.isoformat() < open_from
    rows = [
        _Row(*key, count, key[0] < open_from if asked.by_day else month_is_complete)
        for key, count in sorted(told.items())
    ]
    return rows, month_is_complete


@dataclass(frozen=True, slots=True)
class _Row:
    period: str
    verifier: str
    authority: str
    way: int
    told: int
    complete: bool
    """Nothing more is counted for the period."""

    def shown(self) -> dict[str, output.Value]:
        return {
            "period": self.period,
            "verifier": self.verifier,
            "authority": self.authority,
            "way": word_of(pb.ProvidingWay, self.way, "PROVIDING_WAY_"),
            "told": self.told,
            "complete": self.complete,
        }


def _statement(rows: list[_Row]) -> bytes:
    """As spreadsheets read it, with a mark that says UTF-8."""
    language = output.language()
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEADINGS[language])
    for row in rows:
        way = word_of(pb.ProvidingWay, row.way, "PROVIDING_WAY_")
        if language is Language.JA:
            way = _WAYS.get(row.way, way)
        complete = _COMPLETE[language][row.complete]
        writer.writerow((row.period, row.verifier, row.authority, way, row.told, complete))
    return text.getvalue().encode("utf-8-sig")


def _days(month: str | None) -> tuple[date, date]:
    """The first and the last of a month. Raises ``INVALID_FIELD``."""
    if month is None:
        first = day_of(datetime.now(UTC)).replace(day=1)
    else:
        try:
            # It takes other forms of a date too.
            first = date.fromisoformat(f"{month}-01" if _MONTH.fullmatch(month) else "")
            _after(first)
        except (ValueError, OverflowError) as error:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, "must be a month like 2027-04", field="--month"
            ) from error
    return first, _after(first) - timedelta(days=1)


def _after(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
