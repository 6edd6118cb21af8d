"""Heavy things made once a session, and which files share them on one worker of xdist.

The fixtures stand in a plugin because one that several modules import is several fixtures. Their
code is imported when it is used: most runs need none of it. Tests are spread by file, so that a
module's own fixtures are made once too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.demo import Demo
    from tests.support.installation import RunningInstallation

SHARED = {
    "demo": ("tests/conformance/test_demo_", "tests/integration/journey/test_demo_"),
    "installation": ("tests/integration/journey/", "tests/deploy/test_scrape.py"),
    "clients": ("tests/conformance/clients/", "tests/deploy/test_names_dialled_abroad.py"),
}
"""Fixture → beginnings of the files that use it; the first that fits. (Clients of other languages
are built by client_toolchain.) A file that is missing here still works, but may have the thing
made on a second worker."""


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningInstallation]:
    """The four services as `openjpki serve` starts them, with the usual verifier registered."""
    from tests.support.installation import running_installation  # noqa: PLC0415

    with running_installation(tmp_path_factory.mktemp("installation")) as running:
        yield running


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """`openjpki demo`, run once: what it said and the folder it left."""
    from tests.support.demo import run_demo  # noqa: PLC0415

    return run_demo(tmp_path_factory.mktemp("demo"), "--pictures")


def scope_of(nodeid: str) -> str:
    """The shared thing's name, or the file."""
    file = nodeid.split("::", 1)[0]
    return next((name for name, begins in SHARED.items() if file.startswith(begins)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """For ``--dist loadgroup``: by file, and together what shares a heavy thing."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415

    class BySharing(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
        def _split_scope(self, nodeid: str) -> str:
            return scope_of(nodeid)

    return BySharing(config, log)
