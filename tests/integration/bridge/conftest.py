"""The bridge service beside a real ca service, and foreign infrastructures made with openssl."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.support.bridge_service import RunningBridge, running_bridge
from tests.support.ca_service import KAGAWA, TOYAMA, running_ca
from tests.support.databases import LONG_SUITES_RUN_OVER
from tests.support.foreign_authorities import (
    GOVERNMENT_POLICY,
    MINISTRY_POLICY,
    TO_MINISTRY,
    OddAuthority,
    authority,
)
from tests.support.postgres import postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.ca_service import RunningCa
    from tests.support.postgres import PostgresServer

__all__ = ["postgres_server"]

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCa]:
    """Two governors' authorities."""
    folder = tmp_path_factory.mktemp("ca")
    with running_ca(folder, f"sqlite:///{folder / 'ca.db'}", authorities=(TOYAMA, KAGAWA)) as it:
        yield it


@pytest.fixture(params=LONG_SUITES_RUN_OVER)
def fresh_bridge(
    request: pytest.FixtureRequest, tmp_path: Path, ca: RunningCa
) -> Iterator[RunningBridge]:
    """A bridge that knows nobody yet, on either database."""
    if request.param == "sqlite":
        with running_bridge(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", ca) as running:
            yield running
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.fresh_database() as url, running_bridge(tmp_path, url, ca) as running:
        yield running


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory, ca: RunningCa) -> Iterator[RunningBridge]:
    """A bridge that has exchanged certificates with both governors."""
    folder = tmp_path_factory.mktemp("bridge")
    with running_bridge(folder, f"sqlite:///{folder / 'bridge.db'}", ca) as running:
        running.with_governor(TOYAMA)
        running.with_governor(KAGAWA)
        yield running


@dataclass
class Abroad:
    """A government bridge and a ministry of its own for each test."""

    partner_id: str
    government: OddAuthority
    ministry: OddAuthority
    official_pem: Path

    @property
    def official(self) -> bytes:
        """An official's certificate, DER."""
        pem = x509.load_pem_x509_certificate(self.official_pem.read_bytes())
        return pem.public_bytes(Encoding.DER)

    def submit_all(self, bridge: RunningBridge, to_ministry: bytes | None = None) -> None:
        """The step to the ministry and both lists."""
        if to_ministry is None:
            to_ministry = self.government.cross_certify(
                self.ministry.certification_request(), [TO_MINISTRY], "to-ministry"
            )
        bridge.submit(self.partner_id, to_ministry)
        for one in (self.government, self.ministry):
            bridge.submit_list(self.partner_id, one.revocation_list())


@pytest.fixture
def abroad(tmp_path: Path) -> Abroad:
    """Nothing of it is known to the bridge yet."""
    number = next(_NUMBERS)
    government = authority(tmp_path, f"Government{number}", GOVERNMENT_POLICY)
    ministry = authority(tmp_path, f"Ministry{number}", MINISTRY_POLICY)
    official, _ = ministry.certify_official(f"/C=JP/O=Example/CN=Official {number}", "official")
    return Abroad(f"government-{number}", government, ministry, official)
