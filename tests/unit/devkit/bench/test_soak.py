"""Which looks at a process's memory are compared."""

from __future__ import annotations

import subprocess
import sys

from openjpki_devkit.bench import memory
from openjpki_devkit.bench.soak import Look, sixths


def test_what_is_there_once_all_is_warm_is_compared_with_the_end() -> None:
    looks = [Look(float(second), resident, 9) for second, resident in enumerate([
        1, 1, 1, 1, 1, 1,  # starting
        10, 10, 99, 10, 10, 10,  # one page more for a moment
        *[10] * 18,
        11, 11, 11, 11, 12, 11,
    ])]  # fmt: skip
    assert sixths(looks) == (10, 11)


def test_memory_and_descriptors_of_another_process_are_read() -> None:
    held = "held = bytearray(b'x') * (64 << 20); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", held], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert 64 << 20 < memory.resident(process.pid) < 128 << 20
        assert memory.descriptors(process.pid) == 3
        process.communicate(b"\n")
