"""Runs the administration process and takes its answer."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.pkcs11.request import AdminAnswer
from openjpki.keys.secret import wiped

if TYPE_CHECKING:
    from openjpki.keys.pkcs11.request import AdminRequest

_COMMAND = (sys.executable, "-m", "openjpki.keys.pkcs11.admin")
_LONGEST = 300.0
"""Seconds an act may take: slow devices search minutes for the primes of 4096 bits."""


def administer(request: AdminRequest) -> tuple[str, ...]:
    """Have it done by a process of its own.

    Raises what the process refused with, or ``KEY_DEVICE_UNAVAILABLE`` when it gave no answer:
    vendors' libraries crash and hang, and this way they do it elsewhere.
    """
    with wiped(request.to_json()) as text:
        try:
            done = subprocess.run(  # noqa: S603 - our own module, no shell, no foreign argument
                _COMMAND,
                input=text,
                stdout=subprocess.PIPE,
                timeout=_LONGEST,
                check=False,
                # Ctrl-C is for whoever asked, who ends it.
                process_group=0,
            )
        except subprocess.TimeoutExpired:
            raise OpenJpkiError(
                Reason.KEY_DEVICE_UNAVAILABLE, "the key device did not answer in time"
            ) from None
    try:
        answer = AdminAnswer.from_json(done.stdout)
    except (ValueError, KeyError):
        raise OpenJpkiError(
            Reason.KEY_DEVICE_UNAVAILABLE,
            f"administration of the key device ended with status {done.returncode}",
        ) from None
    return answer.result()
