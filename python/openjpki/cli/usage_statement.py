"""`… statement`: what verifiers were told in a month, for what they pay (R5.2.2); CSV or PDF."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.cli import output
from openjpki.cli.files import appearing, writable
from openjpki.cli.misused import Misused
from openjpki.cli.usage_counts import Asked, counted
from openjpki.cli.usage_csv import Statement, as_csv
from openjpki.errors import Text

if TYPE_CHECKING:
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

_OF_WHOM = Text(
    ja="pdfは1つの署名検証者に渡すものです。--verifierで署名検証者を指定してください。",
    en="a pdf is for one verifier to have; say which with --verifier",
)


def write(channel: TypedChannel, asked: Asked, to: Path, form: StatementFormat, font: Path) -> None:
    """Writes it. Raises as ``GetUsage``, ``Misused`` for a font or
    no verifier of a PDF, and ``OSError``."""
    if form is StatementFormat.CSV:
        month = counted(channel, asked)
        octets = as_csv(month.rows, output.language())
    else:
        # Nobody else waits for what draws.
        from openjpki.cli.usage_pdf import as_pdf  # noqa: PLC0415

        if not asked.verifier_id:
            raise Misused(_OF_WHOM)
        by_day = replace(asked, by_day=True)
        month = counted(channel, by_day)
        made_at = datetime.now(UTC).replace(microsecond=0)
        octets = as_pdf(Statement(by_day, month, made_at), font)
    with appearing(to) as file:
        file.write(octets)
    output.emit(
        {
            "file": str(to),
            "rows": len(month.rows),
            "complete": month.complete,
            "possible_gaps": [str(one) for one in month.gaps],
        }
    )
