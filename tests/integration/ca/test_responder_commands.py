"""An operator ends a responder's certificate by command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.cli.main import program
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.ca import certificates
from tests.integration.ca.test_revoking_responders import responders_serial
from tests.support.ca_service import TOYAMA, TRUST_DOMAIN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa


def run(ca: RunningCa, folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    credentials = folder / "operator"
    if not credentials.exists():
        ca.mesh.issue(PeerRole.OPERATOR, "ca", "operator-1").write(credentials)
    reach = ["--target", f"127.0.0.1:{ca.service.server.port}"]
    reach += ["--credentials", str(credentials), "--trust-domain", TRUST_DOMAIN]
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        program()(["--output", "json", "responder", *words, *reach])
    assert ended.value.code == 0
    return json.loads(capsys.readouterr().out)


def test_a_responders_certificate_is_revoked_by_command(
    ca: RunningCa, keys: Keys, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    serial = responders_serial(ca, keys)
    words = ("revoke", TOYAMA, serial.hex(), "--cause", "issued-wrongly")
    answer = run(ca, tmp_path, capsys, *words)
    assert (answer["serial"], answer["cause"]) == (serial.hex(), "issued-wrongly")
    with ca.service.ca.database.reading() as tx:
        found = certificates.revocation_of(tx, AuthorityId.parse(TOYAMA), serial)
    assert found is not None
    assert found.cause == "ISSUED_WRONGLY"
    with pytest.raises(OpenJpkiError) as refusal:
        run(ca, tmp_path, capsys, *words)
    assert refusal.value.reason is Reason.ALREADY_REVOKED
