"""One program for all questions of a module."""

from __future__ import annotations

import pytest

from tests.support.path_asking import PathBatch


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> PathBatch:
    """`openjpki path batch`, and the folder of what it is asked about."""
    return PathBatch(tmp_path_factory.mktemp("paths"))
