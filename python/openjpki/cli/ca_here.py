"""The ca service's database and keys, for commands on its own machine."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.cli.arguments import authority_id
from openjpki.cli.local_settings import settings_here
from openjpki.config.ca import CaSettings
from openjpki.config.clock import SystemClock
from openjpki.domain.authority import AuthorityId
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca import service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from openjpki.services.ca.context import CaContext

AuthorityArgument = Annotated[
    AuthorityId,
    typer.Argument(
        metavar="AUTHORITY",
        parser=authority_id,
        help="Which one, e.g. signing-13; a prefecture's number alone means its signing one.",
    ),
]


@contextmanager
def opened(settings: CaSettings) -> Iterator[CaContext]:
    """By settings at hand."""
    ca = service.open_context(settings, SystemClock())
    try:
        yield ca
    finally:
        service.close_context(ca)


def ca_here(settings: Path | None, home: Path) -> AbstractContextManager[CaContext]:
    """By the settings that the service runs by."""
    return opened(settings_here(CaSettings, PeerRole.CA, settings, home))
