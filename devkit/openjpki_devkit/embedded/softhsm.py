"""SoftHSM2 tokens for development and tests: a real PKCS#11 module whose device is a directory.

SoftHSM finds its configuration through the variable ``SOFTHSM2_CONF`` when the module is
initialised, so a process uses one configuration for its whole life; several tokens can share it.
"""

from __future__ import annotations

import os
import pty
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.label import KeyLabel

VARIABLE = "SOFTHSM2_CONF"
_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)


@dataclass(frozen=True, slots=True)
class SoftHsm:
    """A directory with SoftHSM's configuration, its tokens, and their PINs (mode 0600)."""

    directory: Path

    @classmethod
    def create(cls, directory: Path) -> SoftHsm:
        """Make the directory when it is missing. Existing tokens stay."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        here = cls(directory.resolve())
        here.tokens.mkdir(mode=0o700, exist_ok=True)
        here.configuration.write_text(
            f"directories.tokendir = {here.tokens}\n"
            "objectstore.backend = file\n"
            "log.level = ERROR\n"
            "slots.removable = false\n"
        )
        return here

    @property
    def configuration(self) -> Path:
        """What :data:`VARIABLE` points to."""
        return self.directory / "softhsm2.conf"

    @property
    def tokens(self) -> Path:
        """Where SoftHSM keeps its objects: the device, so to speak."""
        return self.directory / "tokens"

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment before it uses a token."""
        return {VARIABLE: str(self.configuration)}

    def use(self) -> None:
        """Have this process and its children use these tokens; before the first use of any."""
        os.environ.update(self.environment)

    def pin_file(self, token_label: str) -> Path:
        """The file with the user's PIN."""
        return self.directory / f"{token_label}.pin"

    def add_token(self, token_label: str) -> Path:
        """Initialise a new token with fresh PINs and return its PIN file.

        Raises ``KEY_EXISTS`` when there is one of that name, ``INVALID_FIELD`` for a name that
        is none (the grammar of a label's owner).
        """
        KeyLabel("token", token_label, 1)
        pin_file = self.pin_file(token_label)
        pin, so_pin = secrets.token_hex(16), secrets.token_hex(16)
        try:
            _write_private(pin_file, pin)
        except FileExistsError:
            raise OpenJpkiError(
                Reason.KEY_EXISTS, f"there is a token {token_label} already"
            ) from None
        _write_private(self.directory / f"{token_label}.so-pin", so_pin)
        self._initialise(token_label, pin, so_pin)
        return pin_file

    def _initialise(self, token_label: str, pin: str, so_pin: str) -> None:
        # The tool takes PINs as arguments, which every user could read in the list of processes,
        # or from a terminal. So it gets a terminal.
        ours, theirs = pty.openpty()
        try:
            os.write(ours, f"{so_pin}\n{so_pin}\n{pin}\n{pin}\n".encode())
            done = subprocess.run(  # noqa: S603 - a program found by name, no shell
                [find_tool(), "--init-token", "--free", "--label", token_label],
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={**os.environ, **self.environment},
                timeout=60,
                check=False,
                text=True,
            )
        finally:
            os.close(ours)
            os.close(theirs)
        if done.returncode:
            raise OpenJpkiError(
                Reason.KEY_DEVICE_UNAVAILABLE,
                f"softhsm2-util could not initialise a token: {done.stderr.strip()}",
            )


def find_module() -> Path:
    """SoftHSM's PKCS#11 module, or an error that names the package to install."""
    for candidate in _MODULES:
        if (module := Path(candidate)).is_file():
            return module
    raise _missing("libsofthsm2.so")


def find_tool() -> str:
    """``softhsm2-util``, or an error that names the package to install."""
    tool = shutil.which("softhsm2-util")
    if tool is None:
        raise _missing("softhsm2-util")
    return tool


def _missing(what: str) -> OpenJpkiError:
    return OpenJpkiError(
        Reason.KEY_DEVICE_UNAVAILABLE,
        f"{what} was not found; install SoftHSM2 (Debian: apt-get install softhsm2)",
    )


def _write_private(path: Path, content: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content + "\n")
