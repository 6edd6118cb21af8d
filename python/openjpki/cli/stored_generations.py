"""What `authority generation …` and `bridge generation …` have in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.cli import output
from openjpki.cli.arguments import certificate_file
from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.words import word
from openjpki.domain.generation import GenerationState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.common.stored_generations import StoredGeneration

NumberArgument = Annotated[
    int, typer.Argument(metavar="GENERATION", min=1, help="Its number, as the journal has it.")
]
CertificateOption = Annotated[
    Path | None,
    typer.Option(
        "--certificate",
        exists=True,
        dir_okay=False,
        help="Its certificate, PEM or DER, where what is stored of it can't be read.",
    ),
]
StateOption = Annotated[
    GenerationState | None,
    typer.Option("--state", help="Its state, where what is stored of it can't be read."),
]


def given(certificate: Path | None) -> bytes | None:
    """What the option names, DER."""
    return None if certificate is None else certificate_file(certificate, "--certificate")


def show(found: Iterable[tuple[str, StoredGeneration]]) -> None:
    """Generations with the authorities they are of; ends with 4 when one is not as it was made."""
    rows = [
        {
            "authority": authority,
            "generation": one.number,
            "state": None if one.state is None else word(one.state),
            "key": one.key_label,
            "fault": one.fault,
        }
        for authority, one in found
    ]
    output.emit_rows(rows, title="Generations of keys")
    if any(row["fault"] for row in rows):
        raise typer.Exit(ExitCode.NOT_VALID)


def show_repaired(authority: AuthorityId, number: int, state: GenerationState, key: str) -> None:
    """The generation that took the place of one that was not as it was made."""
    output.emit(
        {"authority": str(authority), "generation": number, "state": word(state), "key": key}
    )
