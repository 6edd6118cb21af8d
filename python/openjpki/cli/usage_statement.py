"""`… statement`: what verifiers were told in a month, for what they pay (R5.2.2); CSV or PDF."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.cli import output
from openjpki.cli.files import appearing, writable
from openjpki.cli.usage_counts import Asked, Month, counted
from openjpki.cli.words import word_of
from openjpki.errors import Language

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.cli.usage_counts import Row
    from openjpki.rpc.client.channel import TypedChannel


class StatementFormat(StrEnum):
    """What a statement is written as."""

    CSV = "csv"
    PDF = "pdf"


StatementOption = Annotated[Path, typer.Option("--to", help="File to write.", callback=writable)]
FormatOption = Annotated[
    StatementFormat,
    typer.Option("--format", help="csv, for programs; pdf, for people: in Japanese and by day."),
]
FontOption = Annotated[
    Path,
    typer.Option("--font", help="TrueType font with Japanese that goes into a PDF."),
]
FONT = Path("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf")
"""Where Debian's fonts-ipaexfont-gothic puts it."""

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
class Statement:
    """Of a month by day, of what was asked for, as of a moment."""

    asked: Asked
    month: Month
    made_at: datetime

    @property
    def sha256(self) -> str:
        """Of the same counts as CSV by day in Japanese, which anybody can have written: so one can
        be held against the other."""
        return hashlib.sha256(as_csv(self.month.rows, Language.JA)).hexdigest()


def write(channel: TypedChannel, asked: Asked, to: Path, form: StatementFormat, font: Path) -> None:
    """Writes it. Raises as ``GetUsage``, ``Misused`` for a font, and ``OSError``."""
    if form is StatementFormat.CSV:
        month = counted(channel, asked)
        octets = as_csv(month.rows, output.language())
    else:
        # Nobody else waits for what draws.
        from openjpki.cli.usage_pdf import as_pdf  # noqa: PLC0415

        by_day = replace(asked, by_day=True)
        month = counted(channel, by_day)
        made_at = datetime.now(UTC).replace(microsecond=0)
        octets = as_pdf(Statement(by_day, month, made_at), font)
    with appearing(to) as file:
        file.write(octets)
    output.emit({"file": str(to), "rows": len(month.rows), "complete": month.complete})


def as_csv(rows: Iterable[Row], language: Language) -> bytes:
    """As spreadsheets read it, with a mark that says UTF-8."""
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
