"""Micro-batches: what waits while the key signs is signed together next, off the event loop."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from openjpki.services.ocsp.responders.responder import Responder
    from openjpki.x509.ocsp import ResponseData

MAX_BATCH = 64
"""Responses signed in one go: some thirty milliseconds on one core."""
MAX_WAITING = 2048
"""Responses of one key in line; a request beyond is told to try later."""


class SigningQueue:
    """Signs responses. Belongs to one event loop; the executor's threads do the work."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._waiting: dict[int, list[_Waiting]] = defaultdict(list)
        self._tasks: dict[int, asyncio.Task[None]] = {}

    @property
    def waiting(self) -> int:
        """Responses in line, those being signed left out. May be asked by any thread."""
        return sum(len(line) for line in tuple(self._waiting.values()))

    async def sign(self, responder: Responder, data: ResponseData) -> bytes:
        """``OCSPResponse`` DER. Raises ``KEY_DEVICE_UNAVAILABLE``, ``TOO_MANY_CALLS``,
        ``INTERNAL``."""
        # One queue for each responder object: after a renewal, answers for the new certificate
        # must not be signed with the old key.
        number = id(responder)
        line = self._waiting[number]
        if len(line) >= MAX_WAITING:
            raise OpenJpkiError(Reason.TOO_MANY_CALLS, "too many responses are being signed")
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        line.append((data, future))
        if number not in self._tasks:
            self._tasks[number] = asyncio.create_task(self._work(number, responder))
        return await future

    async def _work(self, number: int, responder: Responder) -> None:
        loop = asyncio.get_running_loop()
        line = self._waiting[number]
        try:
            while line:
                batch, line[:] = line[:MAX_BATCH], line[MAX_BATCH:]
                # A future that is done was cancelled: its requester has gone away.
                batch = [one for one in batch if not one[1].done()]
                if batch:
                    signed = await loop.run_in_executor(
                        self._executor, _sign, responder, [data for data, _ in batch]
                    )
                    _tell(batch, signed)
        finally:
            del self._tasks[number], self._waiting[number]
            for _, future in line:
                future.cancel()


_Waiting = tuple["ResponseData", "asyncio.Future[bytes]"]


def _sign(responder: Responder, responses: list[ResponseData]) -> list[bytes | OpenJpkiError]:
    """Each one's response or refusal; one that can't be encoded does not spoil the others'."""
    try:
        return list(responder.sign(responses))
    except OpenJpkiError as error:
        if len(responses) == 1 or error.reason is not Reason.INVALID_FIELD:
            return [error] * len(responses)
    return [one for data in responses for one in _sign(responder, [data])]


def _tell(batch: list[_Waiting], results: list[bytes | OpenJpkiError]) -> None:
    for (_, future), result in zip(batch, results, strict=True):
        if future.done():
            continue
        if isinstance(result, bytes):
            future.set_result(result)
        else:
            future.set_exception(result)
