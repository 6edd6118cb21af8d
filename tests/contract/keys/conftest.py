"""Every test here runs on encrypted files and on a SoftHSM2 token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.key_places import KeyPlace, pkcs11_place, software_place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.keys.port import KeyBackend


@pytest.fixture(params=["software", "pkcs11"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeyPlace]:
    """A fresh, empty place for keys."""
    here = software_place(tmp_path) if request.param == "software" else pkcs11_place(tmp_path)
    yield here
    here.close()


@pytest.fixture
def backend(place: KeyPlace) -> KeyBackend:
    """A backend on the place."""
    return place.open()
