"""A SQLite database that nobody made is not made by whoever is sent to it by a mistyped name."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.cli.main import program
from openjpki.config.clock import SystemClock
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.kernel.database import Database
from openjpki_devkit.embedded.layout import SERVICES, Layout, Ports
from openjpki_devkit.embedded.peers import write_credentials
from openjpki_devkit.embedded.receipt_key import prepare_receipt_key
from openjpki_devkit.embedded.settings_files import write_settings
from tests.support.commands import command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["command"]

DATABASES: dict[str, tuple[str, str]] = {
    **{service: (f"{service.value}/database.sqlite", service.value) for service in SERVICES},
    "register": ("registration/register.sqlite", "resident_register"),
}


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Settings of all four services, and no database."""
    made = Layout(tmp_path_factory.mktemp("none"))
    write_credentials(made, SystemClock(), [])
    write_settings(made, {service: Ports.free() for service in SERVICES}, None)
    prepare_receipt_key(made)
    return made


@pytest.mark.parametrize(
    ("words", "of"),
    [
        *((f"serve {service.value} --settings", service) for service in SERVICES),
        ("authority list", PeerRole.CA),
        ("authority init signing-40 --example", PeerRole.CA),
        ("bridge init --example", PeerRole.BRIDGE),
        ("journal verify ocsp", PeerRole.OCSP),
        ("journal verify resident-register", "register"),
        ("restore position registration", PeerRole.REGISTRATION),
        ("register load --dry-run register.csv", "register"),
    ],
)
@pytest.mark.parametrize("left", ["nothing", "empty file", "connected to"])
def test_it_is_refused_by_name_with_the_command_that_makes_one(
    layout: Layout, words: str, of: str, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, schema = DATABASES[of]
    file = layout.root / name
    file.unlink(missing_ok=True)
    if left == "empty file":
        file.touch()
    elif left == "connected to":
        # As by whoever only looked.
        with closing(Database(f"sqlite:///{file}")) as database:
            database.check()
    monkeypatch.chdir(layout.root)
    (layout.root / "register.csv").touch()
    told = words.split()
    told += (
        [str(layout.settings(PeerRole(told[1])))]
        if told[0] == "serve"
        else ["--home", str(layout.root)]
    )
    with pytest.raises(OpenJpkiError) as refused:
        program()(told, standalone_mode=False)
    assert refused.value.reason is Reason.SETTINGS_REFUSED
    assert refused.value.message == (
        f"there is no database {file}; a new one is made by openjpki database forward {schema}"
        " --url-file FILE"
    )
    assert file.exists() == (left != "nothing")
    assert refused.value.metadata["schema"] == schema


def test_the_command_that_is_named_makes_one(
    layout: Layout, tmp_path: Path, command: Callable[..., tuple[object, Any]]
) -> None:
    file = layout.root / "ca/database.sqlite"
    file.unlink(missing_ok=True)
    url_file = tmp_path / "url"
    url_file.touch(mode=0o600)
    url_file.write_text(f"sqlite:///{file}\n")
    command("database", "forward", "ca", "--url-file", url_file)
    assert command("authority", "list", "--home", layout.root) == (0, json.loads("[]"))
