"""Programs that are asked for figures: a line in, how many seconds; a line out, the figure."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


@contextmanager
def asking(command: Sequence[str], seconds: float) -> Iterator[Callable[[], float]]:
    """Starts the program, on the processors of whoever asks; each call measures for ``seconds``.

    It stays between calls, so that what has to warm up does so once, and is ended afterwards.
    Raises ``INTERNAL`` when it ends early or answers anything but a positive number.
    """
    process = subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def ask() -> float:
        if process.stdin is None or process.stdout is None:
            raise OpenJpkiError(Reason.INTERNAL, "the peer has no input or output")
        try:
            process.stdin.write(f"{seconds}\n")
            process.stdin.flush()
        except BrokenPipeError as ended:
            raise OpenJpkiError(Reason.INTERNAL, f"{command[0]} ended early") from ended
        return figure(process.stdout.readline(), command[0])

    try:
        yield ask
    finally:
        process.kill()
        process.communicate()


def figure(line: str, program: str) -> float:
    """The number on a line of a peer's output. Raises ``INTERNAL`` unless it is positive."""
    try:
        value = float(line)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise OpenJpkiError(Reason.INTERNAL, f"{program} answered {line.strip()!r}, not a figure")
    return value


def said(*command: str) -> str | None:
    """The first line a program prints, on either output; ``None`` where it is missing or fails."""
    program = shutil.which(command[0])
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603
            (program, *command[1:]), check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    lines = (done.stdout or done.stderr).splitlines()
    return lines[0].strip() if lines else None
