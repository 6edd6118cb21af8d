"""Passphrases and PINs: read when needed, from a file or from whatever the caller has.

What Python can do for a secret: keep it in a ``bytearray``, and overwrite that after use. What it
can't: wipe copies the interpreter or an operating system call made, and keep pages from being
swapped. So a secret is held as shortly as its use takes, and private keys themselves are decrypted
only inside ``openjpki.signer_core``, which wipes them.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from openjpki.closed_file import OpenToOthersError, refuse_open_to_others
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LONGEST = 1024


class Secret(Protocol):
    """Gives a passphrase or PIN when asked."""

    def read(self) -> bytearray:
        """A fresh copy, which the caller wipes."""


class FileSecret:
    """The first line of a file that nobody else may read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> bytearray:
        """Raises ``KEY_STORE_UNSAFE`` for a file open to others or without a usable line."""
        try:
            with self._path.open("rb", buffering=0) as file:
                refuse_open_to_others(file.fileno())
                content = bytearray(_LONGEST + 1)
                length = file.readinto(content)
        except OpenToOthersError as error:
            raise OpenJpkiError(
                Reason.KEY_STORE_UNSAFE, str(error), field=self._path.name
            ) from None
        except OSError as error:
            raise OpenJpkiError(
                Reason.KEY_STORE_UNSAFE,
                f"the file can't be read: {error.strerror}",
                field=self._path.name,
            ) from error
        with wiped(content):
            line = content[:length].split(b"\n", 1)[0].rstrip(b"\r")
            if not line or (length or 0) > _LONGEST:
                raise OpenJpkiError(
                    Reason.KEY_STORE_UNSAFE,
                    f"the first line must have 1 to {_LONGEST} bytes",
                    field=self._path.name,
                )
            return line


@contextmanager
def wiped(secret: bytearray) -> Iterator[bytearray]:
    """Lend the secret and overwrite it when the block ends, however it ends."""
    try:
        yield secret
    finally:
        secret[:] = bytes(len(secret))
