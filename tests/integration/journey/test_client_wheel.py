"""The wheel as an agency installs it: with its base dependencies alone, in a fresh environment.

Works without a network: what the wheel requires is copied from this environment, where the lock
file put it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.key_file import load_key
from openjpki.config.clock import SystemClock
from openjpki.x509.foreign.cms import sign_detached
from openjpki_devkit.embedded.agency_folder import agency_folder
from tests.support.installation import PASSPHRASE

if TYPE_CHECKING:
    from tests.support.installation import RunningInstallation

ROOT = Path(__file__).resolve().parents[3]
TOOLS = Path(sys.executable).parent
SERVERS = ("sqlalchemy", "alembic", "psycopg", "prometheus-client", "rich", "typer")
PROGRAM = """
import sys
from pathlib import Path
from openjpki.client import AgencyClient
with AgencyClient.from_folder(Path(sys.argv[1])) as client:
    result = client.verify_signed_document(Path(sys.argv[2]).read_bytes(), b"letter")
print(result.valid, result.signer.name)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from this tree; the compiled module is the one that cargo has at hand."""
    out = tmp_path_factory.mktemp("wheel")
    _run(TOOLS / "maturin", "build", "--release", "--locked", "--quiet", "--out", out)
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def agency(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel and its base dependencies."""
    return _environment(wheel, tmp_path_factory.mktemp("agency"))


@pytest.fixture(scope="module")
def terminal(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the command's libraries."""
    return _environment(wheel, tmp_path_factory.mktemp("terminal"), extra="cli")


def test_the_wheel_holds_our_package_and_nothing_beside_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    tops = {name.partition("/")[0] for name in names}
    assert {"console/static/console.css", "console/templates/base.html"} <= {
        name.removeprefix("openjpki/") for name in names
    }
    assert {top for top in tops if not top.endswith(".dist-info")} == {"openjpki"}


def test_the_base_brings_no_server_no_database_and_no_screen(wheel: Path) -> None:
    brought = {each.name.lower() for each in _required(_requirements(wheel))}
    assert "grpcio" in brought
    assert not brought.intersection(SERVERS)


@pytest.mark.requirement("R5.2.1")
def test_it_verifies_a_document_against_a_running_service(
    installation: RunningInstallation, agency: Path, tmp_path: Path
) -> None:
    resident = installation.issue()
    key = load_key(resident.key_file, PASSPHRASE)
    signature = tmp_path / "letter.p7s"
    signature.write_bytes(sign_detached(b"letter", resident.certificate, key, SystemClock().now()))
    folder = agency_folder(installation.installation.layout)
    assert (
        _run(agency / "python", "-I", "-c", PROGRAM, folder, signature)
        == f"True {resident.row['name']}\n"
    )


def test_the_command_says_what_it_lacks(agency: Path) -> None:
    done = _tried(agency / "openjpki")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "the command line is not installed here; install openjpki[cli]\n"


def test_commands_that_ask_services_elsewhere_need_no_services_libraries(terminal: Path) -> None:
    for group in ("window", "bridge", "officer", "verify"):
        _run(terminal / "openjpki", group, "--help")
    of_services = (("authority", "list"), ("bridge", "init"), ("serve", "ca"))
    for words, extra in (*((one, "services") for one in of_services), (("console",), "console")):
        done = _tried(terminal / "openjpki", *words)
        assert done.returncode == ExitCode.REFUSED, words
        assert f"install openjpki[{extra}]" in done.stderr, words


def _environment(wheel: Path, folder: Path, extra: str = "") -> Path:
    environment = folder / "venv"
    _run(sys.executable, "-m", "venv", "--without-pip", environment)
    (site_packages,) = environment.glob("lib/python3*/site-packages")
    for distribution in _required(_requirements(wheel), extra):
        _copy(distribution, site_packages)
    programs = environment / "bin"
    uv: list[str | Path] = [TOOLS / "uv", "pip"]
    _run(*uv, "install", "--offline", "--no-deps", "--python", programs / "python", wheel)
    _run(*uv, "check", "--python", programs / "python")
    return programs


def _tried(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=250)


def _run(*words: str | Path) -> str:
    done = _tried(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _requirements(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        text = archive.read(name).decode()
    return [
        line.removeprefix("Requires-Dist: ")
        for line in text.partition("\n\n")[0].splitlines()
        if line.startswith("Requires-Dist: ")
    ]


def _required(requirements: list[str], extra: str = "") -> list[metadata.Distribution]:
    """What these and theirs name here and now; of extras only this one of the wheel's."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        wanted = waiting.pop()
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": extra}):
            continue
        distribution = metadata.distribution(wanted.name)
        if distribution.name not in found:
            found[distribution.name] = distribution
            waiting += [Requirement(text) for text in distribution.requires or ()]
    return list(found.values())


def _copy(distribution: metadata.Distribution, site_packages: Path) -> None:
    for file in distribution.files or ():
        if ".." in file.parts or "__pycache__" in file.parts:
            continue  # a script, or what Python makes anew
        target = site_packages / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(str(file.locate()), target)
