"""An address that connects again and again is let in no more, and others are answered meanwhile.
How well: ``python -m tests.support.floods``."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING

import pytest

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server import door_probe, shares, shunned
from openjpki.rpc.server.server import ServerLimits
from openjpki.telemetry.metrics import REGISTRY
from tests.integration.rpc.test_connections import is_over
from tests.support.ca_servicers import Ca, revocation
from tests.support.captured_logs import captured_logs
from tests.support.http2_frames import STRANGER, connected
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    import grpc

    from tests.support.mesh import Mesh


@pytest.fixture(autouse=True)
def nothing_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_probe, "EVERY", 3600.0)
    # However slow the machine is, who was shunned is so to the end of the test.
    monkeypatch.setattr(shunned, "SHUN", 600.0)


def ended() -> float:
    return REGISTRY.get_sample_value("openjpki_rpc_flood_connections_total") or 0.0


def has_ended(total: float) -> bool:
    return ended() == total


def is_answered(channel: grpc.Channel) -> bool:
    revoke = ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate
    return bool(revoke(revocation(), timeout=60).sequence == 1)


def a_ca() -> Ca:
    ca = Ca()
    ca.certificates.does = lambda _r, _c: ca_pb2.RevokeCertificateResponse(sequence=1)
    return ca


def test_connections_beyond_an_addresss_share_are_closed_before_tls(
    mesh: Mesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "NEW_AT_ONCE", 3)
    monkeypatch.setattr(shares, "NEW_A_SECOND", 0.0)
    monkeypatch.setattr(shares, "REFUSED_AT_ONCE", 2)
    monkeypatch.setattr(shares, "REFUSED_A_SECOND", 0.0)
    before = ended()
    with (
        captured_logs() as log,
        mesh.serve(PeerRole.CA, a_ca().services, ServerLimits(handshake=300.0)) as server,
        mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION, retries=False) as channel,
        ExitStack() as stack,
    ):
        # In the clear: of TLS they send nothing.
        held = [stack.enter_context(connected(server.port)) for _ in range(3)]
        assert is_answered(channel)
        assert ended() == before
        for number in (1, 2):
            is_refused(server.port)
            wait_until(partial(has_ended, before + number))
        assert is_answered(channel)
        assert not any(map(is_over, held))
        # Whoever goes on is heard of no more; those it has stay.
        wait_until(lambda: is_shunned(server.port))
        assert is_answered(channel)
        assert not any(map(is_over, held))
    assert '"event": "too many connections of an address"' in log.getvalue()
    assert f'"ip": "{STRANGER}"' in log.getvalue()


def is_refused(port: int) -> None:
    """It may be over before it is known here that it was made."""
    with suppress(ConnectionResetError), connected(port) as one:
        wait_until(lambda: is_over(one))


def is_shunned(port: int) -> bool:
    try:
        connected(port).close()
    except TimeoutError:
        return True
    except ConnectionResetError:
        return False
    return False
