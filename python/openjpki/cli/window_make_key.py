"""`openjpki window make-key`: the applicant's key pair, made at the window (R2.3.1, R2.3.2)."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from openjpki.cli import output
from openjpki.cli.card import (
    CardModuleOption,
    CardOption,
    PinFileOption,
    make_card_key,
    open_card,
)
from openjpki.cli.files import appearing, placeable, writable
from openjpki.cli.generator import (
    AttestationOption,
    ForApplicationOption,
    Generator,
    GeneratorKeyOption,
    GeneratorOption,
    GeneratorPassphraseOption,
)
from openjpki.cli.key_file import make_key
from openjpki.cli.secret_input import PassphraseFileOption, passphrase
from openjpki.domain.certificate_hand_over import Medium
from openjpki.domain.evidence import KeyPlace
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.csr import parse_csr


def make_key_pair(
    request: Annotated[
        Path, typer.Option("--request", help="Where the PKCS#10 (DER) goes.", callback=writable)
    ],
    key: Annotated[
        Path | None,
        typer.Option(
            "--key", help="Where the encrypted key goes, without a card.", callback=placeable
        ),
    ] = None,
    passphrase_file: PassphraseFileOption = None,
    card: CardOption = None,
    card_module: CardModuleOption = None,
    pin_file: PinFileOption = None,
    attestation: AttestationOption = None,
    application: ForApplicationOption = "",
    generator: GeneratorOption = "",
    generator_key: GeneratorKeyOption = None,
    generator_passphrase_file: GeneratorPassphraseOption = None,
) -> None:
    """③: the applicant makes a key pair, on a card or in an encrypted file; it is never sent."""
    device = None
    if attestation is not None:
        said = (application, generator, generator_key, generator_passphrase_file)
        device = Generator.open(*said)
    with ExitStack() as stack:
        # The files first: a key without its request is of no use, and is not made a second time.
        file = stack.enter_context(appearing(request))
        attested = stack.enter_context(appearing(attestation)) if attestation else None
        if card is not None and key is None:
            opened = stack.enter_context(open_card(card, card_module, pin_file))
            place = KeyPlace(Medium.CARD, opened.serial()) if device else None
            made = make_card_key(opened)
        elif key is not None and card is None:
            if key.exists():
                # The key that is there may be the only one of a certificate that was issued.
                raise OpenJpkiError(
                    Reason.KEY_EXISTS, "a key is there already; name another file", field="--key"
                )
            place = KeyPlace(Medium.FILE, "") if device else None
            made = make_key(key, passphrase(passphrase_file, new=True))
        else:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, "say either --key FILE or --card TOKEN", field="--key"
            )
        file.write(made)
        fingerprint = parse_csr(made, field="--request").fingerprint
        if device is not None and attested is not None and place is not None:
            attested.write(device.attest(fingerprint, place))
    output.emit(
        {
            "key": card or str(key),
            "request": str(request),
            # For the applicant's paper: what an officer who decides compares with.
            "fingerprint": fingerprint.hex(),
            "attestation": str(attestation) if attestation else None,
        }
    )
