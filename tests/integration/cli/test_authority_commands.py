"""Officers of a prefecture beside a running ca service: what they do shows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from openjpki.api.ca.v1 import ca_pb2
from openjpki.cli.exit_codes import ExitCode
from tests.support.ca_service import KAGAWA, TOYAMA, RunningCa, running_ca
from tests.support.installation import answer, openjpki, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def ca(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCa]:
    """A running service; the command line has its variables, as in its pod."""
    with running_ca(tmp_path, f"sqlite:///{tmp_path / 'ca.db'}") as running:
        monkeypatch.chdir(tmp_path)
        keys: Any = running.settings.keys
        tls = running.settings.tls
        for name, value in {
            "DATABASE__URL": running.settings.database.read_url(),
            "KEYS__KIND": "software",
            "KEYS__DIRECTORY": keys.directory,
            "KEYS__PASSPHRASE_FILE": keys.passphrase_file,
            "TLS__CERTIFICATE": tls.certificate,
            "TLS__PRIVATE_KEY": tls.private_key,
            "TLS__TRUST_BUNDLE": tls.trust_bundle,
            "TLS__TRUST_DOMAIN": tls.trust_domain,
        }.items():
            monkeypatch.setenv(f"OPENJPKI_{name}", str(value))
        yield running


def _list_of(ca: RunningCa, authority_id: str, partition: str) -> x509.CertificateRevocationList:
    request = ca_pb2.GetRevocationListRequest(authority_id=authority_id, partition=partition)
    return x509.load_der_x509_crl(
        b"".join(piece.chunk for piece in ca.lists().GetRevocationList(request))
    )


@pytest.mark.requirement("R4.1.2", "R9.1.1")
def test_a_new_authority_has_its_lists_at_once(ca: RunningCa) -> None:
    """The service's own round made Toyama's at its start and comes by again in a minute."""
    made = answer(openjpki("authority", "init", KAGAWA))
    assert made["authority"] == KAGAWA
    municipalities_and_authority = 18
    assert made["lists_made"] == municipalities_and_authority
    for partition in ("37201", "authority"):
        crl = _list_of(ca, KAGAWA, partition)
        assert crl.issuer.rfc4514_string() == made["subject"]
        assert len(crl) == 0


def test_an_authority_that_is_there_already_is_left_alone(ca: RunningCa) -> None:
    done = openjpki("authority", "init", TOYAMA)
    assert done.returncode == ExitCode.REFUSED
    assert refusal(done)["error"] == "AUTHORITY_EXISTS"
    (listed,) = answer(openjpki("authority", "list"))
    assert listed["authority"] == TOYAMA


@pytest.mark.parametrize(
    "words", [("stop",), ("publish-crl",), ("certificate", "--to", "made.pem")]
)
def test_an_unknown_authority_is_told_with_the_next_step(
    ca: RunningCa, words: tuple[str, ...], tmp_path: Path
) -> None:
    told = refusal(openjpki("authority", words[0], KAGAWA, *words[1:]))
    assert told["error"] == "AUTHORITY_NOT_FOUND"
    assert "openjpki authority list" in told["next_step"]
    assert not (tmp_path / "made.pem").exists()
