"""A channel that is closed while other threads call on it, as at the end of a service."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from openjpki.api.ca.v1 import ca_pb2
from openjpki.errors import OpenJpkiError, Reason
from tests.support.ca_servicers import revocation

if TYPE_CHECKING:
    from openjpki.rpc.client.channel import TypedChannel
    from tests.integration.rpc.conftest import Served

_ROUNDS = 60
_CALLERS = 4


@pytest.fixture(autouse=True)
def answering(served: Served) -> None:
    served.ca.certificates.does = lambda _r, _c: ca_pb2.RevokeCertificateResponse(sequence=1)


def test_calls_after_the_end_are_refused(served: Served) -> None:
    channel = served.channel(wait_for_ready=False)
    used, unused = served.certificates(channel), served.certificates(channel)
    used.RevokeCertificate(revocation(), timeout=60)
    channel.close()
    for stub in (used, unused):
        for call in (stub.RevokeCertificate, stub.RevokeCertificate.future):
            with pytest.raises(OpenJpkiError) as refused:
                call(revocation(), timeout=60)
            assert refused.value.reason is Reason.SERVICE_UNAVAILABLE


def test_closing_under_callers_ends_nothing_but_their_calls(served: Served) -> None:
    """Without the turns that RotatingConnection takes, gRPC ends the process here."""
    others: list[BaseException] = []

    def call_until_closed(channel: TypedChannel, started: threading.Barrier) -> None:
        started.wait(60)
        try:
            while True:  # a new stub each time: its method is made on the channel
                served.certificates(channel).RevokeCertificate(revocation(), timeout=60)
        except OpenJpkiError:
            return
        except BaseException as error:  # noqa: BLE001 - told below, in the test's thread
            others.append(error)

    for _ in range(_ROUNDS):
        channel = served.channel(wait_for_ready=False)
        started = threading.Barrier(_CALLERS + 1)
        callers = [
            threading.Thread(target=call_until_closed, args=(channel, started))
            for _ in range(_CALLERS)
        ]
        for caller in callers:
            caller.start()
        started.wait(60)
        channel.close()
        for caller in callers:
            caller.join(90)
            assert not caller.is_alive()
    assert others == []
