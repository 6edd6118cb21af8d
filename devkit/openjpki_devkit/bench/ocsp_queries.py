"""A process of its own that asks replicas over HTTP, so often a second, until its input ends.

Arguments: questions a second to each, the OCSPRequest in hex, before and after its nonce, URLs.
Each question has a nonce of its own, so that no answer is one that was kept. Prints how many each
of them answered a second.
"""

from __future__ import annotations

import http.client
import json
import secrets
import subprocess
import sys
import time
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography.x509.ocsp import OCSPResponseStatus, load_der_ocsp_response

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_HEADERS = {"Content-Type": "application/ocsp-request"}
_TIMEOUT = 10.0
NONCE_OCTETS = 32


@contextmanager
def asking(
    urls: Sequence[str], request: tuple[bytes, bytes], rate: int
) -> Iterator[Callable[[], list[float]]]:
    """It asks meanwhile; what is given ends it, and says how many each answered a second. The
    request is what stands before its nonce, and what after."""
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", __name__, str(rate), *(part.hex() for part in request), *urls],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )

    def end() -> list[float]:
        printed, _ = process.communicate()
        if process.returncode:
            raise OpenJpkiError(Reason.INTERNAL, "a query was not answered")
        answered: list[float] = json.loads(printed)
        return answered

    try:
        yield end
    finally:
        if process.returncode is None:
            process.communicate()


def main() -> None:
    """Run by :func:`asking`."""
    rate, urls = float(sys.argv[1]), sys.argv[4:]
    before, after = map(bytes.fromhex, sys.argv[2:4])
    ended, answered = Event(), [0] * len(urls)
    failed: list[Exception] = []

    def ask(number: int) -> None:
        try:
            ask_until_ended(number)
        except (OSError, ValueError, http.client.HTTPException) as error:
            failed.append(error)

    def ask_until_ended(number: int) -> None:
        to = http.client.HTTPConnection(urlsplit(urls[number]).netloc, timeout=_TIMEOUT)
        due = time.monotonic()
        while not ended.is_set():
            # Never more at once after a moment in which nothing was asked.
            due = max(due + 1 / rate, time.monotonic() - 1 / rate)
            ended.wait(max(due - time.monotonic(), 0.0))
            nonce = secrets.token_bytes(NONCE_OCTETS)
            to.request("POST", "/", before + nonce + after, _HEADERS)
            answer = to.getresponse()
            octets = answer.read()
            if answer.status != http.client.OK:
                raise http.client.HTTPException(answer.status)
            # Status 200 has refusals too, such as tryLater (RFC 6960 2.3).
            told = load_der_ocsp_response(octets).response_status
            if told is not OCSPResponseStatus.SUCCESSFUL:
                raise http.client.HTTPException(told)
            answered[number] += 1

    threads = [Thread(target=ask, args=(number,), daemon=True) for number in range(len(urls))]
    began = time.monotonic()
    for one in threads:
        one.start()
    sys.stdin.read()
    elapsed = time.monotonic() - began
    ended.set()
    for one in threads:
        one.join()
    if failed:
        sys.exit(repr(failed[0]))
    sys.stdout.write(json.dumps([count / elapsed for count in answered]))


if __name__ == "__main__":
    main()
