"""Has responses signed, off the event loop.

Nothing is gathered here: keys in this process's memory are signed with in groups by the signing
core, whoever else asks it at the same time, and a token signs over as many sessions as are free.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import count
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from openjpki.errors import OpenJpkiError, Reason
from openjpki.signer_core import SigningLine, SoftwareKey
from openjpki.telemetry.metrics import SIGNATURES, SIGNING_DURATION, SIGNING_UNDER_WAY
from openjpki.x509.native_errors import REFUSALS, refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from openjpki.services.ocsp.responders.responder import Responder
    from openjpki.x509.ocsp import ResponseData

MAX_WAITING = 2048
"""Responses of one responder that are being signed or wait for it; a request beyond is told to try
later."""


class _Asked(NamedTuple):
    """A response in the line: who waits for its signature, by whom, and since when."""

    made: asyncio.Future[bytes]
    responder: Responder
    began: float


class Signing:
    """Signs responses. Belongs to the event loop that runs when it is made."""

    def __init__(self, executor: Executor) -> None:
        """``executor``: whose threads wait for tokens."""
        self._executor = executor
        self._waiting: Counter[int] = Counter()
        self._numbers = count()
        self._asked: dict[int, _Asked] = {}
        self._unsent: list[tuple[int, SoftwareKey, bytes]] = []
        self._line = SigningLine()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._line.fileno(), self._tell)

    def close(self) -> None:
        """Nobody is told any more."""
        self._loop.remove_reader(self._line.fileno())
        # What was to be asked for in this turn was not counted yet, and is not asked for.
        SIGNING_UNDER_WAY.dec(len(self._asked) - len(self._unsent))
        self._unsent.clear()
        self._asked.clear()

    @property
    def waiting(self) -> int:
        """Responses that wait or are being signed. May be asked by any thread."""
        return sum(tuple(self._waiting.values()))

    async def sign(self, responder: Responder, data: ResponseData) -> bytes:
        """``OCSPResponse`` DER. Raises ``KEY_DEVICE_UNAVAILABLE``, ``TOO_MANY_CALLS``,
        ``INVALID_FIELD``, ``INTERNAL``."""
        # By the object: after a renewal there is another, with its own certificate.
        if self._waiting[id(responder)] >= MAX_WAITING:
            raise OpenJpkiError(Reason.TOO_MANY_CALLS, "too many responses are being signed")
        key = responder.key.core
        if not isinstance(key, SoftwareKey):
            return await self._by_token(responder, data)
        to_be_signed = responder.encoder.to_be_signed(data)
        signature = await self._signature(responder, key, to_be_signed)
        return responder.encoder.assemble(to_be_signed, signature)

    def _signature(
        self, responder: Responder, key: SoftwareKey, to_be_signed: bytes
    ) -> asyncio.Future[bytes]:
        number, made = next(self._numbers), self._loop.create_future()
        # It takes its room until it is made, though its requester may go away before.
        self._waiting[id(responder)] += 1
        self._asked[number] = _Asked(made, responder, perf_counter())
        if not self._unsent:
            # What the loop gets to in this turn is asked for together: handed over one by one, the
            # first ones would be signed in groups of one or two while the next are still read.
            self._loop.call_soon(self._send)
        self._unsent.append((number, key, to_be_signed))
        return made

    def _send(self) -> None:
        unsent, self._unsent = self._unsent, []
        if not unsent:
            return
        SIGNING_UNDER_WAY.inc(len(unsent))
        try:
            self._line.submit(unsent)
        except BaseException as error:
            # Whatever it was, nothing of it comes: their room is free, and they are told.
            self._tell_of([(number, error) for number, _, _ in unsent])
            if not isinstance(error, REFUSALS):
                # For the log: this one is a fault of ours.
                raise

    def _tell(self) -> None:
        self._tell_of(self._line.take())

    def _tell_of(self, outcomes: Sequence[tuple[int, bytes | BaseException]]) -> None:
        if not outcomes:
            return
        asked = [self._asked.pop(number) for number, _ in outcomes]
        SIGNING_DURATION.observe(perf_counter() - min(began for _, _, began in asked))
        SIGNING_UNDER_WAY.dec(len(asked))
        signed: Counter[tuple[str, str]] = Counter()
        for (made, responder, _), (_, outcome) in zip(asked, outcomes, strict=True):
            self._left(id(responder))
            if isinstance(outcome, bytes):
                signed[responder.key.label, "ok"] += 1
                if not made.done():
                    made.set_result(outcome)
            else:
                signed[responder.key.label, "error"] += 1
                if not made.done():
                    made.set_exception(_told(outcome))
        # Once for what comes together: counting each response takes the loop longer.
        for labels, responses in signed.items():
            SIGNATURES.labels(*labels).inc(responses)

    async def _by_token(self, responder: Responder, data: ResponseData) -> bytes:
        self._waiting[id(responder)] += 1
        try:
            # One at a time: what can't be encoded spoils no other.
            (signed,) = await self._loop.run_in_executor(self._executor, responder.sign, [data])
        finally:
            self._left(id(responder))
        return signed

    def _left(self, responder: int) -> None:
        self._waiting[responder] -= 1
        if not self._waiting[responder]:
            del self._waiting[responder]


def _told(error: BaseException) -> OpenJpkiError:
    """What a requester is told: one of its own, as whoever raises it adds to it."""
    if isinstance(error, REFUSALS):
        return refusal(error, "ocsp_response")
    return OpenJpkiError(Reason.INTERNAL, "the response could not be signed")
