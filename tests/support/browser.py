"""Pages in a real browser: pictures of what they show, and axe-core to judge them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import axe_playwright_python

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page

_AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
_BAD = {"serious", "critical"}


class Looked:
    """A page in the browser, and pictures of what it shows."""

    def __init__(self, page: Page, pictures: Path) -> None:
        self.page = page
        self._pictures = pictures
        self._seen: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self._seen.append(str(error)))

    def look(self, name: str) -> None:
        """Takes its picture and has axe judge it. What Chromium complains about meanwhile, a style
        or a script that the page's policy stopped, fails too."""
        self._pictures.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self._pictures / f"{name}.png", full_page=True)
        self.page.evaluate(_AXE)
        found = self.page.evaluate("axe.run()")
        serious = {
            one["id"]: [node["html"] for node in one["nodes"]]
            for one in found["violations"]
            if one["impact"] in _BAD
        }
        assert serious == {}, name
        assert found["passes"], name
        assert self._seen == [], name

    def _heard(self, message: ConsoleMessage) -> None:
        # That an answer was a refusal, which a page is for people to read, is no complaint.
        if (
            message.type == "error"
            and "the server responded with a status of 4" not in message.text
        ):
            self._seen.append(message.text)
