"""A service whose port somebody has ends at once, with one line that names setting and address."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from openjpki.cli.exit_codes import ExitCode
from openjpki.config.clock import SystemClock
from openjpki.config.loading import load_settings
from openjpki.config.registration import RegistrationSettings
from openjpki.errors import Language, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.embedded.databases import prepare_databases
from openjpki_devkit.embedded.layout import SERVICES, Layout, Ports
from openjpki_devkit.embedded.peers import write_credentials
from openjpki_devkit.embedded.receipt_key import prepare_receipt_key
from openjpki_devkit.embedded.settings_files import write_settings
from tests.support.schemas import put_schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = [
    ("ca", "service.listen"),
    ("ca", "service.health_listen"),
    ("registration", "service.metrics_listen"),
    ("bridge", "service.listen"),
    ("ocsp", "service.metrics_listen"),
    ("ocsp", "ocsp.http_listen"),
    ("ocsp", "ocsp.https_listen"),
]


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Settings and credentials of all four services and the receipts' key; nothing runs."""
    made = Layout(tmp_path_factory.mktemp("taken"))
    write_credentials(made, SystemClock(), [])
    write_settings(made, {service: Ports.free() for service in SERVICES}, None)
    prepare_databases(made)
    prepare_receipt_key(made)
    register = load_settings(RegistrationSettings, made.settings(PeerRole.REGISTRATION))
    put_schema_of(register.registration.resident_register, "resident_register")
    return made


@pytest.fixture
def occupied() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(("service", "setting"), CASES)
def test_the_setting_is_named(service: str, setting: str, layout: Layout, occupied: str) -> None:
    part, _, name = setting.partition(".")
    settings = layout.root / service / "settings.toml"
    done = subprocess.run(
        [sys.executable, "-m", "openjpki.cli.main", "serve", service, "--settings", settings],
        env={**os.environ, f"OPENJPKI_{part}__{name}".upper(): occupied, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == ExitCode.UNAVAILABLE, done.stderr
    told = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    what, where, step = told
    assert what.startswith("SERVICE_UNAVAILABLE ")
    assert where == (
        f"  {setting}: another program or setting has {occupied} already; "
        "end it, or set another address"
    )
    assert step == f"  {Reason.SERVICE_UNAVAILABLE.next_step(Language.EN)}"
    assert "Traceback" not in done.stdout
