"""`openjpki console` as an officer runs it: a process of its own, and its link."""

from __future__ import annotations

import http.client
import json
import re
import signal
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

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


class Visitor(RunningConsole):
    """Somebody with its cookie, who fills in forms."""

    cookie = ""

    def enter(self) -> None:
        """By the link that it prints next."""
        entered = self.ask(urlsplit(self.next_link()).path)
        assert (entered.status, entered.headers["location"]) == (303, "/")
        self.cookie = entered.headers["set-cookie"].partition(";")[0]

    def page(self, path: str) -> str:
        """What is shown there."""
        shown = self.ask(path, cookie=self.cookie)
        assert shown.status == 200, shown.body.decode()
        return shown.body.decode()

    def form(self, path: str, action: str = "") -> dict[str, str]:
        """What nobody types, of the form on that page that is sent to ``action``."""
        found = re.findall(
            r'<form method="post" action="([^"]*)"[^>]*>\s*'
            r'<input type="hidden" name="token" value="([0-9a-f]*)">\s*'
            r'(?:<input type="hidden" name="form_id" value="([^"]*)">)?',
            self.page(path),
        )
        hidden = {at: {"token": token, "form_id": form_id} for at, token, form_id in found}
        return hidden[action or path]

    def send(self, action: str, fields: Mapping[str, str]) -> Answer:
        """A filled-in form."""
        body = urlencode(fields)
        return self.ask(action, method="POST", cookie=self.cookie, body=body)


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
