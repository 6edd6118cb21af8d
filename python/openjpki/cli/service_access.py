"""How commands reach a service: the options that they all have, and what these say."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openjpki.cli.connection import (
    HOME,
    Connection,
    HomeOption,
    domain_of,
    endpoint,
)
from openjpki.cli.home import Home
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.credentials import TlsFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from openjpki.rpc.client.channel import TypedChannel
    from openjpki.rpc.identity.roles import PeerRole

_PANEL = "Another installation"

_CREDENTIALS = Annotated[
    Path | None,
    typer.Option(
        "--credentials",
        envvar="OPENJPKI_CREDENTIALS",
        help="Folder with your tls.crt, tls.key and ca.crt; they say who acts.",
        rich_help_panel=_PANEL,
    ),
]
_TRUST_DOMAIN = Annotated[
    str | None,
    typer.Option(
        "--trust-domain",
        envvar="OPENJPKI_TRUST_DOMAIN",
        help="The mesh's name; default: the one in your certificate.",
        rich_help_panel=_PANEL,
    ),
]


@dataclass(frozen=True, slots=True)
class ServiceAccess:
    """How a service is reached: what the options say."""

    service: PeerRole
    home: Path
    target: str | None
    """``host:port``; ``None``: where the embedded one listens."""
    credentials: Path | None
    """A folder; ``None``: the embedded ones of whom the command names."""
    trust_domain: str | None
    """``None``: the one in the credentials."""

    def connection(self, role: PeerRole, scope: str = "", subject: str = "") -> Connection:
        """As this peer of the embedded installation, unless the options name credentials.

        Raises ``SERVICE_UNAVAILABLE`` when nothing runs, ``INVALID_FIELD`` for credentials that
        are absent or no credentials of a mesh.
        """
        home = Home(self.home)
        target = self.target or endpoint(home, self.service)
        caller = home.credentials(role, scope, subject)
        tls = TlsFiles.in_folder(self.credentials) if self.credentials else caller
        if not tls.certificate.exists():
            raise OpenJpkiError(
                Reason.INVALID_FIELD, self._absent(tls.certificate.parent), field="--credentials"
            )
        return Connection(target, tls, self.trust_domain or domain_of(tls))

    @contextmanager
    def open(self, role: PeerRole, scope: str = "", subject: str = "") -> Iterator[TypedChannel]:
        """A channel, as :meth:`connection` says."""
        with self.connection(role, scope, subject).open(self.service) as channel:
            yield channel

    def _absent(self, folder: Path) -> str:
        if self.credentials is not None:
            return f"there is no tls.crt in {folder}"
        if self.target is not None:
            return "name the folder with your tls.crt, tls.key and ca.crt"
        there = Home(self.home).root / "credentials"
        return f"there are none in {folder}; the embedded ones are below {there}"


def reaching(*services: PeerRole) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command the options to reach a service; what they say comes as ``access``.

    Where several services serve the same, ``--service`` says which; the first unless it does.
    """
    given = _options(services)

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command, eval_str=True)
        own = [one for one in signature.parameters.values() if one.name != "access"]

        @wraps(command)
        def run(**arguments: Any) -> None:
            said = {one.name: arguments.pop(one.name) for one in given}
            service = type(services[0])(said.pop("service", services[0]))
            command(**arguments, access=ServiceAccess(service, **said))

        run.__signature__ = signature.replace(parameters=[*own, *given])  # type: ignore[attr-defined]
        return run

    return decorate


def _options(services: Sequence[PeerRole]) -> list[inspect.Parameter]:
    one_of = " or ".join(services)
    target = Annotated[
        str | None,
        typer.Option(
            "--target",
            # A variable names one service; where there is a choice, it could be the other's.
            envvar=f"OPENJPKI_{services[0].upper()}_TARGET" if len(services) == 1 else None,
            metavar="HOST:PORT",
            help=f"Address of the {one_of} service, instead of the embedded one.",
            rich_help_panel=_PANEL,
        ),
    ]
    names = StrEnum("ServiceName", {one.name: one.value for one in services})  # type: ignore[misc]
    which = Annotated[names, typer.Option("--service", help="Which service is meant.")]
    choice = [_option("service", which, names(services[0].value))] if len(services) > 1 else []
    return [
        *choice,
        _option("home", HomeOption, HOME),
        _option("target", target, None),
        _option("credentials", _CREDENTIALS, None),
        _option("trust_domain", _TRUST_DOMAIN, None),
    ]


def _option(name: str, annotation: object, default: object) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )
