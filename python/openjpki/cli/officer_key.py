"""The key that an officer signs with: in an encrypted file, or on a PKCS#11 token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.cli.card import CardModuleOption, PinFileOption, open_card
from openjpki.cli.secret_input import PassphraseFileOption, passphrase
from openjpki.config.clock import SystemClock
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.officer_signer import OfficerSigner
from openjpki.keys.statements.backend_key import BackendStatementKey
from openjpki.keys.statements.file_key import FileStatementKey

if TYPE_CHECKING:
    from openjpki.cli.home import Home
    from openjpki.domain.officers import Officer
    from openjpki.evidence.statement_key import StatementKey

__all__ = [
    "CardModuleOption",
    "KeyFileOption",
    "PassphraseFileOption",
    "PinFileOption",
    "TokenOption",
    "make_officer_key",
    "officer_signer",
]

_TOKEN_BITS = 2048

KeyFileOption = Annotated[
    Path | None,
    typer.Option("--key", help="The officer's key, an encrypted file.", rich_help_panel="Key"),
]
TokenOption = Annotated[
    str | None,
    typer.Option(
        "--token",
        help="Label of the officer's PKCS#11 token; the key never leaves it.",
        rich_help_panel="Key",
    ),
]
GenerationOption = Annotated[
    int,
    typer.Option(min=1, help="Which of the token's keys, in a row.", rich_help_panel="Key"),
]


class _Typed:
    """A passphrase from a file, or asked for."""

    def __init__(self, file: Path | None, *, new: bool = False) -> None:
        self._file = file
        self._new = new

    def read(self) -> bytearray:
        """A fresh copy."""
        return bytearray(passphrase(self._file, new=self._new))


def key_label(generation: int) -> str:
    """Of an officer's key on a token."""
    return f"officer/signature/{generation}"


@contextmanager
def make_officer_key(
    *,
    key: Path | None,
    passphrase_file: Path | None,
    token: str | None,
    module: Path | None,
    pin_file: Path | None,
    generation: int = 1,
) -> Iterator[StatementKey]:
    """A new key: P-256 in a file, RSA on a token. Raises ``INVALID_FIELD``, ``KEY_EXISTS``,
    ``KEY_*``."""
    if token is not None:
        with open_card(token, module, pin_file) as backend:
            yield BackendStatementKey(backend.generate(key_label(generation), _TOKEN_BITS))
        return
    if key is None:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "or --token must say where the key goes", field="--key"
        )
    key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    yield FileStatementKey.generate(key, _Typed(passphrase_file, new=True))


@contextmanager
def officer_signer(
    home: Home,
    officer: Officer,
    *,
    key: Path | None = None,
    passphrase_file: Path | None = None,
    token: str | None = None,
    module: Path | None = None,
    pin_file: Path | None = None,
    generation: int = 1,
) -> Iterator[OfficerSigner]:
    """Who signs what a command sends.

    With neither key nor token it is the officer's key of the embedded installation. Raises
    ``INVALID_FIELD``, ``KEY_*``.
    """
    clock = SystemClock()
    if token is not None:
        with open_card(token, module, pin_file) as backend:
            opened = BackendStatementKey(backend.open(key_label(generation)))
            yield OfficerSigner(officer, opened, clock)
        return
    if key is None:
        key, passphrase_file = home.officer_key(officer), home.officers_passphrase
        if not key.exists():
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "or --token must say where the officer's key is",
                field="--key",
            )
    yield OfficerSigner(officer, FileStatementKey.open(key, _Typed(passphrase_file)), clock)
