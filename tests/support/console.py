"""`openjpki console` as an officer runs it: a process of its own, and its link."""

from __future__ import annotations

import http.client
import json
import signal
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from tests.support.installation import begun

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass
class Answer:
    """What one request was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class RunningConsole:
    """One, and what it says on its terminal."""

    stdout: IO[bytes]
    host: str = ""

    def next_link(self) -> str:
        """The link that it prints next."""
        line = self.stdout.readline()
        link: str = json.loads(line)["link"]
        self.host = urlsplit(link).netloc
        return link

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        cookie: str = "",
        body: str | None = None,
        **headers: str,
    ) -> Answer:
        """Without a browser: its name leads to loopback, whatever resolves names here."""
        port = int(self.host.rpartition(":")[2])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        sent = {"Host": self.host, "Cookie": cookie, "Origin": f"http://{self.host}"}
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, {name: v for name, v in sent.items() if v})
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, told, answer.read())
        finally:
            connection.close()


@contextmanager
def running_console(
    home: Path, municipality: str, officer: str, *more: str
) -> Iterator[RunningConsole]:
    """It runs until the end, when Ctrl-C ends it with status 0."""
    process = begun(
        "--language", "ja", "console", "--home", str(home), "--municipality", municipality,
        "--officer", officer, *more,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield RunningConsole(process.stdout)
    finally:
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
    assert process.returncode == 0, stderr.decode()
