"""Whom a verifier trusts, as the command line names them: AUTHORITY=FILE, several times."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.cli.arguments import authority_id
from openjpki.client import TrustedAuthority
from openjpki.client.signed_list_sets import OLDEST, SignedListSets
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.public_key_file import public_key_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

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
        help="Public key of ca's receipts, PEM, to check which lists there are: one that is kept "
        "back is found out.",
    ),
]


ListsAgeOption = Annotated[
    int,
    typer.Option(
        "--lists-age",
        metavar="HOURS",
        min=1,
        max=48,
        help="With --lists-key: how old what ca has signed may be.",
    ),
]


def list_sets(
    folder: Path, keys: Iterable[Path] | None, oldest: timedelta = OLDEST
) -> SignedListSets | None:
    """By which lists are held to be all there are; None: no key was given. Raises
    ``INVALID_FIELD``."""
    if not keys:
        return None
    trusted = [public_key_of(one, field="--lists-key") for one in keys]
    return SignedListSets(folder, trusted, oldest)


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
