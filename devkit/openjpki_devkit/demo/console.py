"""What officers see of the demo's application: pictures of their console, and its papers."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from openjpki_devkit.demo.browser import chromium
from openjpki_devkit.demo.journey import MUNICIPALITY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from openjpki_devkit.demo.journey import Journey

_PAGES = {
    "new": "/applications/new",
    "certificates": "/certificates",
    "totals": "/totals",
}


def show_console(journey: Journey) -> None:
    """Pictures and PDFs below ``console``. Raises as ``chromium``."""
    folder = journey.results / "console"
    folder.mkdir()
    home = journey.installation.layout.root
    with (
        journey.transcript.step("窓口", "the officer's console in a browser", "窓口の画面") as step,
        _running(home) as link,
        chromium() as browser,
    ):
        page = browser.new_page(locale="ja-JP", viewport={"width": 1200, "height": 800})
        page.goto(link)
        page.goto(_at(link, "/?state=any"))
        page.screenshot(path=folder / "queue.png", full_page=True)
        page.get_by_role("table").get_by_role("link").first.click()
        page.screenshot(path=folder / "application.png", full_page=True)
        application = urlsplit(page.url).path
        for name, path in _PAGES.items():
            page.goto(_at(link, path))
            page.screenshot(path=folder / f"{name}.png", full_page=True)
        for name, path in (("copy", f"{application}/copy.pdf"), ("guide", "/guide.pdf")):
            (folder / f"{name}.pdf").write_bytes(_fetched(page, link, path))
        step.facts = {"console": ", ".join(sorted(one.name for one in folder.iterdir()))}


def _at(link: str, path: str) -> str:
    return f"http://{urlsplit(link).netloc}{path}"


def _fetched(page: Page, link: str, path: str) -> bytes:
    """A file of the console, as the browser would have it."""
    (cookie,) = page.context.cookies()
    parts = urlsplit(link)
    asked = urllib.request.Request(
        f"http://127.0.0.1:{parts.port}{path}",
        headers={"Host": parts.netloc, "Cookie": f"{cookie['name']}={cookie['value']}"},
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - as above
        octets: bytes = answer.read()
    return octets


@contextmanager
def _running(home: Path) -> Iterator[str]:
    """The link of a console that runs until the end."""
    words = ("--language", "ja", "--output", "json", "console", "--home", str(home))
    command = [sys.executable, "-m", "openjpki.cli", *words, "--municipality", MUNICIPALITY]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
        try:
            if process.stdout is None:
                raise RuntimeError("was asked for a pipe")
            yield str(json.loads(process.stdout.readline())["link"])
        finally:
            process.send_signal(signal.SIGTERM)
