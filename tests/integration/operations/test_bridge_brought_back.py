"""The bridge's database brought back: no number of its list is used twice."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.officers import KeyState, Officer
from openjpki.services.common.previous_crl import NUMBERS_SKIPPED
from openjpki.storage.bridge import authority_lists
from openjpki.storage.kernel import denied_credentials
from openjpki.storage.kernel.database import Database
from openjpki.storage.officers import keys
from tests.integration.operations.conftest import Shell, commands
from tests.integration.operations.test_brought_back import variables_of
from tests.support.bridge_service import running_bridge
from tests.support.ca_service import TRUST_DOMAIN, running_ca

if TYPE_CHECKING:
    from pathlib import Path


OFFICER = "bridge-officer/bridge/officer-1"


def newest_number(url: str) -> int:
    with closing(Database(url)) as database, database.reading() as tx:
        newest = authority_lists.newest(tx, 1)
    assert newest is not None
    return newest.number


def state_of(url: str, officer: str) -> KeyState:
    with closing(Database(url)) as database, database.reading() as tx:
        (record,) = keys.of_officer(tx, Officer.parse(officer))
    return record.key.state


def denied_at(url: str) -> frozenset[str]:
    with closing(Database(url)) as database, database.reading() as tx:
        return denied_credentials.names(tx)


def test_the_bridges_list_goes_on_with_a_gap(tmp_path: Path, shell: Shell) -> None:
    file = tmp_path / "bridge.db"
    url = f"sqlite:///{file}"
    shell.variables |= {"FILE": str(file), "COPY": str(tmp_path / "copy.db")}
    back_up, bring_back = commands("### SQLite")
    with running_ca(tmp_path / "ca", f"sqlite:///{tmp_path / 'ca.db'}") as ca:
        with running_bridge(tmp_path / "bridge", url, ca) as bridge:
            assert bridge.service is not None
            shell.run(back_up)
            # A list since the backup.
            assert replace(bridge.service.publisher, interval=timedelta(0)).publish_due()
            before, settings = newest_number(url), bridge.service._settings
        shell.run(bring_back)
        variables = variables_of(settings) | {
            "OPENJPKI_BRIDGE__CA": str(settings.bridge.ca),
            "OPENJPKI_BRIDGE__POLICY_OID": settings.bridge.policy_oid,
        }
        assert newest_number(url) < before
        # Nothing goes on before somebody has said who was taken back since.
        with pytest.raises(AssertionError, match="taken-back"):
            shell.run("openjpki --output json restore bridge", **variables)
        stolen = f"spiffe://{TRUST_DOMAIN}/partner/odd"
        taken = tmp_path / "taken"
        taken.write_text(
            f"# since Monday\nofficer {OFFICER} key_compromise\n\n"
            "officer bridge-officer/bridge/unheard-of left\n"
            f"credential {stolen} compromised\n"
        )
        assert (state_of(url, OFFICER), denied_at(url)) == (KeyState.ENROLLED, frozenset())
        restore = f"openjpki --output json restore bridge --taken-back {taken}"
        out = shell.run(restore, **variables)
        assert json.loads(out)["crl_number"] == newest_number(url) > NUMBERS_SKIPPED
        # Suspended, as another operator has yet to decide; done again, it changes nothing.
        for _ in range(2):
            assert (state_of(url, OFFICER), denied_at(url)) == (
                KeyState.SUSPENDED,
                frozenset({stolen}),
            )
            shell.run(restore, **variables)
        with running_bridge(tmp_path / "bridge", url, ca) as bridge:
            assert newest_number(url) > before
