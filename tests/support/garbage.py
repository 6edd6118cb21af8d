"""What was collected as tests stays until the end: Python's garbage collector need not look at it.

That is more than half a million objects, and looking through all of them again and again takes a
sixth of the processor's time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.cli.garbage_collection import freeze_what_is_loaded, without_garbage_collection

if TYPE_CHECKING:
    from collections.abc import Generator


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    with without_garbage_collection():
        collected = yield
    freeze_what_is_loaded()
    return collected
