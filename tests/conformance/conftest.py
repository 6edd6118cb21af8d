"""What the conformance tests share: the topology's builder and the foreign programs."""

from __future__ import annotations

import shutil

import pytest

from tests.support.topology import Builder


@pytest.fixture(scope="session")
def national() -> Builder:
    """Builds the national topology; its keys are made once per session."""
    return Builder()


@pytest.fixture(scope="session")
def openssl_program() -> str:
    """Path of the openssl program."""
    program = shutil.which("openssl")
    assert program, "these tests need the openssl program (Debian package openssl)"
    return program
