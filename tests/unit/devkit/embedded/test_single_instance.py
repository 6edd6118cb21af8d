"""A second `openjpki serve` in a folder is refused, and only while the first one runs."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki_devkit.embedded.single_instance import alone_in
from tests.support.installation import openjpki, refusal

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys, time
from pathlib import Path
from openjpki_devkit.embedded.single_instance import alone_in
with alone_in(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_folder_is_held_until_its_holder_ends_in_whatever_way(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        told = refusal(openjpki("serve", "--free-ports", home=tmp_path))
        assert (told["error"], str(tmp_path) in told["message"]) == ("SERVICE_UNAVAILABLE", True)
        assert [each.name for each in tmp_path.iterdir()] == ["lock"]
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with alone_in(tmp_path):
        pass


def test_two_in_one_process_are_told_apart_too(tmp_path: Path) -> None:
    with alone_in(tmp_path), pytest.raises(OpenJpkiError) as refused, alone_in(tmp_path):
        pytest.fail("held twice")
    assert refused.value.reason is Reason.SERVICE_UNAVAILABLE
