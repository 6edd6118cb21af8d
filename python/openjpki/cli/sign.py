"""`openjpki sign`: a resident signs a document (step ⑧)."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric import rsa

from openjpki.cli import output
from openjpki.cli.arguments import certificate_file
from openjpki.cli.card import CardModuleOption, CardOption, PinFileOption, card_key, open_card
from openjpki.cli.files import writable, write
from openjpki.cli.key_file import load_key
from openjpki.cli.reading import octets_of
from openjpki.cli.secret_input import PassphraseFileOption, passphrase
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.cms import sign_detached


def sign(
    document: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Any file; it stays as it is.")
    ],
    certificate: Annotated[
        Path, typer.Option("--certificate", exists=True, help="The signer's certificate, PEM.")
    ],
    key: Annotated[
        Path | None,
        typer.Option("--key", exists=True, help="The signer's encrypted key, PEM, not on a card."),
    ] = None,
    signature: Annotated[
        Path | None,
        typer.Option(
            "--signature", help="Where to write it; default: DOCUMENT.p7s.", callback=writable
        ),
    ] = None,
    passphrase_file: PassphraseFileOption = None,
    card: CardOption = None,
    card_module: CardModuleOption = None,
    pin_file: PinFileOption = None,
) -> None:
    """Sign DOCUMENT: a detached CMS signature in DER beside it."""
    written = signature or beside(document)
    with ExitStack() as stack:
        private_key: rsa.RSAPrivateKey
        if card is not None and key is None:
            private_key = card_key(stack.enter_context(open_card(card, card_module, pin_file)))
        elif key is not None and card is None:
            private_key = load_key(key, passphrase(passphrase_file))
        else:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, "say either --key FILE or --card TOKEN", field="--key"
            )
        made = sign_detached(
            octets_of(document),
            certificate_file(certificate, "--certificate"),
            private_key,
            datetime.now(UTC),
        )
    write(written, made)
    output.emit({"document": str(document), "signature": str(written)})


def beside(document: Path) -> Path:
    """Where the signature goes when nothing is said."""
    path = document.with_name(document.name + ".p7s")
    writable(path)
    return path
