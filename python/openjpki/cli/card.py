"""The applicant's key on a card: made there, used there, never out of it (R2.3.1, R2.3.2).

A card is a PKCS#11 token that the holder opens with a PIN (R2.3.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.cli.delegating_key import DelegatingKey
from openjpki.cli.key_file import certification_request
from openjpki.cli.secret_input import PIN, ask
from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.pkcs11.backend import Pkcs11Backend
from openjpki.keys.secret import FileSecret

if TYPE_CHECKING:
    from openjpki.keys.secret import Secret

KEY_LABEL = "signature/card/1"
"""Of the one key pair for signing documents that a card holds."""
_BITS = 2048

CardOption = Annotated[
    str | None,
    typer.Option("--card", help="Label of the card's PKCS#11 token; the key never leaves it."),
]
CardModuleOption = Annotated[
    Path | None,
    typer.Option("--card-module", envvar="OPENJPKI_CARD_MODULE", help="The card's library."),
]
PinFileOption = Annotated[
    Path | None,
    typer.Option("--pin-file", exists=True, help="The card's PIN; asked for when absent."),
]


class _TypedPin:
    """What the holder typed, asked for once."""

    def __init__(self) -> None:
        self._pin: str | None = None

    def read(self) -> bytearray:
        """A fresh copy."""
        if self._pin is None:
            self._pin = ask(PIN, "--pin-file")
        return bytearray(self._pin.encode())


@contextmanager
def open_card(
    token: str, module: Path | None, pin_file: Path | None, *, typed: Secret | None = None
) -> Iterator[Pkcs11Backend]:
    """The card. ``typed``: the PIN from elsewhere than a file or the terminal.

    Raises ``INVALID_FIELD``; what the backend raises is raised when it is used.
    """
    if module is None:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "is needed to reach a card", field="--card-module"
        )
    pin: Secret = FileSecret(pin_file) if pin_file else typed or _TypedPin()
    backend = Pkcs11Backend(module, token, pin, sessions=1)
    try:
        yield backend
    finally:
        backend.close()


def make_card_key(card: Pkcs11Backend) -> bytes:
    """Has the card make its key pair; the PKCS#10 in DER back. Raises ``KEY_EXISTS``, ``KEY_*``."""
    return certification_request(DelegatingKey(card.generate(KEY_LABEL, _BITS)))


def card_key(card: Pkcs11Backend) -> DelegatingKey:
    """The card's key, as signatures are asked of it. Raises ``KEY_NOT_FOUND``, ``KEY_*``."""
    return DelegatingKey(card.open(KEY_LABEL))


def write_card(card: Pkcs11Backend, certificate: bytes, authority: bytes) -> None:
    """Writes the certificate of the card's key and its authority's own, X.509 DER, and reads them
    back (R2.4.2). Written a second time, nothing changes.

    Raises ``KEY_NOT_FOUND``, ``KEY_*``, ``CERTIFICATE_REFUSED`` for a certificate of another key.
    """
    read_back = card.write_certificates(KEY_LABEL, certificate, authority)
    if read_back != (certificate, authority):
        raise OpenJpkiError(
            Reason.KEY_DEVICE_UNAVAILABLE, "the card does not give back what was written to it"
        )
