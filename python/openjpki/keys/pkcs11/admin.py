"""The administration process: ``python -m openjpki.keys.pkcs11.admin``.

Reads one request (:mod:`openjpki.keys.pkcs11.request`), does it, answers, ends. The backend starts
it; it is no command for people, who would have to type the PIN into a JSON object.
"""

from __future__ import annotations

import fcntl
import secrets
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pkcs11
from pkcs11 import exceptions

from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.pkcs11 import certificates, pairs
from openjpki.keys.pkcs11.request import AdminAnswer, AdminRequest, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

_CREDENTIAL = (
    exceptions.PinIncorrect,
    exceptions.PinInvalid,
    exceptions.PinLenRange,
    exceptions.PinLocked,
    exceptions.PinExpired,
    exceptions.UserPinNotInitialized,
)


@contextmanager
def one_at_a_time(module_path: str) -> Iterator[None]:
    """Hold a lock on the module's file, so that changes made on this host follow each other.

    PKCS#11 has no way to say "make this key unless there is one": two acts side by side could see
    each other half done. The system lets go of the lock when the process ends, however it ends.
    """
    with Path(module_path).open("rb") as module:
        fcntl.flock(module, fcntl.LOCK_EX)
        yield


def perform(request: AdminRequest) -> AdminAnswer:
    """Do what is asked, in a session of its own. Raises :class:`OpenJpkiError`."""
    try:
        if request.operation is Operation.LABELS:
            return _perform(request)
        with one_at_a_time(request.module_path):
            return _perform(request)
    except _CREDENTIAL as error:
        raise OpenJpkiError(
            Reason.KEY_CREDENTIAL_REFUSED, f"the token refused the PIN ({type(error).__name__})"
        ) from None
    except exceptions.NoSuchToken:
        raise OpenJpkiError(
            Reason.KEY_DEVICE_UNAVAILABLE, f"no token labelled {request.token_label} is present"
        ) from None
    # python-pkcs11 raises bare RuntimeError for a library that can't be loaded.
    except (exceptions.PKCS11Error, RuntimeError) as error:
        raise OpenJpkiError(
            Reason.KEY_DEVICE_UNAVAILABLE, f"the key device failed: {type(error).__name__}"
        ) from None
    except OSError as error:
        raise OpenJpkiError(
            Reason.KEY_DEVICE_UNAVAILABLE, f"the PKCS#11 module can't be read: {error.strerror}"
        ) from None


def _perform(request: AdminRequest) -> AdminAnswer:
    token = pkcs11.lib(request.module_path).get_token(token_label=request.token_label)
    with token.open(rw=True, user_pin=request.pin) as session:
        match request.operation:
            case Operation.GENERATE:
                pairs.generate(
                    session,
                    request.label,
                    request.bits,
                    key_id=secrets.token_bytes(20),
                    now=int(time.time()),
                )
            case Operation.SERIAL:
                return AdminAnswer(found=(token.serial.decode("ascii", "replace").strip(),))
            case Operation.LABELS:
                return AdminAnswer(found=tuple(pairs.labels(session)))
            case Operation.DESTROY:
                pairs.destroy(session, request.label)
            case Operation.WRITE_CERTIFICATES:
                holder, issuer = map(bytes.fromhex, request.certificates)
                written = certificates.write(session, request.label, holder, issuer)
                return AdminAnswer(found=tuple(one.hex() for one in written))
    return AdminAnswer()


def main() -> None:
    """Answer the request on standard input."""
    try:
        answer = perform(AdminRequest.from_json(sys.stdin.buffer.read()))
    except OpenJpkiError as error:
        answer = AdminAnswer.of_error(error)
    sys.stdout.write(answer.to_json())


if __name__ == "__main__":
    main()
