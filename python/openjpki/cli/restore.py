"""`openjpki restore …`: after a service's database was brought back from a backup.

On the machine of the service, before the service is started again (docs/operations.md).
"""

from __future__ import annotations

import sys
from collections import defaultdict
from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.cli import output
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.local_settings import SettingsOption, actor, settings_here
from openjpki.cli.restore_taken_back import position
from openjpki.cli.restore_taken_back import taken_back as list_taken_back
from openjpki.config.bridge import BridgeSettings
from openjpki.config.ca import CaSettings
from openjpki.config.clock import SystemClock
from openjpki.config.ocsp import OcspSettings
from openjpki.config.registration import RegistrationSettings
from openjpki.domain.handed_over import HandedOver, IssuedSince, RevokedSince, parse_line
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.common.taken_back import parse_taken_back, take_back
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.migrations import upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.authorities.authority import Authority
    from openjpki.services.ca.restore.take_up import Known
    from openjpki.services.common.officers.context import OfficersContext
    from openjpki.services.common.taken_back import Outcome, TakenBack


class Source(StrEnum):
    """Which service tells."""

    REGISTRATION = "registration"
    CA = "ca"


app = typer.Typer(
    help="After a database was brought back from a backup, on the service's own machine.",
    no_args_is_help=True,
)


SinceOption = Annotated[
    datetime,
    typer.Option(
        formats=["%Y-%m-%dT%H:%M:%SZ"],
        help="Moment, UTC, that the other's database was brought back to; better an hour before.",
    ),
]


TakenBackOption = Annotated[
    list[typer.FileText],
    typer.Option(
        "--taken-back",
        help="Officers and credentials taken back since the backup, as `restore taken-back` prints "
        "them at the other services, and a line for each that they don't know: officer "
        "ROLE/PLACE/ACCOUNT CAUSE, credential ID CAUSE. May be given often. An empty file says "
        "that there are none.",
    ),
]

app.command()(position)
app.command("taken-back")(list_taken_back)


