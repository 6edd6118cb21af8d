"""Plays floods of HTTP/2 frames at a service, and measures a good client meanwhile.

``python -m tests.support.floods [FLOOD ...]``: the service has one processor to itself, the good
client and twenty attackers, a process each, have the others. For a person to read: docs/adr/0022
says what it showed.
"""

from __future__ import annotations

import argparse
import itertools
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc

from openjpki.rpc.identity.credentials import RotatingMaterial, TlsFiles, channel_credentials
from openjpki.rpc.identity.roles import PeerRole
from tests.integration.rpc.test_half_open import Answering
from tests.support.contracts import add_all
from tests.support.http2_frames import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PING,
    PREFACE,
    PRIORITY,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    call_to,
    connected,
    frame,
)
from tests.support.mesh import Mesh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PATH = "/openjpki.api.ca.v1.AuthorityService/ListAuthorities"
PEERS = 20
_AT_ONCE = 400
"""Frames in one write."""
_UNKNOWN = 99
"""A kind of frame that nobody defined."""


def _same(one: bytes, begun: bytes = PREFACE) -> Callable[[], Iterator[bytes]]:
    return lambda: itertools.chain([begun], itertools.repeat(one * _AT_ONCE))


def _calls(rest: Callable[[int], bytes]) -> Iterator[bytes]:
    yield PREFACE
    for first in itertools.count(1, 2 * _AT_ONCE):
        yield b"".join(
            frame(HEADERS, END_HEADERS, stream, call_to(PATH)) + rest(stream)
            for stream in range(first, first + 2 * _AT_ONCE, 2)
        )


FLOODS: dict[str, Callable[[], Iterator[bytes]]] = {
    "ping": _same(frame(PING, 0, 0, bytes(8))),
    "settings": _same(frame(SETTINGS, 0, 0)),
    "window_update": _same(frame(WINDOW_UPDATE, 0, 0, b"\0\0\0\1")),
    "priority": _same(frame(PRIORITY, 0, 1, bytes(5))),
    "unknown": _same(frame(_UNKNOWN, 0, 0)),
    "data": _same(frame(DATA, 0, 1), PREFACE + frame(HEADERS, END_HEADERS, 1, call_to(PATH))),
    "continuation": _same(frame(CONTINUATION, 0, 1), PREFACE + frame(HEADERS, 0, 1, call_to(PATH))),
    "reset": lambda: _calls(lambda stream: frame(RST_STREAM, 0, stream, bytes(4))),
    "never_read": lambda: _calls(lambda stream: frame(DATA, END_STREAM, stream, bytes(5))),
    "connect": lambda: iter([PREFACE]),
}


def _attack(port: int, folder: str, flood: str, sources: Sequence[str]) -> None:
    """The attackers' process: until its standard input ends, each with one connection after the
    other; then says how many."""
    files = TlsFiles.in_folder(Path(folder) / "verifier-bad-")
    over, seen = threading.Event(), Counter[str]()

    def run(source: str) -> None:
        while not over.is_set():
            try:
                stranger = connected(port, files, source)
            except OSError:
                seen["not made"] += 1
                continue
            seen["connections"] += 1
            stranger.settimeout(0.5)
            with stranger, suppress(OSError):
                for octets in FLOODS[flood]():
                    stranger.sendall(octets)
                    seen["octets"] += len(octets)
                    if over.is_set():
                        break

    _say("0")
    threads = [threading.Thread(target=run, args=(source,)) for source in sources]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    over.set()
    sys.stdout.write(" ".join(f"{what} {count}" for what, count in seen.items()))
    sys.stdout.flush()
    os._exit(0)  # Threads wait for those who don't answer.


def _serve(folder: str) -> None:
    """The service's process: says its port, then for each line how much it has used."""
    mesh = Mesh(Path(folder))
    mesh.files(PeerRole.VERIFIER, "bad")
    mesh.files(PeerRole.VERIFIER, "good")
    with mesh.serve(PeerRole.CA, add_all(PeerRole.CA, Answering())) as server:
        _say(str(server.port))
        for _ in sys.stdin:
            used = resource.getrusage(resource.RUSAGE_SELF)
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
            _say(f"{used.ru_utime + used.ru_stime} {pages * 4096 / (1 << 20)}")


def _say(line: str) -> None:
    sys.stdout.write(f">{line}\n")
    sys.stdout.flush()


@contextmanager
def _program(*arguments: str, core: str) -> Iterator[subprocess.Popen[str]]:
    command = ["taskset", "-c", core, sys.executable, "-m", "tests.support.floods", "--program"]
    pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(
        [*command, *arguments], stdin=pipe, stdout=pipe, stderr=quiet, text=True
    ) as program:
        yield program
        program.communicate()


def _hear(program: subprocess.Popen[str]) -> list[float]:
    """The numbers of the next line that it says; its log is between them."""
    assert program.stdout
    line = next(line for line in program.stdout if line.startswith(">"))
    return [float(one) for one in line[1:].split()]


def _used(program: subprocess.Popen[str]) -> list[float]:
    assert program.stdin
    program.stdin.write("\n")
    program.stdin.flush()
    return _hear(program)


def _call(call: Any, seconds: float) -> str:
    """One call after the other, and how they went."""
    took, failed = list[float](), Counter[str]()
    until = time.perf_counter() + seconds
    while (began := time.perf_counter()) < until:
        try:
            call(b"", timeout=10)
        except grpc.RpcError as error:
            failed[error.code().name] += 1
        took.append((time.perf_counter() - began) * 1000)
        time.sleep(0.005)
    took.sort()
    half, most = took[len(took) // 2], took[len(took) * 99 // 100]
    return (
        f"{len(took)} calls, failed {dict(failed)}, median {half:.1f} p99 {most:.1f}"
        f" longest {took[-1]:.1f} ms"
    )


def _play(flood: str, sources: Sequence[str], asked: argparse.Namespace) -> None:
    options = [("grpc.ssl_target_name_override", "localhost")]
    with (
        tempfile.TemporaryDirectory() as folder,
        _program("serve", folder, core=asked.core) as service,
    ):
        port = int(_hear(service)[0])
        files = RotatingMaterial(TlsFiles.in_folder(Path(folder) / "verifier-good-")).current()
        with grpc.secure_channel(
            f"127.0.0.1:{port}", channel_credentials(files), options
        ) as channel:
            call: Any = channel.unary_unary(PATH)
            _call(call, 0.2)
            attackers = ("attack", str(port), folder, flood, *sources)
            with _program(*attackers, core=asked.others) as attack:
                _hear(attack)
                before, began = _used(service), time.perf_counter()
                good = _call(call, asked.seconds)
                after, lasted = _used(service), time.perf_counter() - began
                told, _ = attack.communicate()
    busy = (after[0] - before[0]) / lasted * 100
    sys.stdout.write(
        f"{flood}: {good}; processor {busy:.0f} %, memory +{after[1] - before[1]:.0f} MiB; {told}\n"
    )
    sys.stdout.flush()


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("floods", nargs="*")
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--core", default="0", help="the service's")
    parser.add_argument("--others", default="1", help="the attackers'")
    parser.add_argument("--from", dest="source", help="one address for all; else one each")
    parser.add_argument("--program", nargs="+", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    match asked.program:
        case ["serve", folder]:
            _serve(folder)
        case ["attack", port, folder, flood, *sources]:
            _attack(int(port), folder, flood, sources)
        case _:
            each = [asked.source or f"127.0.0.{number + 2}" for number in range(PEERS)]
            for flood in asked.floods or FLOODS:
                _play(flood, each, asked)


if __name__ == "__main__":
    main()
