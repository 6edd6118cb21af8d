"""Register files as municipalities have them: marked as UTF-8, in another encoding, broken."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from openjpki.cli.exit_codes import ExitCode
from openjpki.config.clock import SystemClock
from openjpki.domain.municipality import Municipality
from openjpki.domain.person import FourAttributes
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.kernel.database import Database
from openjpki.storage.resident_register.register import SqlResidentRegister
from openjpki_devkit.embedded.layout import SERVICES, Layout, Ports
from openjpki_devkit.embedded.peers import write_credentials
from openjpki_devkit.embedded.settings_files import write_settings
from tests.support.installation import answer, openjpki, refusal

if TYPE_CHECKING:
    from pathlib import Path

CODE = "13101"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings of an embedded installation; nothing runs."""
    layout = Layout(tmp_path_factory.mktemp("home"))
    write_credentials(layout, SystemClock(), [])
    write_settings(layout, {service: Ports.free() for service in SERVICES}, None)
    return layout.root


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("register") / "register.csv"
    answer(openjpki("register", "generate", str(made), "--count", "30", "--municipality", CODE))
    return made


def _records(home: Path, row: dict[str, str]) -> int:
    """How many residents of the loaded register a row's attributes might mean."""
    folder = Layout(home).service(PeerRole.REGISTRATION)
    database = Database(f"sqlite:///{folder / 'register.sqlite'}")
    attributes = FourAttributes.parse(
        name=row["name"],
        birth_date=row["birth_date"],
        sex=row["sex"],
        address=row["address"],
        municipality=Municipality(CODE),
        today=SystemClock().now().date(),
    )
    try:
        return len(list(SqlResidentRegister(database).candidates(attributes)))
    finally:
        database.close()


@pytest.mark.requirement("R2.1.1")
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_utf8_is_loaded_with_and_without_a_mark(
    home: Path, file: Path, tmp_path: Path, mark: bytes
) -> None:
    register = tmp_path / "register.csv"
    register.write_bytes(mark + file.read_bytes())
    loaded = answer(openjpki("register", "load", str(register), home=home))
    assert loaded == [{"municipality": CODE, "residents": 30}]
    with file.open(encoding="utf-8", newline="") as lines:
        assert _records(home, next(csv.DictReader(lines))) >= 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("氏名,住所\r\n".encode("cp932"), "is not UTF-8"),
        (b"\xff\xfe" + "resident_id\r\n".encode("utf-16-le"), "is not UTF-8"),
        (b"", "must name resident_id"),
        (b"a,b\r\n1,2\r\n", "must name resident_id"),
    ],
    ids=["cp932", "utf-16", "empty", "other columns"],
)
def test_another_file_is_refused_with_its_line(
    home: Path, tmp_path: Path, content: bytes, told: str
) -> None:
    register = tmp_path / "register.csv"
    register.write_bytes(content)
    done = openjpki("register", "load", str(register), home=home)
    assert done.returncode == ExitCode.REFUSED
    refused = refusal(done)
    assert refused["message"].startswith("line 1: ")
    assert told in refused["message"]
