"""`openjpki restore …`: after a service's database was brought back from a backup.

On the machine of the service, before the service is started again (docs/operations.md).
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.cli import output
from openjpki.cli.arguments import list_files
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.left_out import LeftOutRows
from openjpki.cli.local_settings import SettingsOption, actor, settings_here
from openjpki.cli.reading import lines_of
from openjpki.cli.restore_taken_back import position
from openjpki.cli.restore_taken_back import taken_back as list_taken_back
from openjpki.config.bridge import BridgeSettings
from openjpki.config.ca import CaSettings
from openjpki.config.clock import SystemClock
from openjpki.config.ocsp import OcspSettings
from openjpki.config.registration import RegistrationSettings
from openjpki.domain.authority import not_an_authority
from openjpki.domain.handed_over import HandedOver, IssuedSince, RevokedSince, parse_line
from openjpki.domain.stated_time import written
from openjpki.errors import OpenJpkiError
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.common.taken_back import FIELD, TakenBack, parse_taken_back, take_back
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.migrations import upgrade

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from typing import BinaryIO

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.authorities.authority import Authority
    from openjpki.services.ca.restore.take_up import Known
    from openjpki.services.common.officers.context import OfficersContext
    from openjpki.services.common.taken_back import Outcome


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
    list[typer.FileBinaryRead],
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
    lines, left_out = _told_by_ca if source is Source.CA else _told_by_registration, LeftOutRows()
    for line in lines(since.replace(tzinfo=UTC), settings, home, left_out):
        output.emit_text(line)
    left_out.end()


def _told_by_registration(
    since: datetime, settings: Path | None, home: Path, left_out: LeftOutRows
) -> Iterator[str]:
    from openjpki.services.registration.applications.hand_over import hand_over  # noqa: PLC0415
    from openjpki.services.registration.service import open_database  # noqa: PLC0415

    used = settings_here(RegistrationSettings, PeerRole.REGISTRATION, settings, home)
    with closing(open_database(used)) as database:
        yield from hand_over(database, since, now=SystemClock().now(), left_out=left_out)


def _told_by_ca(
    since: datetime, settings: Path | None, home: Path, left_out: LeftOutRows
) -> Iterator[str]:
    from openjpki.services.ca.restore.hand_over import hand_over  # noqa: PLC0415
    from openjpki.services.ca.service import close_context, open_context  # noqa: PLC0415

    opened = open_context(settings_here(CaSettings, PeerRole.CA, settings, home), SystemClock())
    try:
        yield from hand_over(opened.database, since, now=SystemClock().now(), left_out=left_out)
    finally:
        close_context(opened)


@app.command()
def registration(
    issued: Annotated[
        typer.FileBinaryRead,
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
    lines = _handed_over(issued)
    taken = _read(taken_back)
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
    """Refuse again whose credentials were taken back since the backup.

    What verifiers were told since is not known: statements name that time as a possible gap.
    """
    from openjpki.services.ocsp.usage.restored import say_lost  # noqa: PLC0415

    used = settings_here(OcspSettings, PeerRole.OCSP, settings, home)
    taken = _read(taken_back)
    with closing(Database(used.database.read_url())) as database:
        upgrade(database, "ocsp")
        outcome = _take_back(database, taken)
        since = say_lost(database, SystemClock())
    output.emit(
        {
            "credentials_denied": outcome.credentials,
            "usage_unknown_since": None if since is None else written(since),
        }
    )


@app.command()
def ca(
    taken_back: TakenBackOption,
    issued: Annotated[
        typer.FileBinaryRead | None,
        typer.Option(help="What `restore export` printed on registration's machine; - for stdin."),
    ] = None,
    lists: Annotated[
        list[Path] | None,
        typer.Option(
            "--list",
            exists=True,
            dir_okay=False,
            help="Revocation lists published after the backup: DER, or PEM of several; may be "
            "given often.",
        ),
    ] = None,
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """Take every authority up again: what is known since the backup, gaps in what is numbered.

    The status feed and the lists go on with numbers that none of before can have had. An authority
    that can't be read, or can't be taken up, keeps no other from it: the command names it and is
    given again, with the same lines, when it was put right.
    """
    from openjpki.services.ca.authorities.authority import readable_authorities  # noqa: PLC0415
    from openjpki.services.ca.issuance.recovery import take_up_intents  # noqa: PLC0415
    from openjpki.services.ca.officers_register import officers_register  # noqa: PLC0415
    from openjpki.services.ca.restore.take_up import take_up  # noqa: PLC0415
    from openjpki.services.ca.service import (  # noqa: PLC0415
        close_context,
        open_context,
        publisher_of,
    )
    from openjpki.storage.ca import authorities  # noqa: PLC0415

    left_out = LeftOutRows()
    refused: dict[AuthorityId, OpenJpkiError] = {}
    used = settings_here(CaSettings, PeerRole.CA, settings, home)
    lines = [] if issued is None else _handed_over(issued)
    taken = _read(taken_back)
    published = list_files(lists or (), "--list")
    opened = open_context(used, SystemClock())
    try:
        with opened.database.reading() as tx:
            stored = authorities.all_of(tx, left_out=lambda _: None)
            here = readable_authorities(tx, left_out=left_out)
        known = _sorted({one.authority_id for one in stored}, here, lines, published)
        # First of all: what comes next may take long, and nothing of it asks for them.
        _take_back(opened.database, taken, officers_register(opened))
        for each in known:
            opened.console.outdate(each)
        publisher, outcomes = publisher_of(opened, used), {}
        for each in known:
            try:
                # What was begun before the backup is ended with the bytes it was ended with then.
                with opened.console.writing(each) as writer:
                    take_up_intents(opened, each, writer)
                outcomes[each] = take_up(opened, publisher, each, known[each], actor=actor())
            except OpenJpkiError as error:
                refused[each] = error
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
    for first in refused.values():
        named = ", ".join(map(str, refused))
        raise OpenJpkiError(
            first.reason, first.message, field=first.field, not_taken_up=named, **left_out.named()
        )
    left_out.end()


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
    taken = _read(taken_back)
    try:
        _take_back(opened.bridge.database, taken, officers_register(opened.bridge))
        opened.console.outdate(BRIDGE)
        number = own_list_publisher(opened.bridge, used).publish_after_restore()
    finally:
        opened.close()
    output.emit({"crl_number": number})


def _handed_over(file: BinaryIO) -> list[HandedOver]:
    lines = lines_of(file, "issued")
    return [parse_line(line, number) for number, line in enumerate(lines, 1)]


def _read(files: Sequence[BinaryIO]) -> TakenBack:
    """What all files say together. Raises ``INVALID_FIELD`` naming file and line: what can't be
    read must not be left out."""
    read = []
    for file in files:
        try:
            read.append(parse_taken_back(lines_of(file, FIELD)))
        except OpenJpkiError as error:
            error.metadata["file"] = file.name
            raise
    return TakenBack(
        officers=tuple(chain.from_iterable(one.officers for one in read)),
        credentials=tuple(chain.from_iterable(one.credentials for one in read)),
        told=tuple(chain.from_iterable(one.told for one in read)),
    )


def _take_back(
    database: Database, taken: TakenBack, register: OfficersContext | None = None
) -> Outcome:
    return take_back(
        database, SqlJournal(), taken, register=register, actor=actor(), at=SystemClock().now()
    )


def _sorted(
    stored: Collection[AuthorityId],
    readable: list[Authority],
    lines: list[HandedOver],
    lists: list[bytes],
) -> dict[AuthorityId, Known]:
    """What each authority that can be read is to be told.

    Raises ``AUTHORITY_NOT_FOUND`` for one not here. Lists name their issuer, and the name of an
    authority that can't be read is not known: while there is one, a list of none of the others may
    be its.
    """
    from openjpki.services.ca.restore.known_lists import issuer_of  # noqa: PLC0415
    from openjpki.services.ca.restore.take_up import Known  # noqa: PLC0415

    issued: dict[AuthorityId, list[IssuedSince]] = defaultdict(list)
    revoked: dict[AuthorityId, list[RevokedSince]] = defaultdict(list)
    published: dict[AuthorityId, list[bytes]] = defaultdict(list)
    for line in lines:
        if isinstance(line, IssuedSince):
            issued[_one_of(stored, line.authority_id)].append(line)
        elif isinstance(line, RevokedSince):
            revoked[_one_of(stored, line.authority_id)].append(line)
    by_name = {one.name.public_bytes(): one.authority_id for one in readable}
    for der in lists:
        issuer = by_name.get(issuer_of(der))
        if issuer is not None or len(readable) == len(stored):
            published[_one_of(stored, issuer)].append(der)
    return {one: Known(issued[one], revoked[one], published[one]) for one in by_name.values()}


def _one_of(
    authority_ids: Collection[AuthorityId], authority_id: AuthorityId | None
) -> AuthorityId:
    if authority_id is None or authority_id not in authority_ids:
        raise not_an_authority()
    return authority_id
