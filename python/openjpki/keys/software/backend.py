"""Keys as encrypted files in one directory."""

from __future__ import annotations

import stat
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.key_errors import key_errors
from openjpki.keys.label import KeyLabel
from openjpki.keys.port import check_bits
from openjpki.keys.secret import wiped
from openjpki.keys.signing_key import CoreSigningKey
from openjpki.keys.software import key_file
from openjpki.signer_core import SoftwareKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openjpki.keys.secret import Secret

_SUFFIX = ".pem"
_UNFINISHED_FOR = 3600.0
"""Seconds after which a file whose writing did not end is taken away; it holds no usable key."""


class SoftwareBackend:
    """A :class:`openjpki.keys.port.KeyBackend` on a directory that only we may enter.

    ``authority/signing-13/1`` is the file ``authority.signing-13.1.pem``. A key once opened stays
    in memory and signs on when the directory goes away; opening and making keys then gives
    ``KEY_DEVICE_UNAVAILABLE``. Private keys are made, encrypted and decrypted inside the compiled
    module; Python sees their ciphertext only.
    """

    def __init__(
        self, directory: Path, passphrase: Secret, *, clock: Callable[[], float] = time.time
    ) -> None:
        """Create the directory when it is missing. ``clock``: seconds since 1970."""
        self._directory = directory
        self._passphrase = passphrase
        self._clock = clock
        with self._reachable():
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._names()

    def open(self, label: str) -> CoreSigningKey:
        """See :meth:`openjpki.keys.port.KeyBackend.open`."""
        path = self._path(label)
        with self._reachable():
            try:
                der = key_file.read(path)
            except FileNotFoundError:
                # Only where the directory can be read is its key missing: raises otherwise.
                self._names()
                raise _not_found(label) from None
        with wiped(self._passphrase.read()) as passphrase, key_errors(label):
            return CoreSigningKey(label, SoftwareKey.from_encrypted_pkcs8(der, passphrase))

    def generate(self, label: str, bits: int) -> CoreSigningKey:
        """See :meth:`openjpki.keys.port.KeyBackend.generate`."""
        path = self._path(label)
        check_bits(bits)
        self._sweep()
        with self._reachable():
            if path.exists():
                raise _exists(label)
        with wiped(self._passphrase.read()) as passphrase, key_errors(label):
            key = SoftwareKey.generate(bits)
            der = key.to_encrypted_pkcs8(passphrase)
        with self._reachable():
            try:
                key_file.write_new(path, der)
            except FileExistsError:
                raise _exists(label) from None
        return CoreSigningKey(label, key)

    def labels(self) -> list[str]:
        """See :meth:`openjpki.keys.port.KeyBackend.labels`."""
        return sorted(label for name in self._names() if (label := _label_of(name)))

    def destroy(self, label: str) -> None:
        """See :meth:`openjpki.keys.port.KeyBackend.destroy`.

        The file's name goes; what a disk keeps of its blocks is ciphertext.
        """
        path = self._path(label)
        with self._reachable():
            try:
                path.unlink()
            except FileNotFoundError:
                self._names()
                raise _not_found(label) from None
            key_file.sync_directory(self._directory)

    def close(self) -> None:
        """Nothing is held between calls."""

    def _path(self, label: str) -> Path:
        # No part of a label holds a dot, so no two labels share a name.
        return self._directory / (str(KeyLabel.parse(label)).replace("/", ".") + _SUFFIX)

    def _names(self) -> list[str]:
        """The directory's content, once the directory is known to be ours alone."""
        with self._reachable():
            key_file.refuse_others(self._directory.stat(), self._directory.name)
            return [entry.name for entry in self._directory.iterdir()]

    def _sweep(self) -> None:
        for name in self._names():
            if name.startswith(key_file.UNFINISHED):
                path = self._directory / name
                # The file may go meanwhile: its writer renames it, and other processes sweep too.
                with self._reachable(), suppress(FileNotFoundError):
                    status = path.lstat()
                    old = self._clock() - status.st_mtime > _UNFINISHED_FOR
                    if old and stat.S_ISREG(status.st_mode):
                        path.unlink()

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OpenJpkiError(
                Reason.KEY_DEVICE_UNAVAILABLE,
                f"the directory of keys can't be used: {error.strerror}",
            ) from error


def _label_of(name: str) -> str | None:
    if not name.endswith(_SUFFIX):
        return None
    try:
        return str(KeyLabel.parse(name.removesuffix(_SUFFIX).replace(".", "/")))
    except OpenJpkiError:
        return None


def _not_found(label: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.KEY_NOT_FOUND, f"there is no key {label}", key=label)


def _exists(label: str) -> OpenJpkiError:
    return OpenJpkiError(
        Reason.KEY_EXISTS, f"there is a key {label}; keys are never replaced", key=label
    )
