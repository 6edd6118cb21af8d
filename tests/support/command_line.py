"""`openjpki` as a shell runs it: a process with streams, variables and a folder of its own.

It is forked off one that has imported it all (tests/support/forked.py): starting Python and
importing takes up to two seconds of a processor, and many tests run dozens of commands. What a
start itself does is shown by processes that are started.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pipe
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired
from typing import TYPE_CHECKING

from openjpki.cli.__main__ import main
from tests.support.forked import forked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from multiprocessing.connection import Connection

SHELL = {"COLUMNS": "100", "NO_COLOR": "1"}
"""Of whoever types the commands."""
_READ_AT_THE_START = ("COLUMNS", "NO_COLOR", "GRPC_", "LANG", "LC_", "PYTHON")


def run(
    words: Sequence[str],
    *,
    stdin: bytes | None = None,
    cwd: Path | None = None,
    variables: Mapping[str, str] | None = None,
    timeout: float = 120,
) -> CompletedProcess[bytes]:
    """`openjpki WORDS` to its end: status, or the signal as a negative number, and what it wrote.

    Without ``stdin`` that is /dev/null. ``variables`` come to this process's own. Raises
    ``TimeoutExpired`` after so many seconds, and kills it then.
    """
    added = dict(variables or {})
    assert not any(name.startswith(_READ_AT_THE_START) for name in added), "start it instead"
    typed, out, err = (Pipe(duplex=False) for _ in range(3))
    theirs = (typed[0], out[1], err[1])
    environment = {**os.environ, **SHELL, **added}
    process = forked(_command, words, str(cwd or Path.cwd()), environment, stdin is None, *theirs)
    for end in theirs:
        end.close()
    with ThreadPoolExecutor(3) as streams:
        written = streams.submit(_write, typed[1], stdin or b"")
        read = [streams.submit(_read, end) for end in (out[0], err[0])]
        process.join(timeout)
        status = process.exitcode
        if status is None:
            process.kill()
            process.join()
            raise TimeoutExpired(["openjpki", *words], timeout)
        written.result()
        stdout, stderr = (each.result() for each in read)
    process.close()
    return CompletedProcess(["openjpki", *words], status, stdout, stderr)


def _write(end: Connection, octets: bytes) -> None:
    with end, os.fdopen(os.dup(end.fileno()), "wb") as stream:
        try:
            stream.write(octets)
            stream.flush()
        except BrokenPipeError:
            # It read as much as it wanted.
            stream.detach()


def _read(end: Connection) -> bytes:
    with end, os.fdopen(os.dup(end.fileno()), "rb") as stream:
        return stream.read()


def _command(
    words: Sequence[str],
    cwd: str,
    environment: dict[str, str],
    nothing_typed: bool,
    *streams: Connection,
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    for number, stream in enumerate(streams):
        os.dup2(stream.fileno(), number)
        stream.close()
    if nothing_typed:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
    # As Python opens them: what the files of before could do is known of those.
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.argv = ["openjpki", *words]
    main()
