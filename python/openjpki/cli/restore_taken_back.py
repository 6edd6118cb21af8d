"""`openjpki restore position` and `taken-back`: who was taken back since a backup, as far as the
database that was brought back and the other services can prove it."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.cli import output
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.left_out import LeftOutRows
from openjpki.cli.local_settings import SettingsOption
from openjpki.cli.service_database import service_database
from openjpki.config.clock import SystemClock
from openjpki.domain.stated_time import written
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.common.tell_taken_back import (
    officers_of_register,
    tell_taken_back,
    told_since,
)
from openjpki.storage.kernel.database import Database

if TYPE_CHECKING:
    from openjpki.services.common.tell_taken_back import Ended


class Service(StrEnum):
    """Whose database."""

    REGISTRATION = "registration"
    CA = "ca"
    OCSP = "ocsp"
    BRIDGE = "bridge"


ServiceArgument = Annotated[Service, typer.Argument(help="Whose database.")]
SinceOption = Annotated[
    datetime,
    typer.Option(
        formats=["%Y-%m-%dT%H:%M:%SZ"],
        help="Moment, UTC: what `restore position` said of the database that was brought back.",
    ),
]


def position(
    service: ServiceArgument, settings: SettingsOption = None, home: HomeOption = HOME
) -> None:
    """Say from when on others are to tell a database that was brought back: an hour before the
    newest act that it knows of."""
    with closing(Database(service_database(PeerRole(service.value), settings, home))) as database:
        left_out = LeftOutRows()
        since = told_since(database, left_out=left_out)
    if since is None:
        raise OpenJpkiError(
            Reason.SERVICE_UNAVAILABLE, "the database knows of nothing that was ever done"
        )
    output.emit({"service": service.value, "since": written(since)})
    left_out.end()


def taken_back(
    service: ServiceArgument,
    since: SinceOption,
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Print whom a service that kept its database knows to be taken back since a moment, as
    `--taken-back` reads it at the one that was brought back."""
    with closing(Database(service_database(PeerRole(service.value), settings, home))) as database:
        moment, left_out = since.replace(tzinfo=UTC), LeftOutRows()
        ended = _officers_ended(service)
        for line in tell_taken_back(
            database, service.value, moment, ended, now=SystemClock().now(), left_out=left_out
        ):
            output.emit_text(line)
    left_out.end()


def _officers_ended(service: Service) -> Ended | None:
    if service is Service.OCSP:
        return None
    if service is Service.REGISTRATION:
        # It has no register: it knows what ca said.
        from openjpki.services.registration.applications.hand_over import (  # noqa: PLC0415
            officers_ended,
        )

        return officers_ended
    return officers_of_register
