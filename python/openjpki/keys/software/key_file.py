"""One encrypted key in one file: written whole or not at all, never replaced.

``EncryptedPrivateKeyInfo`` (RFC 5958 section 3) in PEM (RFC 7468 section 11), mode 0600.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
import stat
import textwrap
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from pathlib import Path

_BEGIN, _END = "-----BEGIN ENCRYPTED PRIVATE KEY-----", "-----END ENCRYPTED PRIVATE KEY-----"
_PEM = re.compile(rf"{_BEGIN}\n([A-Za-z0-9+/=\n]+)\n{_END}\n*")
UNFINISHED = ".unfinished-"
"""How the names of files begin whose writing did not end."""


def write_new(path: Path, der: bytes) -> None:
    """Put the key under its name, on the disk, unless the name is taken (``FileExistsError``).

    It is written under another name and linked: the link is the one step that makes it exist.
    """
    unfinished = path.with_name(f"{UNFINISHED}{secrets.token_hex(16)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(_armour(der))
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, path)
    finally:
        unfinished.unlink()
    sync_directory(path.parent)


def read(path: Path) -> bytes:
    """The DER inside. Raises ``KEY_STORE_UNSAFE`` for a file others may touch or that is no key."""
    with path.open("r", encoding="ascii", errors="replace") as file:
        refuse_others(os.fstat(file.fileno()), path.name)
        text = file.read()
    found = _PEM.fullmatch(text)
    try:
        return base64.b64decode(found[1].replace("\n", ""), validate=True) if found else _no(path)
    except binascii.Error:
        return _no(path)


def refuse_others(status: os.stat_result, name: str) -> None:
    """Raise ``KEY_STORE_UNSAFE`` unless only we may read, write and enter."""
    if status.st_uid != os.geteuid() or status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise OpenJpkiError(
            Reason.KEY_STORE_UNSAFE,
            "must belong to the user of this process and be closed to all others (chmod go=)",
            field=name,
        )


def sync_directory(directory: Path) -> None:
    """Bring the directory's names to the disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _armour(der: bytes) -> str:
    body = "\n".join(textwrap.wrap(base64.b64encode(der).decode("ascii"), 64))
    return f"{_BEGIN}\n{body}\n{_END}\n"


def _no(path: Path) -> bytes:
    raise OpenJpkiError(
        Reason.KEY_STORE_UNSAFE, "is not one PEM block of an encrypted key", field=path.name
    )
