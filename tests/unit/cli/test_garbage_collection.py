"""When the garbage collector is left off, and that it comes back."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from openjpki.cli.garbage_collection import without_garbage_collection


def test_the_collector_is_off_while_code_is_loaded_and_on_again_after_a_failure() -> None:
    def fail() -> None:
        assert not gc.isenabled()
        raise ImportError

    assert gc.isenabled()
    with pytest.raises(ImportError), without_garbage_collection():
        fail()
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with without_garbage_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_is_kept_is_looked_through_no_more() -> None:
    program = (
        "import gc\n"
        "from openjpki.cli.garbage_collection import freeze_what_is_loaded\n"
        "kept = [[] for _ in range(1000)]\n"
        "freeze_what_is_loaded()\n"
        "print(gc.get_freeze_count() > 1000, any(one is kept for one in gc.get_objects()))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert done.stdout == b"True False\n"
