"""The services as processes, as `openjpki serve` starts them: ca is killed, status goes on."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.key_file import load_key
from openjpki.config.clock import SystemClock
from openjpki.rpc.identity.roles import PeerRole
from openjpki.x509.foreign.cms import sign_detached
from tests.support.installation import PASSPHRASE, answer, running_installation
from tests.support.ocsp_service import until

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.requirement("R4.1.1", "R5.2.1")
def test_a_document_is_verified_while_ca_is_gone(tmp_path: Path) -> None:
    with running_installation(tmp_path) as installation:
        resident = installation.issue()
        serial = f"{x509.load_der_x509_certificate(resident.certificate).serial_number:x}"
        key = load_key(resident.key_file, PASSPHRASE)
        for name, content in (
            ("letter", b"letter"),
            (
                "letter.p7s",
                sign_detached(b"letter", resident.certificate, key, SystemClock().now()),
            ),
            ("authority.der", resident.authority_certificate),
        ):
            (tmp_path / name).write_bytes(content)

        def check(number: str) -> dict[str, Any]:
            done = installation.cli("verifier", "check", number, "--authority", resident.authority)
            (row,) = json.loads(done.stdout)
            ended = {"good": ExitCode.OK, None: ExitCode.UNAVAILABLE}
            assert done.returncode == ended.get(row["status"], ExitCode.NOT_VALID)
            return dict(row)

        def verified() -> datetime:
            """As of when."""
            said = answer(
                installation.cli(
                    "verify", "letter", "letter.p7s",
                    "--authority", f"{resident.authority}=authority.der",
                    cwd=tmp_path,
                )
            )  # fmt: skip
            assert said["valid"] is True
            source, _, moment = said["status_from"].partition(", as of ")
            assert source == "status service"
            return datetime.fromisoformat(moment)

        until(lambda: check(serial)["status"] == "good")
        installation.processes.kill(PeerRole.CA)
        killed = time.time()
        # A number that may have been issued since is no longer called unknown: it is stale now.
        until(lambda: check("77")["status"] is None, 60)
        row = check(serial)
        assert row["status"] == "good"
        assert datetime.fromisoformat(row["as_of"]).timestamp() <= killed
        assert verified().timestamp() <= killed
        installation.processes.start(PeerRole.CA)
        until(lambda: check("77")["status"] == "unknown", 120)
        assert verified().timestamp() > killed