@app.command()
def export(
    since: SinceOption,
    source: Annotated[
        Source, typer.Option("--from", help="Which service's database is to tell.")
    ] = Source.REGISTRATION,
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Print what registration or ca knows of users' certificates since a moment, for the other one.

    The lines hold whole certificates: personal data, for a pipe and not for a file.
    """
    lines = _told_by_ca if source is Source.CA else _told_by_registration
    for line in lines(since.replace(tzinfo=UTC), settings, home):
        sys.stdout.write(f"{line}\n")


def _told_by_registration(since: datetime, settings: Path | None, home: Path) -> Iterator[str]:
    from openjpki.services.registration.applications.hand_over import hand_over  # noqa: PLC0415
    from openjpki.services.registration.service import open_database  # noqa: PLC0415

    used = settings_here(RegistrationSettings, PeerRole.REGISTRATION, settings, home)
    with closing(open_database(used)) as database:
        yield from hand_over(database, since)


def _told_by_ca(since: datetime, settings: Path | None, home: Path) -> Iterator[str]:
    from openjpki.services.ca.restore.hand_over import hand_over  # noqa: PLC0415
    from openjpki.services.ca.service import close_context, open_context  # noqa: PLC0415

    opened = open_context(settings_here(CaSettings, PeerRole.CA, settings, home), SystemClock())
    try:
        yield from hand_over(opened.database, since)
    finally:
        close_context(opened)


@app.command()
def registration(
    issued: Annotated[
        typer.FileText,
        typer.Option(help="What `restore export --from ca` printed on ca's machine; - for stdin."),
    ],
    taken_back: TakenBackOption,
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Take up what ca issued and revoked since the backup, so that windows find it."""
    from openjpki.services.registration.applications.take_up import take_up  # noqa: PLC0415
    from openjpki.services.registration.service import open_database  # noqa: PLC0415

    used = settings_here(RegistrationSettings, PeerRole.REGISTRATION, settings, home)
    lines = [parse_line(line, number) for number, line in enumerate(issued, 1)]
    taken = parse_taken_back(chain.from_iterable(taken_back))
    with closing(open_database(used)) as database:
        _take_back(database, taken)
        outcome = take_up(database, SqlJournal(), lines, actor=actor(), at=SystemClock().now())
    output.emit(
        {"certificates_regained": outcome.regained, "revocations_regained": outcome.revoked}
    )


@app.command()
def ocsp(
    taken_back: TakenBackOption, settings: SettingsOption = None, home: HomeOption = HOME
) -> None:
    """Refuse again whose credentials were taken back since the backup."""
    used = settings_here(OcspSettings, PeerRole.OCSP, settings, home)
    taken = parse_taken_back(chain.from_iterable(taken_back))
    with closing(Database(used.database.read_url())) as database:
        upgrade(database, "ocsp")
        outcome = _take_back(database, taken)
    output.emit({"credentials_denied": outcome.credentials})


@app.command()
def ca(
    taken_back: TakenBackOption,
    issued: Annotated[
        typer.FileText | None,
        typer.Option(help="What `restore export` printed on registration's machine; - for stdin."),
    ] = None,
    lists: Annotated[
        list[Path] | None,
        typer.Option(
            "--list",
            exists=True,
            dir_okay=False,
            help="A revocation list published after the backup, DER; may be given often.",
        ),
    ] = None,
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Take every authority up again: what is known since the backup, gaps in what is numbered.

    The status feed and the lists go on with numbers that none of before can have had.
    """
    from openjpki.services.ca.authorities.authority import as_authority  # noqa: PLC0415
    from openjpki.services.ca.issuance.recovery import take_up_intents  # noqa: PLC0415
    from openjpki.services.ca.officers_register import officers_register  # noqa: PLC0415
    from openjpki.services.ca.restore.take_up import take_up  # noqa: PLC0415
    from openjpki.services.ca.service import (  # noqa: PLC0415
        close_context,
        open_context,
        publisher_of,
    )
    from openjpki.storage.ca import authorities  # noqa: PLC0415

    used = settings_here(CaSettings, PeerRole.CA, settings, home)
    lines = [] if issued is None else [parse_line(line, n) for n, line in enumerate(issued, 1)]
    taken = parse_taken_back(chain.from_iterable(taken_back))
    opened = open_context(used, SystemClock())
    try:
        with opened.database.reading() as tx:
            here = [as_authority(tx, record) for record in authorities.all_of(tx)]
        known = _sorted({one.authority_id: one for one in here}, lines, lists or [])
        # First of all: what comes next may take long, and nothing of it asks for them.
        _take_back(opened.database, taken, officers_register(opened))
        # What was begun before the backup is ended with the bytes it was ended with then.
        for each in here:
            opened.console.outdate(each.authority_id)
            with opened.console.writing(each.authority_id) as writer:
                take_up_intents(opened, each.authority_id, writer)
        publisher = publisher_of(opened, used)
        outcomes = {
            each.authority_id: take_up(
                opened, publisher, each.authority_id, known[each.authority_id], actor=actor()
            )
            for each in here
        }
    finally:
        close_context(opened)
    output.emit_rows(
        [
            {
                "authority": str(authority_id),
                "certificates_regained": outcome.regained,
                "revocations_regained": outcome.revoked,
                "revoked_and_unknown": outcome.unknown,
                "lists_made": outcome.lists,
            }
            for authority_id, outcome in outcomes.items()
        ],
        title="Taken up again",
    )


@app.command()
def bridge(
    taken_back: TakenBackOption, settings: SettingsOption = None, home: HomeOption = HOME
) -> None:
    """Go on with numbers of the bridge's revocation list that none of before can have had."""
    from openjpki.domain.authority import BRIDGE  # noqa: PLC0415
    from openjpki.services.bridge.officers_register import officers_register  # noqa: PLC0415
    from openjpki.services.bridge.service import open_context, own_list_publisher  # noqa: PLC0415

    used = settings_here(BridgeSettings, PeerRole.BRIDGE, settings, home)
    opened = open_context(used, SystemClock())
    taken = parse_taken_back(chain.from_iterable(taken_back))
    try:
        _take_back(opened.bridge.database, taken, officers_register(opened.bridge))
        opened.console.outdate(BRIDGE)
        number = own_list_publisher(opened.bridge, used).publish_after_restore()
    finally:
        opened.close()
    output.emit({"crl_number": number})


def _take_back(
    database: Database, taken: TakenBack, register: OfficersContext | None = None
) -> Outcome:
    return take_back(
        database, SqlJournal(), taken, register=register, actor=actor(), at=SystemClock().now()
    )


def _sorted(
    here: Mapping[AuthorityId, Authority],
    lines: list[HandedOver],
    lists: list[Path],
) -> dict[AuthorityId, Known]:
    """What each authority is to be told. Raises ``AUTHORITY_NOT_FOUND`` for one not here."""
    from openjpki.services.ca.restore.known_lists import issuer_of  # noqa: PLC0415
    from openjpki.services.ca.restore.take_up import Known  # noqa: PLC0415

    issued: dict[AuthorityId, list[IssuedSince]] = defaultdict(list)
    revoked: dict[AuthorityId, list[RevokedSince]] = defaultdict(list)
    published: dict[AuthorityId, list[bytes]] = defaultdict(list)
    for line in lines:
        if isinstance(line, IssuedSince):
            issued[_here(here, line.authority_id)].append(line)
        elif isinstance(line, RevokedSince):
            revoked[_here(here, line.authority_id)].append(line)
    by_name = {one.name.public_bytes(): authority_id for authority_id, one in here.items()}
    for path in lists:
        der = path.read_bytes()
        published[_here(here, by_name.get(issuer_of(der)))].append(der)
    return {one: Known(issued[one], revoked[one], published[one]) for one in here}


def _here(here: Mapping[AuthorityId, Authority], authority_id: AuthorityId | None) -> AuthorityId:
    if authority_id is None or authority_id not in here:
        raise OpenJpkiError(
            Reason.AUTHORITY_NOT_FOUND, "is not an authority here", field="authority_id"
        )
    return authority_id
