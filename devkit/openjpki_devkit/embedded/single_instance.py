"""One `openjpki serve` at a time in a folder: a second one would replace the first one's files."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Holds the folder. The system lets go of it however this process ends.

    Raises ``SERVICE_UNAVAILABLE`` while another process holds it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OpenJpkiError(
                Reason.SERVICE_UNAVAILABLE,
                f"another `openjpki serve` runs in {folder}; end it, or name another --home",
            ) from None
        yield
