"""`openjpki register generate`: a register file to play and to measure with."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated

import typer

from openjpki.cli import output
from openjpki.cli.files import appearing, writable
from openjpki.cli.progress import RESIDENTS, counting
from openjpki.config.clock import SystemClock
from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError, Reason
from openjpki_devkit.register.synthetic import synthetic_municipalities, synthetic_residents
from openjpki_devkit.register.write_register import write_register


def generate(
    to: Annotated[Path, typer.Argument(help="CSV file to write.", callback=writable)],
    count: Annotated[int, typer.Option(min=1, help="How many residents.")] = 3000,
    municipality: Annotated[
        list[str] | None, typer.Option(help="5-digit codes; several times. Default: all there are.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same residents.")] = 1,
) -> None:
    """Write a register file of residents who do not exist."""
    unknown = sorted(set(municipality or ()) - set(synthetic_municipalities()))
    if unknown:
        raise OpenJpkiError(
            Reason.UNKNOWN_MUNICIPALITY,
            f"no residents are made up for {', '.join(unknown)}; there are some for "
            f"{', '.join(synthetic_municipalities())}",
            field="--municipality",
        )
    today = SystemClock().now().astimezone(JAPAN).date()
    residents = synthetic_residents(seed, count, today=today, municipalities=municipality)
    with (
        appearing(to) as octets,
        io.TextIOWrapper(octets, encoding="utf-8", newline="") as file,
        counting(RESIDENTS, count) as progress,
    ):
        rows = write_register(file, residents, progress)
    output.emit({"file": str(to), "residents": rows})
