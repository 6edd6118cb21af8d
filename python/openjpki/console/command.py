"""The command `openjpki console`."""

from __future__ import annotations

import secrets
import time
from typing import Annotated

import typer
import uvicorn

from openjpki.api.registration.v1.registration_pb2_grpc import WindowServiceStub
from openjpki.cli import output
from openjpki.cli.card import CardModuleOption, CardOption
from openjpki.cli.fonts import FONT, FontOption, NamesFontOption, names_font
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.signing_officer import SigningChoice, signing, signing_channel
from openjpki.cli.trusted import TrustedOption, trusted
from openjpki.cli.window_caller import MunicipalityOption, OfficerOption
from openjpki.config.clock import SystemClock
from openjpki.console.app import build_app
from openjpki.console.desk import Desk
from openjpki.console.entrance import Entrance, Patience
from openjpki.console.guard import ENTER
from openjpki.console.listening import listen
from openjpki.domain.municipality import Municipality
from openjpki.domain.window import WindowId
from openjpki.errors import OpenJpkiError, Reason, Text
from openjpki.rpc.identity.roles import PeerRole

_LONGEST = 12 * 3600
"""Seconds of a session: a day's work."""
_OPEN = Text(
    ja="ブラウザーでこのリンクを開いてください（1回だけ使えます）:",
    en="Open this link in a browser; it works once:",
)
_STOPPED = Text(ja="終了しました。", en="Stopped.")


@reaching(PeerRole.REGISTRATION)
@signing
def console(
    access: ServiceAccess,
    sign_with: SigningChoice,
    municipality: MunicipalityOption,
    window: Annotated[str, typer.Option(help="Window: 3 digits and a letter.")] = "001A",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on loopback; 0: any that is free.")
    ] = 0,
    idle: Annotated[
        int,
        typer.Option(
            "--idle", min=1, max=240, metavar="MINUTES", help="Ends a session after so long."
        ),
    ] = 15,
    card: CardOption = None,
    card_module: CardModuleOption = None,
    authority: TrustedOption = [],  # noqa: B006 - typer's way to a list that may be empty
    font: FontOption = FONT,
    font_of_names: NamesFontOption = None,
    officer: OfficerOption = "officer-1",
) -> None:
    """The window's work in a browser on this machine, for one officer, until Ctrl-C.

    It prints a link that works once. Keys and credentials stay here; it listens on loopback alone.
    """
    who = (PeerRole.WINDOW_OFFICER, municipality, officer)
    WindowId.parse(f"{municipality}{window}", field="--window")
    with signing_channel(access, sign_with, *who) as (channel, signer):
        if signer.officer.place != municipality:
            raise OpenJpkiError(
                Reason.OUT_OF_SCOPE,
                "must be the municipality in your credentials",
                field="--municipality",
            )
        desk = Desk(
            service=WindowServiceStub(channel),
            signer=signer,
            municipality=Municipality.parse(municipality),
            window=window,
            clock=SystemClock(),
            font=font,
            names_font=names_font(font_of_names, font),
            card=card,
            card_module=card_module,
            authorities=trusted(authority) if authority else (),
        )
        _serve(desk, port, idle * 60)


def _serve(desk: Desk, port: int, idle: float) -> None:
    sockets = listen(port)
    # A name of this process's own: browsers send cookies to every port of a name.
    host = f"{secrets.token_hex(5)}.localhost:{sockets[0].getsockname()[1]}"

    def announce(token: str) -> None:
        link = f"http://{host}{ENTER}{token}"
        if output.is_json():
            output.emit_line({"link": link})
            output.flush_stdout()
        else:
            output.emit_words(f"{_OPEN.in_language(output.language())} {link}")

    entrance = Entrance(
        secret=secrets.token_urlsafe,
        clock=time.monotonic,
        patience=Patience(idle=idle, longest=_LONGEST),
        language=output.language(),
        announce=announce,
    )
    app = build_app(desk, entrance, host=host, language=output.language())
    entrance.invite()
    settings = uvicorn.Config(
        app,
        # Addresses of pages name applications, and what an officer did is in the journal.
        access_log=False,
        log_config=None,
        # What it would say of a fault holds what the exception says.
        log_level="critical",
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws="none",
        http="h11",
        limit_concurrency=64,
        timeout_graceful_shutdown=5,
    )
    try:
        uvicorn.Server(settings).run(sockets=sockets)
    except KeyboardInterrupt:
        output.say(_STOPPED.in_language(output.language()))
    finally:
        for one in sockets:
            one.close()
