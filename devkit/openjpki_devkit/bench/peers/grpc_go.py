"""gRPC for Go with nothing on it: a server whose answers are constants (`scripts/bench-peers`)."""

from __future__ import annotations

import base64
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from openjpki.rpc.identity.credentials import TlsFiles

PROGRAM = "grpc-constant"
NEEDS = f"{PROGRAM}, which scripts/bench-grpc.sh builds with go, on the PATH"


@contextmanager
def serving(tls: TlsFiles, answers: Mapping[str, bytes]) -> Iterator[int]:
    """Starts it, on the processors of whoever asks, with the credentials of a service and a message
    for each method. Its port. Raises ``SERVICE_UNAVAILABLE`` when it does not come up."""
    told = [f"{path}={base64.b64encode(octets).decode()}" for path, octets in answers.items()]
    process = subprocess.Popen(  # noqa: S603
        [PROGRAM, str(tls.certificate), str(tls.private_key), str(tls.trust_bundle), *told],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        port = process.stdout.readline() if process.stdout else ""
        if not port:
            raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, f"{PROGRAM} did not come up")
        yield int(port)
    finally:
        process.communicate()


def program() -> str | None:
    """Where it is; nothing where it is missing."""
    return shutil.which(PROGRAM)
