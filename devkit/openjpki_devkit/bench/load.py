"""The load generator, `openjpki-load` of signer_core/load, asked for what it saw."""

from __future__ import annotations

import json
import subprocess
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from openjpki.cli import output
from openjpki.errors import OpenJpkiError, Reason
from openjpki_devkit.bench.cores import Cores, on
from openjpki_devkit.bench.peers.process import said
from openjpki_devkit.bench.result import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from openjpki.rpc.identity.credentials import TlsFiles

PROGRAM = "openjpki-load"
NEEDS = f"{PROGRAM} of signer_core/load on the PATH"
version = partial(said, PROGRAM, "--version")

CONNECTIONS = 64
_SECONDS = 2.0
_WARM_UP = 0.5


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of one server, from a processor of the generator's own where there is one."""

    port: int
    requests: Path
    cores: Cores | None = None
    mix: str | None = None
    tls: TlsFiles | None = None
    """A client's credentials; without, plain HTTP is spoken."""
    server_name: str = "localhost"
    connections: int = CONNECTIONS
    calls: int = 0
    """At once on each connection, over HTTP/2; 0: HTTP/1.1."""

    def capacity(self, *options: str) -> float:
        """Answers a second with every connection busy."""
        report = self.report(*options)
        return _figure(report, report["rate"])

    def p99(self, rate: float) -> float:
        """Milliseconds at so many requests a second, from when each was meant to be sent."""
        report = self.report("--rate", str(rate))
        return _figure(report, report["latency"]["p99"] * 1000)

    def report(
        self, *options: str, seconds: float = _SECONDS, warm_up: float = _WARM_UP
    ) -> dict[str, Any]:
        """All that was seen. Raises ``INTERNAL`` when an answer was wrong or there was none."""
        command = [
            PROGRAM, f"127.0.0.1:{self.port}", "--requests", str(self.requests), "--quiet",
            "--connections", str(self.connections), "--seconds", str(seconds),
            "--warm-up", str(warm_up), *self._asked(), *options,
        ]  # fmt: skip
        with nullcontext() if self.cores is None else on(self.cores.load):
            done = subprocess.run(  # noqa: S603
                command, capture_output=True, text=True, check=False
            )
        if done.returncode:
            raise OpenJpkiError(Reason.INTERNAL, f"{PROGRAM}: {done.stderr.strip()}")
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def _asked(self) -> Sequence[str]:
        asked = [] if self.mix is None else ["--mix", self.mix]
        if self.calls:
            asked += ["--http", "http2", "--streams", str(self.calls)]
        if self.tls is not None:
            asked += [
                "--trust", str(self.tls.trust_bundle), "--server-name", self.server_name,
                "--certificate", str(self.tls.certificate), "--key", str(self.tls.private_key),
            ]  # fmt: skip
        return asked


def _figure(report: dict[str, Any], value: float) -> Figure:
    for doubt in report["doubts"]:
        output.stderr.print(f"{doubt}; what was measured may not be the server")
    return Figure.of(value, report["doubts"])
