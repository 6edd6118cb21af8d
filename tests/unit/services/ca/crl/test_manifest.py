"""Signing which lists there are: however many ask, and whatever the device does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING

from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.crl.manifest import KEPT_SECONDS, Manifests
from openjpki.services.ca.crl.published import PublishedList
from tests.support.statements import memory_key

if TYPE_CHECKING:
    from openjpki.evidence.public_key import StatementPublicKey

NOW = datetime(2027, 4, 1, tzinfo=UTC)
OF = AuthorityId.signing("13")
LISTS = [PublishedList("13101", 1, bytes(32), None, 0)]


class Device:
    """A key that may refuse, or be slow, and counts what it is asked."""

    def __init__(self) -> None:
        self._key = memory_key()
        self.asked = 0
        self.refuses = False
        self.answers = Event()
        self.answers.set()
        self.is_asked = Event()

    @property
    def public_key(self) -> StatementPublicKey:
        return self._key.public_key

    def sign(self, message: bytes) -> bytes:
        self.asked += 1
        self.is_asked.set()
        assert self.answers.wait(60)
        if self.refuses:
            raise OpenJpkiError(Reason.KEY_DEVICE_UNAVAILABLE, "is away")
        return self._key.sign(message)


def test_however_many_ask_one_signs() -> None:
    device = Device()
    device.answers.clear()
    manifests = Manifests(device, waits_seconds=60)
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(manifests.sign, OF, LISTS, NOW) for _ in range(8)]
        assert device.is_asked.wait(60)
        device.answers.set()
        found = {one.result() for one in asked}
    assert (len(found), device.asked) == (1, 1)
    assert None not in found


def test_a_device_that_does_not_answer_keeps_nobody_else_waiting() -> None:
    device = Device()
    device.answers.clear()
    manifests = Manifests(device, waits_seconds=0.01)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(manifests.sign, OF, LISTS, NOW)
        assert device.is_asked.wait(60)
        assert manifests.sign(OF, LISTS, NOW) is None
        device.answers.set()
        assert first.result() is not None


def test_a_device_that_refused_is_left_alone_for_a_while() -> None:
    device = Device()
    device.refuses = True
    manifests = Manifests(device)
    for _ in range(3):
        assert manifests.sign(OF, LISTS, NOW) is None
    assert device.asked == 1
    device.refuses = False
    again = NOW + timedelta(seconds=KEPT_SECONDS)
    signed = manifests.sign(OF, LISTS, again)
    assert signed is not None
    assert (signed.made_at, device.asked) == (again, 2)
    # The same lists are signed anew once that is over, others at once.
    assert manifests.sign(OF, LISTS, again + timedelta(seconds=1)) == signed
    assert manifests.sign(OF, [], again) != signed
    assert device.asked == 3
