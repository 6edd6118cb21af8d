"""Commands of an officer that sign what they send: the options that say with which key."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openjpki.cli.home import Home
from openjpki.cli.officer_key import officer_signer
from openjpki.domain.officers import Officer
from openjpki.errors import OpenJpkiError
from openjpki.rpc.identity.credentials import read_material
from openjpki.rpc.identity.peer import read_certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openjpki.cli.connection import Connection
    from openjpki.cli.service_access import ServiceAccess
    from openjpki.evidence.officer_signer import OfficerSigner
    from openjpki.rpc.client.channel import TypedChannel
    from openjpki.rpc.identity.roles import PeerRole

_PANEL = "Your signing key"
_KEY = Annotated[
    Path | None,
    typer.Option(
        "--signing-key",
        envvar="OPENJPKI_SIGNING_KEY",
        help="Your key, an encrypted file; default: the officer's of the embedded installation.",
        rich_help_panel=_PANEL,
    ),
]
_PASSPHRASE = Annotated[
    Path | None,
    typer.Option(
        "--signing-passphrase-file",
        envvar="OPENJPKI_SIGNING_PASSPHRASE_FILE",
        help="Its passphrase; asked for when absent.",
        rich_help_panel=_PANEL,
    ),
]
_TOKEN = Annotated[
    str | None,
    typer.Option(
        "--signing-token",
        envvar="OPENJPKI_SIGNING_TOKEN",
        help="Label of your PKCS#11 token, instead of a file.",
        rich_help_panel=_PANEL,
    ),
]
_MODULE = Annotated[
    Path | None,
    typer.Option(
        "--signing-module",
        envvar="OPENJPKI_CARD_MODULE",
        help="The token's library.",
        rich_help_panel=_PANEL,
    ),
]
_PIN = Annotated[
    Path | None,
    typer.Option(
        "--signing-pin-file",
        envvar="OPENJPKI_SIGNING_PIN_FILE",
        help="Its PIN; asked for when absent.",
        rich_help_panel=_PANEL,
    ),
]
_GENERATION = Annotated[
    int,
    typer.Option(
        "--signing-generation",
        min=1,
        envvar="OPENJPKI_SIGNING_GENERATION",
        help="Which of the token's keys, in a row.",
        rich_help_panel=_PANEL,
    ),
]
_OPTIONS: dict[str, tuple[object, object]] = {
    "signing_key": (_KEY, None),
    "signing_passphrase_file": (_PASSPHRASE, None),
    "signing_token": (_TOKEN, None),
    "signing_module": (_MODULE, None),
    "signing_pin_file": (_PIN, None),
    "signing_generation": (_GENERATION, 1),
}


@dataclass(frozen=True, slots=True)
class SigningChoice:
    """With which key, as the options say."""

    key: Path | None
    passphrase_file: Path | None
    token: str | None
    module: Path | None
    pin_file: Path | None
    generation: int

    @contextmanager
    def open(self, home: Path, connection: Connection) -> Iterator[OfficerSigner]:
        """Whoever the credentials of the connection name, with this key.

        Raises ``INVALID_FIELD`` naming the option where no key is found, ``KEY_*``.
        """
        pem = read_material(connection.tls).certificate
        identity = read_certificate(pem, connection.trust_domain).identity
        officer = Officer.parse(
            f"{identity.role.value}/{identity.scope}/{identity.subject}", field="--credentials"
        )
        try:
            with officer_signer(
                Home(home),
                officer,
                key=self.key,
                passphrase_file=self.passphrase_file,
                token=self.token,
                module=self.module,
                pin_file=self.pin_file,
                generation=self.generation,
            ) as signer:
                yield signer
        except OpenJpkiError as error:
            if error.field == "--key":
                raise OpenJpkiError(
                    error.reason,
                    "or --signing-token must say where your signing key is; "
                    "`openjpki officer key` makes one, and operators enrol it",
                    field="--signing-key",
                ) from error
            error.field = _RENAMED.get(error.field or "", error.field)
            raise


@contextmanager
def signing_channel(
    access: ServiceAccess, sign_with: SigningChoice, role: PeerRole, scope: str, subject: str
) -> Iterator[tuple[TypedChannel, OfficerSigner]]:
    """The service as this officer of the embedded installation, or whom the credentials name,
    reaches it, and the same officer with their key. Raises as :meth:`SigningChoice.open` and
    :meth:`ServiceAccess.connection`."""
    connection = access.connection(role, scope, subject)
    with (
        sign_with.open(access.home, connection) as signer,
        connection.open(access.service) as channel,
    ):
        yield channel, signer


_RENAMED = {
    "--passphrase-file": "--signing-passphrase-file",
    "--card-module": "--signing-module",
    "--pin-file": "--signing-pin-file",
}


def signing(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the options that say with which key; what they say comes as ``sign_with``."""
    signature = inspect.signature(command, eval_str=True)
    own = [one for one in signature.parameters.values() if one.name != "sign_with"]
    given = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
        )
        for name, (annotation, default) in _OPTIONS.items()
    ]

    @wraps(command)
    def run(**arguments: Any) -> None:
        said = {name.removeprefix("signing_"): arguments.pop(name) for name in _OPTIONS}
        command(**arguments, sign_with=SigningChoice(**said))

    run.__signature__ = signature.replace(parameters=[*own, *given])  # type: ignore[attr-defined]
    return run
