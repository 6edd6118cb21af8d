"""`openjpki mesh issue`: credentials for one more peer of an installation on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.cli.exit_codes import ExitCode
from openjpki.config.clock import SystemClock
from openjpki.rpc.identity.credentials import TlsFiles, read_material
from openjpki.rpc.identity.peer import read_certificate
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.embedded.layout import TRUST_DOMAIN, Layout
from openjpki_devkit.embedded.peers import write_credentials
from tests.support.installation import answer, openjpki, refusal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """As far as the mesh of an installation goes."""
    write_credentials(Layout(tmp_path), SystemClock(), [])
    return tmp_path


def test_the_peer_has_its_place_in_the_mesh(home: Path, tmp_path: Path) -> None:
    told = answer(openjpki("mesh", "issue", "verifier", "pension-office", home=home))
    usual = Layout(home).credentials(PeerRole.VERIFIER, "pension-office")
    assert told["folder"] == str(usual.certificate.parent)
    identity = read_certificate(read_material(usual).certificate, TRUST_DOMAIN).identity
    assert (identity.role, identity.scope) == (PeerRole.VERIFIER, "pension-office")
    assert told["spiffe_id"] == identity.spiffe_id
    elsewhere = tmp_path / "elsewhere"
    words = ("window-officer", "13101", "officer-9", "--to", str(elsewhere), "--days", "2")
    answer(openjpki("mesh", "issue", *words, home=home))
    leaf = read_material(TlsFiles.in_folder(elsewhere)).leaf
    assert (leaf.not_valid_after_utc - leaf.not_valid_before_utc).days == 2


def test_credentials_that_are_there_are_written_over_only_by_force(home: Path) -> None:
    words = ("mesh", "issue", "verifier", "pension-office")
    answer(openjpki(*words, home=home))
    usual = Layout(home).credentials(PeerRole.VERIFIER, "pension-office")
    first = usual.private_key.read_bytes()
    again = openjpki(*words, home=home)
    assert again.returncode == ExitCode.USAGE
    assert "--force" in refusal(again)["message"]
    usual.certificate.unlink()
    assert openjpki(*words, home=home).returncode == ExitCode.USAGE
    assert usual.private_key.read_bytes() == first
    answer(openjpki(*words, "--force", home=home))
    assert read_material(usual).private_key != first


def test_a_name_that_is_no_peers_is_refused(home: Path) -> None:
    for words in (("window-officer", "13101"), ("verifier", "a/b"), ("verifier",)):
        done = openjpki("mesh", "issue", *words, home=home)
        assert done.returncode == ExitCode.REFUSED, words
        assert refusal(done)["error"] == "UNAUTHENTICATED"


def test_without_an_installation_nothing_is_made(tmp_path: Path) -> None:
    done = openjpki("mesh", "issue", "verifier", "pension-office", home=tmp_path / "absent")
    assert refusal(done)["field"] == "--home"
    assert not (tmp_path / "absent").exists()
