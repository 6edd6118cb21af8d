"""A registered key generator (鍵ペアの生成装置) states that it made a key and kept no copy."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from google.protobuf.json_format import MessageToJson, Parse, ParseError

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.cli.files import writable
from openjpki.cli.reading import octets_of
from openjpki.config.clock import SystemClock
from openjpki.domain.evidence import KeyAttestation, KeyGenerated, KeyPlace
from openjpki.domain.evidence.statement import require_uuid
from openjpki.domain.municipality import Municipality
from openjpki.domain.officers import Officer, OfficerRole
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.officer_signer import OfficerSigner
from openjpki.keys.secret import FileSecret
from openjpki.keys.statements.file_key import FileStatementKey
from openjpki.rpc.key_attestation import key_attestation_message

_PANEL = "Attestation"

AttestationOption = Annotated[
    Path | None,
    typer.Option(
        "--attestation",
        help="Where the generator's statement of the key goes; without it none is made.",
        callback=writable,
        rich_help_panel=_PANEL,
    ),
]
ForApplicationOption = Annotated[
    str,
    typer.Option(
        "--application", help="Id of the application the key is for.", rich_help_panel=_PANEL
    ),
]
GeneratorOption = Annotated[
    str,
    typer.Option(
        "--generator",
        envvar="OPENJPKI_GENERATOR",
        help="This device, e.g. key-generator/13101/counter-1.",
        rich_help_panel=_PANEL,
    ),
]
GeneratorKeyOption = Annotated[
    Path | None,
    typer.Option(
        "--generator-key",
        envvar="OPENJPKI_GENERATOR_KEY",
        exists=True,
        dir_okay=False,
        help="The device's own signing key, from `officer key`.",
        rich_help_panel=_PANEL,
    ),
]
GeneratorPassphraseOption = Annotated[
    Path | None,
    typer.Option(
        "--generator-passphrase-file",
        envvar="OPENJPKI_GENERATOR_PASSPHRASE_FILE",
        exists=True,
        dir_okay=False,
        help="Passphrase of that key.",
        rich_help_panel=_PANEL,
    ),
]


@dataclass(frozen=True, slots=True)
class Generator:
    """A device with its signing key open, and the application that it makes a key for."""

    signer: OfficerSigner
    municipality: Municipality
    application_id: str

    @classmethod
    def open(
        cls, application: str, generator: str, key: Path | None, passphrase: Path | None
    ) -> Generator:
        """Raises ``INVALID_FIELD`` for what is not said, is no UUID or no generator,
        ``KEY_*``."""
        for option, said in (
            ("--application", application),
            ("--generator", generator),
            ("--generator-key", key),
            ("--generator-passphrase-file", passphrase),
        ):
            if not said:
                raise OpenJpkiError(
                    Reason.INVALID_FIELD, "is needed for an attestation", field=option
                )
        # Before a card makes its one key: the statement would refuse it afterwards.
        application = application.lower()
        require_uuid(application, field="--application")
        device = Officer.parse(generator, field="--generator")
        municipality = device.municipality
        if device.role is not OfficerRole.KEY_GENERATOR or municipality is None:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "must be a key generator, e.g. key-generator/13101/counter-1",
                field="--generator",
            )
        if key is None or passphrase is None:
            raise OpenJpkiError(Reason.INTERNAL, "options were looked at above")
        opened = FileStatementKey.open(key, FileSecret(passphrase))
        return cls(OfficerSigner(device, opened, SystemClock()), municipality, application)

    def attest(self, key_sha256: bytes, place: KeyPlace) -> bytes:
        """The attestation's file, JSON of the contract's message: this device made that key, put
        it there and has no copy (R2.3.1b). Raises ``INVALID_FIELD`` and what its key raises."""
        occasion = self.signer.occasion(str(uuid.uuid4()))
        statement = KeyGenerated(
            occasion=occasion,
            municipality=self.municipality,
            application_id=self.application_id,
            key_sha256=key_sha256,
            place=place,
        )
        made = KeyAttestation(place, self.signer.sign(statement, occasion))
        return f"{MessageToJson(key_attestation_message(made))}\n".encode()


def read_attestation(path: Path) -> pb.KeyAttestation:
    """What a generator wrote. Raises ``INVALID_FIELD``; whether it is so, the service says."""
    try:
        return Parse(octets_of(path), pb.KeyAttestation())
    except (ParseError, UnicodeDecodeError, RecursionError) as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "is no file that `openjpki window make-key` wrote",
            field="--attestation",
        ) from error
