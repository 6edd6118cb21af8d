"""`openjpki receipts …`: what the authority signed for registration (L1b), on its own machine."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from openjpki.cli import output
from openjpki.cli.checked import not_valid_unless_signed
from openjpki.cli.connection import HOME, HomeOption
from openjpki.cli.evidence_files import write_signed
from openjpki.cli.left_out import LeftOutRows
from openjpki.cli.local_settings import SettingsOption, settings_here
from openjpki.config.registration import RegistrationSettings
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.cose import require_signed
from openjpki.evidence.encoding import encode
from openjpki.evidence.public_key import StatementPublicKey
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.registration.service import open_database
from openjpki.storage.registration import receipts
from openjpki.storage.registration.receipts import KeptReceipt

app = typer.Typer(help="Receipts of the authority (受領証), on registration's own machine.")


@app.callback()
def _group() -> None:
    """Receipts of the authority (受領証), on registration's own machine."""


@app.command()
def show(
    application: Annotated[str, typer.Argument(help="Application id, from `window submit`.")],
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            exists=True,
            file_okay=False,
            help="Folder for each receipt as files: statement, COSE_Sign1, public key.",
        ),
    ] = None,
    settings: SettingsOption = None,
    home: HomeOption = HOME,
) -> None:
    """What ca signed about an application: its certificate issued, its certificate revoked."""
    used = settings_here(RegistrationSettings, PeerRole.REGISTRATION, settings, home)
    left_out = LeftOutRows()
    with closing(open_database(used)) as database, database.reading() as tx:
        found = receipts.of_application(tx, application.lower(), left_out=left_out)
    if not found and not left_out.found:
        raise OpenJpkiError(
            Reason.APPLICATION_NOT_FOUND, "there is no receipt for it", field="application_id"
        )
    for each in found:
        with not_valid_unless_signed():
            require_signed(
                each.statement,
                each.signature,
                StatementPublicKey.parse(each.public_key),
                field="receipt",
            )
        if to is not None:
            _write(to, each)
    output.emit_rows([_row(each) for each in found], title="Receipts, verified")
    left_out.end()


def _row(receipt: KeptReceipt) -> dict[str, str]:
    stated = receipt.statement
    return {
        "method": stated.method,
        "made_at": f"{stated.made_at:%FT%TZ}",
        "request_id": stated.request_id,
        "caller": stated.caller,
        "request_sha256": stated.request_sha256.hex(),
        "result_sha256": stated.result_sha256.hex(),
        "key_sha256": StatementPublicKey.parse(receipt.public_key).sha256.hex(),
    }


def _write(folder: Path, receipt: KeptReceipt) -> None:
    write_signed(
        folder,
        receipt.statement.request_id,
        statement=encode(receipt.statement),
        cose_sign1=receipt.signature,
        spki_der=receipt.public_key,
    )
