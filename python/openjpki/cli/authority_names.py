"""In whose name an authority is made: in one for examples only where that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.domain.policy import Violation

ExampleOption = Annotated[
    bool,
    typer.Option(
        "--example", help="In a name for examples, to try the system out: nobody is to rely on it."
    ),
]


def own_values(violations: Iterable[Violation], within: str) -> None:
    """Raises ``INVALID_FIELD`` for the first value that is no site's own."""
    for one in violations:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            f"{one.rule}; it is certified for years (--example does so all the same)",
            field=f"{within}.{one.field}",
        )
