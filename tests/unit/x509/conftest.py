"""Real RSA keys and requests for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.memory_key import MemoryKey

NOW = datetime(2025, 4, 1, 0, 0, 0, tzinfo=UTC)


KeyMaker: TypeAlias = Callable[[str], MemoryKey]
"""A key of a label, as the fixture ``make_key`` makes it."""


@pytest.fixture(scope="session")
def make_key() -> KeyMaker:
    """One RSA-2048 key per label, made once per session."""
    made: dict[str, MemoryKey] = {}

    def make(label: str) -> MemoryKey:
        if label not in made:
            made[label] = MemoryKey(rsa.generate_private_key(65537, 2048))
        return made[label]

    return make


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def simple_name() -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "applicant")])
