"""Files that hold secrets: which are taken.

One rule for what somebody puts there: keys of credentials, passphrases, PINs, URLs with a password.
Users of the machine who are neither the owner nor of the file's group have no right to it. A group
may have: Kubernetes mounts a Secret as root's with ``fsGroup`` as its group (mode 0440), and that
group is the pod's alone. Key files that our programs make themselves are their owner's alone, which
``keys.software.key_file`` sees to.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

RULE = "is open to others on this machine; take their rights away (chmod o=)"
"""What is wrong with a file that is not taken, and what to do."""


class OpenToOthersError(Exception):
    """A file with a secret that users who have no business with it have rights to."""


def read_closed(path: Path, at_most: int | None = None) -> bytes:
    """What is in it, or its first ``at_most`` octets.

    Raises ``OSError`` with its name, :class:`OpenToOthersError`. The file that was looked at is the
    one that is read.
    """
    with path.open("rb") as file:
        refuse_open_to_others(file.fileno())
        try:
            return file.read() if at_most is None else file.read(at_most)
        except OSError as error:
            # The machine names a file that does not open, and none that breaks off.
            error.filename = str(path)
            raise


def refuse_open_to_others(descriptor: int) -> None:
    """Raises :class:`OpenToOthersError` for the file behind an open descriptor.

    Where rights are no POSIX modes, a mode says nothing: whoever runs a client there sees to it.
    """
    if os.name == "posix" and os.fstat(descriptor).st_mode & stat.S_IRWXO:
        raise OpenToOthersError(RULE)
