"""Responses asked for at the same time: each requester gets its own, or is told to try later."""

from __future__ import annotations

import asyncio
import itertools
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509.ocsp import load_der_ocsp_response

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.responders import signing
from openjpki.services.ocsp.responders.responder import Responder
from openjpki.services.ocsp.responders.signing import Signing
from openjpki.signer_core import SigningLine, SoftwareKey
from openjpki.telemetry.metrics import REGISTRY
from openjpki.x509.ocsp import OcspResponder, ResponseData, SingleResponse
from openjpki_devkit.bench.ocsp import _cert_id
from openjpki_devkit.bench.people import applications, issuer_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.keys.port import SigningKey

NOW = 1_800_000_000


class _Key:
    """In this process's memory."""

    label = "responder"

    def __init__(self, core: object) -> None:
        self.core = core


def _responder() -> Responder:
    core = SoftwareKey.generate(2048)
    certificate = issuer_of(core).to_be_signed(applications()(1))[0].sign(core)
    ever = datetime.fromtimestamp(NOW, UTC)
    key = cast("SigningKey", _Key(core))
    return Responder(key, OcspResponder(certificate), b"", b"", ever, ever)


def _data(number: int, *, produced_at: int = NOW) -> ResponseData:
    answer = SingleResponse.good(_cert_id(number), this_update=NOW, next_update=NOW + 60)
    return ResponseData(produced_at=produced_at, responses=[answer], nonce=bytes([number % 256]))


def _check(responder: Responder, der: bytes, number: int) -> None:
    answer = load_der_ocsp_response(der)
    assert answer.serial_number == (1 << 150) + number
    public = load_der_public_key(cast("SoftwareKey", responder.key.core).spki_der)
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), hashes.SHA256())


@contextmanager
def _signing() -> Iterator[Signing]:
    with ThreadPoolExecutor(2) as executor:
        signs = Signing(executor)
        try:
            yield signs
        finally:
            signs.close()


def test_everybody_gets_his_own_answer() -> None:
    responders = [_responder(), _responder(), _responder()]

    async def ask() -> list[bytes]:
        with _signing() as signs:
            asked = [signs.sign(responders[n % 3], _data(n)) for n in range(120)]
            answers = await asyncio.gather(*asked)
            assert signs.waiting == 0
            return answers

    for number, der in enumerate(asyncio.run(ask())):
        _check(responders[number % 3], der, number)


def test_what_cannot_be_encoded_spoils_no_other() -> None:
    responder = _responder()

    async def ask() -> list[bytes | BaseException]:
        with _signing() as signs:
            asked = [
                signs.sign(responder, _data(n, produced_at=-(10**15) if n == 3 else NOW))
                for n in range(8)
            ]
            return await asyncio.gather(*asked, return_exceptions=True)

    for number, outcome in enumerate(asyncio.run(ask())):
        if number == 3:
            assert isinstance(outcome, OpenJpkiError)
            assert outcome.reason is Reason.INVALID_FIELD
        else:
            assert isinstance(outcome, bytes)
            _check(responder, outcome, number)


def test_one_beyond_the_bound_is_told_to_try_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "MAX_WAITING", 4)
    full, other = _responder(), _responder()

    async def ask() -> list[bytes | BaseException]:
        with _signing() as signs:
            # All are asked for before the loop can tell of any.
            asked = [signs.sign(full, _data(n)) for n in range(6)]
            outcomes = await asyncio.gather(
                *asked, signs.sign(other, _data(6)), return_exceptions=True
            )
            # There is room again, once they are made.
            return [*outcomes, await signs.sign(full, _data(7))]

    outcomes = asyncio.run(ask())
    refused = [one for one in outcomes if isinstance(one, OpenJpkiError)]
    assert [one.reason for one in refused] == [Reason.TOO_MANY_CALLS] * 2
    assert refused == outcomes[4:6]


def test_who_went_away_takes_no_room_for_ever() -> None:
    responder = _responder()

    async def ask() -> bytes:
        with _signing() as signs:
            gone = asyncio.ensure_future(signs.sign(responder, _data(1)))
            await asyncio.sleep(0)
            gone.cancel()
            with pytest.raises(asyncio.CancelledError):
                await gone
            answer = await signs.sign(responder, _data(2))
            while signs.waiting:
                await asyncio.sleep(0.001)
            return answer

    _check(responder, asyncio.run(ask()), 2)


def test_what_is_asked_for_in_one_turn_is_handed_over_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One by one, the first would be signed alone while the next are still read."""
    responder, handed_over = _responder(), []

    class Counting:
        """The line itself, and how much it was given at a time."""

        def __init__(self) -> None:
            line = SigningLine()
            self.fileno, self.take, self._submit = line.fileno, line.take, line.submit

        def submit(self, orders: list[tuple[int, SoftwareKey, bytes]]) -> None:
            handed_over.append(len(orders))
            self._submit(orders)

    monkeypatch.setattr(signing, "SigningLine", Counting)

    async def ask() -> None:
        with _signing() as signs:
            for together in (20, 1, 7):
                await asyncio.gather(*(signs.sign(responder, _data(n)) for n in range(together)))

    asyncio.run(ask())
    assert handed_over == [20, 1, 7]


def _under_way() -> float | None:
    return REGISTRY.get_sample_value("openjpki_signing_under_way")


@pytest.mark.parametrize("turns", [0, 1])
def test_nothing_is_under_way_once_it_is_closed(turns: int) -> None:
    """Before what was asked for is handed over, and after."""
    responder, before = _responder(), _under_way()

    async def ask() -> None:
        with _signing() as signs:
            asked = [asyncio.ensure_future(signs.sign(responder, _data(n))) for n in range(3)]
            await asyncio.sleep(0)
            for _ in range(turns):
                await asyncio.sleep(0)
        assert _under_way() == before
        for one in asked:
            one.cancel()
        # Whatever the loop was still to do for it.
        for _ in range(3):
            await asyncio.sleep(0)

    asyncio.run(ask())
    assert _under_way() == before


def test_a_fault_of_ours_takes_no_room_for_ever() -> None:
    """Numbers that the line has no room for stand for any: it refuses them in no way of its own."""
    responder, before, logged = _responder(), _under_way(), []

    async def ask() -> list[bytes | BaseException]:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: logged.append(context["exception"]))
        with _signing() as signs:
            right, signs._numbers = signs._numbers, itertools.count(1 << 64)
            outcomes = await asyncio.wait_for(
                asyncio.gather(
                    *(signs.sign(responder, _data(n)) for n in range(3)), return_exceptions=True
                ),
                60,
            )
            assert signs.waiting == 0
            signs._numbers = right
            return [*outcomes, await signs.sign(responder, _data(3))]

    *outcomes, made = asyncio.run(ask())
    assert [cast("OpenJpkiError", one).reason for one in outcomes] == [Reason.INTERNAL] * 3
    assert len({id(one) for one in outcomes}) == 3
    assert isinstance(made, bytes)
    _check(responder, made, 3)
    assert [type(one) for one in logged] == [OverflowError]
    assert _under_way() == before
