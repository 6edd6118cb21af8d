"""A ca service, a relay that can be cut, and a replica behind it; a ca that can be killed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from openjpki.api.ca.v1 import ca_pb2_grpc
from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.config.clock import SystemClock
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.mesh.authority import MeshAuthority
from tests.support.ca_process import CaProcess, write_settings
from tests.support.ca_service import (
    TOYAMA,
    TRUST_DOMAIN,
    make_authorities,
    make_settings,
    running_ca,
)
from tests.support.ocsp_service import Pair, running_ocsp
from tests.support.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.ocsp_service import RunningOcsp

FRESHNESS = 1.0
"""Seconds."""
STALENESS = 2
"""Seconds, counted from whole ones: nothing is good any more after one or two."""


def told(replica: RunningOcsp, serial: bytes) -> int | None:
    """The status that is answered, if any. With bounds as short as these the feed of a busy machine
    is late now and then: that is no answer, and none that is wrong."""
    request = ocsp_pb2.CheckRequest(authority_id=TOYAMA, serial=serial)
    try:
        return int(replica.status().Check(request).status)
    except OpenJpkiError as error:
        late = {Reason.FEED_NOT_READY, Reason.CERTIFICATE_NOT_HEARD_OF}
        assert error.reason in late  # noqa: PT017
        return None


@dataclass
class Apart(Pair):
    """Both services and what is between them."""

    relay: Relay


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Apart]:
    """Ready, with one verifier on this machine's own addresses."""
    (tmp_path / "ca").mkdir()
    with running_ca(tmp_path / "ca", f"sqlite:///{tmp_path / 'ca.db'}") as ca:
        relay = Relay(ca.service.server.port)
        try:
            with running_ocsp(
                tmp_path,
                f"sqlite:///{tmp_path / 'ocsp.db'}",
                ca.mesh,
                f"127.0.0.1:{relay.port}",
                ca_url=ca.settings.database.read_url(),
                freshness=FRESHNESS,
                max_staleness=STALENESS,
            ) as ocsp:
                ocsp.register(networks=("127.0.0.0/8",))
                yield Apart(ca, ocsp, relay)
        finally:
            relay.close()


class KilledCa:
    """A ca under an address that stays the same over its lives, and is nobody else's between."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mesh = MeshAuthority.create(clock=SystemClock(), trust_domain=TRUST_DOMAIN)
        self.ca_url = f"sqlite:///{folder / 'ca.db'}"
        settings = make_settings(folder, self.ca_url, self.mesh)
        make_authorities(settings, SystemClock(), [TOYAMA])
        self.file = write_settings(folder / "settings.toml", settings)
        self._address = Relay(0)
        self.port = self._address.port
        self.lives: list[CaProcess] = []

    def live(self) -> CaProcess:
        process = CaProcess(self.file)
        self.lives.append(process)
        assert process.wait_until_ready()
        assert process.port is not None
        self._address.lead_to(process.port)
        return process

    def close(self) -> None:
        """End every life, and the address."""
        for process in self.lives:
            process.stop()
        self._address.close()

    def certificates(self) -> ca_pb2_grpc.CertificateServiceStub:
        channel = self.lives[-1].channel(self.mesh, self.folder, PeerRole.REGISTRATION)
        return ca_pb2_grpc.CertificateServiceStub(channel)


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[KilledCa]:
    (tmp_path / "ca").mkdir()
    made = KilledCa(tmp_path / "ca")
    yield made
    made.close()
