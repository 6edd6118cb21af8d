"""A real Chromium without a window, the machine's own."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


@contextmanager
def chromium() -> Iterator[Browser]:
    """Started. Raises ``INVALID_FIELD`` where there is none."""
    program = shutil.which("chromium")
    if program is None:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "needs Chromium, which Debian has as `chromium`",
            field="--pictures",
        )
    # Root has no sandbox of Chromium's; the pages are this program's own.
    own = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=own)
        try:
            yield browser
        finally:
            browser.close()
