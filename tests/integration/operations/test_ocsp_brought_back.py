"""ocsp's database brought back: whoever was taken back since is refused again."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from openjpki.api.mesh.v1 import mesh_pb2
from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.domain.stated_time import written
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.kernel import denied_credentials
from openjpki.storage.kernel.database import Database
from openjpki.storage.ocsp import usage_unknown
from tests.integration.operations.conftest import Shell, commands
from tests.integration.operations.test_brought_back import variables_of
from tests.support.ca_service import TOYAMA, TRUST_DOMAIN, running_ca
from tests.support.denying import deny
from tests.support.ocsp_service import RunningOcsp, running_ocsp

if TYPE_CHECKING:
    from pathlib import Path

KEPT, TOLD, WRITTEN = "agency-kept", "agency-told", "agency-written"


def spiffe_id(verifier: str) -> str:
    return f"spiffe://{TRUST_DOMAIN}/verifier/{verifier}"


def denied_at(url: str) -> frozenset[str]:
    with closing(Database(url)) as database, database.reading() as tx:
        return denied_credentials.names(tx)


def gaps_at(url: str) -> list[tuple[datetime, datetime]]:
    long_ago, later = datetime(2000, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)
    with closing(Database(url)) as database, database.reading() as tx:
        return usage_unknown.gaps(tx, long_ago, later)


def answer_to(ocsp: RunningOcsp, verifier: str) -> Reason:
    """What a question about a certificate that nobody made is answered with."""
    with pytest.raises(OpenJpkiError) as refused:
        ocsp.status(verifier).Check(ocsp_pb2.CheckRequest(authority_id=TOYAMA, serial=b"\x01"))
    return refused.value.reason


def test_who_was_taken_back_since_is_refused_again(tmp_path: Path, shell: Shell) -> None:
    file = tmp_path / "ocsp.db"
    url, ca_url = f"sqlite:///{file}", f"sqlite:///{tmp_path / 'ca.db'}"
    shell.variables |= {"FILE": str(file), "COPY": str(tmp_path / "copy.db")}
    back_up, bring_back = commands("### SQLite")
    with running_ca(tmp_path / "ca", ca_url) as ca:
        target = f"127.0.0.1:{ca.service.server.port}"
        with running_ocsp(tmp_path, url, ca.mesh, target, ca_url=ca_url) as ocsp:
            for verifier in (KEPT, TOLD, WRITTEN):
                ocsp.register(verifier)
            shell.run(back_up)
            # Since the backup: one is denied at both services, and one here alone.
            compromised = mesh_pb2.DENY_CAUSE_COMPROMISED
            operator = ca.channel(PeerRole.OPERATOR, "ca", "operator-1")
            deny(operator, spiffe_id(TOLD), compromised)
            here = ocsp.channel(PeerRole.OPERATOR, "ocsp", "operator-1")
            for verifier in (TOLD, WRITTEN):
                deny(here, spiffe_id(verifier), compromised)
            variables, of_ca = variables_of(ocsp.settings), variables_of(ca.settings)
            variables |= {"OPENJPKI_OCSP__CA": target}
        shell.run(bring_back)
        assert denied_at(url) == frozenset()
        # The database says up to when it knows; ca tells what it knows from then on.
        since = json.loads(shell.run("openjpki --output json restore position ocsp", **variables))[
            "since"
        ]
        told = shell.run(f"openjpki restore taken-back ca --since {since}", **of_ca)
        assert told.splitlines() == [
            f"told ca {since}",
            f"credential {spiffe_id(TOLD)} compromised",
        ]
        (tmp_path / "told").write_text(told)
        (tmp_path / "written").write_text(f"credential {spiffe_id(WRITTEN)} left\n")
        # A list that begins after the database ends, and none at all: nothing is entered.
        (tmp_path / "late").write_text(told.replace(since, "2999-01-01T00:00:00Z"))
        for refused, why in (("--taken-back late", "told|tells"), ("", "taken-back")):
            with pytest.raises(AssertionError, match=why):
                shell.run(f"openjpki restore ocsp {refused}", **variables)
        assert denied_at(url) == frozenset()
        again = "openjpki --output json restore ocsp --taken-back told --taken-back written"
        for entered in (2, 0):
            answer = json.loads(shell.run(again, **variables))
            assert answer["credentials_denied"] == entered
            # The time of one epoch: said again it moves the end of the same gap.
            lost = answer["usage_unknown_since"]
            assert [written(begins) for begins, _ in gaps_at(url)] == [lost]
            # What the restore entered today moves no end: it may be cut short, and asked anew.
            said = shell.run("openjpki --output json restore position ocsp", **variables)
            assert json.loads(said)["since"] == since
        with running_ocsp(tmp_path, url, ca.mesh, target, ca_url=ca_url) as ocsp:
            assert answer_to(ocsp, TOLD) is Reason.CREDENTIAL_DENIED
            assert answer_to(ocsp, WRITTEN) is Reason.CREDENTIAL_DENIED
            known = ocsp.status(KEPT).Check(
                ocsp_pb2.CheckRequest(authority_id=TOYAMA, serial=b"\x01")
            )
            assert known.status
