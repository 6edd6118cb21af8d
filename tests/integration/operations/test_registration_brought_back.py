"""registration's database brought back: windows find what they handed out since, and can end it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.types.v1 import revocation_pb2
from openjpki.config.clock import SystemClock
from openjpki.errors import OpenJpkiError, Reason
from tests.integration.operations.conftest import Shell, commands
from tests.integration.operations.test_brought_back import Place, running_site
from tests.support.registration_service import running_registration

if TYPE_CHECKING:
    from pathlib import Path


def test_windows_find_what_they_handed_out_since(tmp_path: Path, shell: Shell) -> None:
    own, register = tmp_path / "registration.db", tmp_path / "register.db"
    back_up, bring_back = commands("### SQLite")
    with running_site(tmp_path, Place(f"sqlite:///{tmp_path / 'ca.db'}", "", shell)) as site:
        _, kept, _ = site.hand_out()
        shell.run(back_up, FILE=str(own), COPY=str(tmp_path / "copy.db"))
        since = f"{SystemClock().now():%FT%TZ}"
        person, issued, _ = site.hand_out()
        _, ended, _ = site.hand_out()
        for serial in (kept, ended):
            site.revoke(serial)
        running = site.registration
        for channel in running.channels:
            channel.close()
        running.channels.clear()
        assert running.service is not None
        running.service.stop()
        running.database.close()
        shell.run(bring_back, FILE=str(own), COPY=str(tmp_path / "copy.db"))
        export, again = commands("## Back from a backup")[1].strip().split(" | ")
        told = shell.run(export, SINCE=since, **site.variables["ca"])
        (tmp_path / "told").write_text(told)
        again = again.replace("openjpki ", "openjpki --output json ")
        for expected in ((2, 2), (0, 0)):
            out = shell.run(f"{again} <told", **site.variables["registration"])
            answer = json.loads(out)
            assert expected == (answer["certificates_regained"], answer["revocations_regained"])
        with running_registration(
            tmp_path / "window",
            site.ca.mesh,
            site.ca.service.server.port,
            database_url=f"sqlite:///{own}",
            register_url=f"sqlite:///{register}",
        ) as registration:
            acts = [one.act for one in registration.journal()]
            assert acts.count("application.regained") == acts.count("revocation.regained") == 2
            site.registration = registration
            # What was ended is ended, and what was not can be.
            for serial in (kept, ended):
                with pytest.raises(OpenJpkiError) as told_again:
                    site.revoke(serial)
                assert told_again.value.reason is Reason.ALREADY_REVOKED
            # The person has a certificate: another one is not made, and it can be revoked here.
            with pytest.raises(OpenJpkiError) as refused:
                apply(site, person)
            assert refused.value.reason is Reason.LIVE_CERTIFICATE_EXISTS
            site.revoke(issued)
            assert site.status(issued).status == revocation_pb2.CERTIFICATE_STATUS_REVOKED
            assert apply(site, person).state == pb.APPLICATION_STATE_SUBMITTED


def apply(site: object, person: object) -> pb.Application:
    return site.registration.desk().submit(person)  # type: ignore[attr-defined,no-any-return]


def test_a_certificate_of_no_issuer_is_refused(tmp_path: Path, shell: Shell) -> None:
    with running_site(tmp_path, Place(f"sqlite:///{tmp_path / 'ca.db'}", "", shell)) as site:
        site.hand_out()
        told = shell.run(
            "openjpki restore export --from ca --since 2020-01-01T00:00:00Z", **site.variables["ca"]
        )
        lines = [line for line in told.splitlines() if '"issuer"' not in line]
        (tmp_path / "told").write_text("\n".join(lines) + "\n")
        with pytest.raises(AssertionError, match="PROFILE_MISMATCH"):
            shell.run(
                "openjpki restore registration --issued told --taken-back /dev/null",
                **site.variables["registration"],
            )
