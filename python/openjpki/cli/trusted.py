"""Whom a verifier trusts, as the command line names them: AUTHORITY=FILE, several times."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.cli.arguments import authority_id
from openjpki.cli.signed_list_sets import SignedListSets
from openjpki.client import TrustedAuthority
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.public_key_file import public_key_of

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

ListsKeyOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--lists-key",
        exists=True,
        dir_okay=False,
        help="Public key by which ca signs which lists there are, PEM: one is kept back by nobody.",
    ),
]


def list_sets(folder: Path, keys: Iterable[Path] | None) -> SignedListSets | None:
    """By which lists are held to be all there are; None: no key was given. Raises
    ``INVALID_FIELD``."""
    if not keys:
        return None
    return SignedListSets(folder, [public_key_of(one, field="--lists-key") for one in keys])


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
