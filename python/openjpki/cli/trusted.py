"""Whom a verifier trusts, as the command line names them: AUTHORITY=FILE, several times."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.cli.arguments import authority_id
from openjpki.client import TrustedAuthority
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

TrustedOption = Annotated[
    list[str],
    typer.Option(
        "--authority",
        path_type=str,
        help="A trusted governor's certificate as AUTHORITY=FILE, e.g. signing-13=a.pem.",
    ),
]


def trusted(texts: Iterable[str]) -> list[TrustedAuthority]:
    """Each that the options name. Raises ``INVALID_FIELD`` and as ``TrustedAuthority.load``."""
    return [_trusted(text) for text in texts]


def _trusted(text: str) -> TrustedAuthority:
    named, equals, file = text.partition("=")
    if not equals:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "must be AUTHORITY=FILE, e.g. signing-13=authority.pem",
            field="--authority",
        )
    known_as = str(authority_id(named))
    # Of several files a refusal must say which.
    try:
        return TrustedAuthority.load(known_as, Path(file).read_bytes())
    except OSError as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "can't be read",
            field="--authority",
            file=file,
            cause=error.strerror or type(error).__name__,
        ) from error
    except OpenJpkiError as error:
        error.metadata["file"] = file
        raise
