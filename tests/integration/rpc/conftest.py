"""A mesh for the tests of this room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.mesh import Mesh

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Mesh:
    directory: Path = tmp_path_factory.mktemp("mesh")
    return Mesh(directory)
