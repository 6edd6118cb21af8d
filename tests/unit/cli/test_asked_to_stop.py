"""A service is asked to stop by a signal, whichever of its threads gets it."""

from __future__ import annotations

import subprocess
import sys

import pytest

_PROGRAM = """
import signal, sys, threading, time
from openjpki.cli.asked_to_stop import AskedToStop

asked = AskedToStop()
number = signal.Signals[sys.argv[1]]

def once_main_waits():
    time.sleep(0.3)
    signal.pthread_kill(threading.get_ident(), number)
    threading.Event().wait()

threading.Thread(target=once_main_waits, daemon=True).start()
asked.wait()
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_that_another_thread_gets_is_heard(name: str) -> None:
    subprocess.run([sys.executable, "-c", _PROGRAM, name], check=True, timeout=30)
