"""A process is asked to end by a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from threading import Event

import pytest

from openjpki.cli.asked_to_stop import ending_as_by_ctrl_c

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


def test_a_command_is_ended_as_by_ctrl_c() -> None:
    before = signal.getsignal(signal.SIGTERM)

    def asked() -> None:
        with ending_as_by_ctrl_c():
            os.kill(os.getpid(), signal.SIGTERM)
            Event().wait(60)

    with pytest.raises(KeyboardInterrupt):
        asked()
    assert signal.getsignal(signal.SIGTERM) == before
