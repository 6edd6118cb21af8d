"""A ca service and an ocsp replica over real mutual TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.ca_service import KAGAWA, TOYAMA, person_key
from tests.support.ocsp_service import Pair, running_pair

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric import rsa


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two authorities; one verifier that may ask about the first."""
    folder = tmp_path_factory.mktemp("pair")
    (folder / "ca").mkdir()
    with running_pair(
        folder,
        f"sqlite:///{folder / 'ca.db'}",
        f"sqlite:///{folder / 'ocsp.db'}",
        authorities=(TOYAMA, KAGAWA),
    ) as running:
        running.ocsp.register(authorities=(TOYAMA,))
        yield running


@pytest.fixture(scope="session")
def key() -> rsa.RSAPrivateKey:
    """A person's key."""
    return person_key()
