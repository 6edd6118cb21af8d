"""Places where keys live, for tests: the same questions to each kind."""

from __future__ import annotations

import atexit
import functools
import itertools
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from openjpki.keys.choose_backend import KeySettings, choose_backend
from openjpki_devkit.embedded.softhsm import SoftHsm, find_module

if TYPE_CHECKING:
    from openjpki.keys.port import KeyBackend

PASSPHRASE = "correct horse battery staple"  # noqa: S105 - of a test
_tokens = itertools.count(1)


@functools.cache
def shared_softhsm() -> SoftHsm:
    """The one SoftHSM configuration of this process (the module reads it once).

    Fails, with the name of the package, on a machine without SoftHSM2: these tests do not skip.
    """
    find_module()
    directory = tempfile.mkdtemp(prefix="openjpki-softhsm-")
    softhsm = SoftHsm.create(Path(directory))
    softhsm.use()
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return softhsm


@dataclass(frozen=True)
class KeyPlace:
    """Settings of one fresh, empty place, and how to spoil its credential."""

    settings: KeySettings
    secret_file: Path
    wrong_secret_file: Path
    opened: list[KeyBackend] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """``software`` or ``pkcs11``."""
        return self.settings.kind

    @property
    def secrets(self) -> list[str]:
        """What must never be seen in a message."""
        return [file.read_text().strip() for file in (self.secret_file, self.wrong_secret_file)]

    def open(self, settings: KeySettings | None = None) -> KeyBackend:
        """A new backend on this place, as a restarted service would open it."""
        backend = choose_backend(settings or self.settings)
        self.opened.append(backend)
        return backend

    def open_with_wrong_secret(self) -> KeyBackend:
        """The same place, by somebody who does not know its passphrase or PIN."""
        if self.kind == "software":
            return self.open(replace(self.settings, passphrase_file=self.wrong_secret_file))
        return self.open(replace(self.settings, pin_file=self.wrong_secret_file))

    def close(self) -> None:
        """Close every backend opened here."""
        for backend in self.opened:
            backend.close()
        self.opened.clear()


def software_place(directory: Path) -> KeyPlace:
    """A directory for encrypted files."""
    right, wrong = _secret(directory / "passphrase", PASSPHRASE), directory / "wrong"
    return KeyPlace(
        KeySettings("software", directory=directory / "keys", passphrase_file=right),
        right,
        _secret(wrong, "incorrect horse"),
    )


def pkcs11_place(directory: Path, *, sessions: int = 4) -> KeyPlace:
    """A newly initialised SoftHSM2 token."""
    token_label = f"token{next(_tokens)}"
    pin_file = shared_softhsm().add_token(token_label)
    return KeyPlace(
        KeySettings(
            "pkcs11",
            module_path=find_module(),
            token_label=token_label,
            pin_file=pin_file,
            sessions=sessions,
        ),
        pin_file,
        _secret(directory / "wrong", "000000-not-the-pin"),
    )


def _secret(path: Path, text: str) -> Path:
    path.write_text(text + "\n", encoding="utf-8")
    path.chmod(0o600)
    return path
