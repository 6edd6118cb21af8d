"""A ca service, a relay that can be cut, and a replica behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.support.ca_service import running_ca
from tests.support.ocsp_service import Pair, running_ocsp
from tests.support.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FRESHNESS = 1.0
"""Seconds."""


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
                freshness=FRESHNESS,
            ) as ocsp:
                ocsp.register(networks=("127.0.0.0/8",))
                yield Apart(ca, ocsp, relay)
        finally:
            relay.close()
