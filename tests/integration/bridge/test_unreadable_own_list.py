"""The newest list of the service bridge can't be read: a person has the next one made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from openjpki.cli.arguments import to_pem
from openjpki.cli.exit_codes import ExitCode
from openjpki.config.parts import SoftwareKeysPart
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.authority.own_authority import require_own
from openjpki.services.bridge.journal import STREAM
from openjpki.services.bridge.journaled_ends import JournaledEnds
from openjpki.services.common.previous_crl import NUMBERS_SKIPPED
from openjpki.storage.bridge import authority_lists
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.x509.foreign.reading import read_list
from tests.integration.bridge.test_revoking_crosses import TO, governors_cross
from tests.support.bridge_process import write_settings
from tests.support.bridge_service import make_settings, running_bridge
from tests.support.by_hand import by_hand
from tests.support.ca_service import TOYAMA
from tests.support.installation import answer, openjpki, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.services.bridge.service import BridgeService
    from openjpki.storage.bridge.authority_lists import OwnList
    from tests.support.bridge_service import RunningBridge
    from tests.support.ca_service import RunningCa

SPOILT = ("next_update = 'infinity'", "sha256 = ''", "list = NULL", "number = 'many'")


def newest(service: BridgeService) -> OwnList:
    with service.bridge.database.reading() as tx:
        found = authority_lists.newest(tx, 1)
    assert found is not None
    return found


def spoil(service: BridgeService, change: str, number: int) -> bool:
    """Whether the database keeps that."""
    database = service.bridge.database
    if database.dialect != "sqlite" and change.startswith("number"):
        return False
    with database.transaction() as tx:
        tx.connection.execute(
            text(f"UPDATE authority_lists SET {change} WHERE number = {number}")  # noqa: S608
        )
    return True


def test_a_person_has_the_next_one_made(fresh_bridge: RunningBridge) -> None:
    fresh_bridge.with_governor(TOYAMA)
    assert fresh_bridge.service is not None
    service = fresh_bridge.service
    publisher, published = service.publisher, list[bytes]()
    publisher.publish_due()
    assert publisher.replace_unreadable([], actor="console") == {}
    for change in SPOILT:
        before = newest(service)
        published.append(before.der)
        if not spoil(service, change, before.number):
            continue
        with pytest.raises(OpenJpkiError) as refusal:
            publisher.publish_after_restore()
        assert refusal.value.reason in {Reason.STORED_UNREADABLE, Reason.CRL_REFUSED}, change
        made = publisher.replace_unreadable(published, actor="console")
        after = newest(service)
        assert made == {1: after.number}, change
        assert after.number > before.number + NUMBERS_SKIPPED
        assert after.entries == before.entries
        with service.bridge.database.reading() as tx:
            entries = list(SqlJournal().read_all(tx, STREAM))
        noted = max(
            (one for one in entries if one.act == "list.unreadable"),
            key=lambda one: int(one.details["crl_number"]),
        )
        assert noted.actor == "console"
        assert noted.details["crl_number"] == before.number
        assert noted.details["count"] == int(change.startswith("number"))
        # And on by itself.
        assert publisher.replace_unreadable([], actor="console") == {}
        assert publisher.publish_after_restore() > after.number


def test_an_entry_that_lacks_its_number_ends_no_list(fresh_bridge: RunningBridge) -> None:
    fresh_bridge.with_governor(TOYAMA)
    assert fresh_bridge.service is not None
    service = fresh_bridge.service
    database, publisher = service.bridge.database, service.publisher
    publisher.publish_due()
    for details in ("{}", "[]"):
        before = newest(service)
        if database.dialect == "sqlite":
            by_hand(database, "DROP TRIGGER IF EXISTS journal_no_update")
        where = "WHERE act = 'list.published'"
        assert by_hand(database, f"UPDATE journal SET details = '{details}' {where}") >= 1  # noqa: S608
        assert spoil(service, "sha256 = ''", before.number)
        assert publisher.replace_unreadable([], actor="console") == {
            1: before.number + NUMBERS_SKIPPED + 1
        }


def test_no_revocation_is_forgotten(fresh_bridge: RunningBridge) -> None:
    """A list that verifiers have names one that the database does not know of any more."""
    assert fresh_bridge.service is not None
    service = fresh_bridge.service
    fresh_bridge.register(TOYAMA)
    crossed = governors_cross(fresh_bridge, TO)
    fresh_bridge.propose_end(crossed)
    fresh_bridge.approve_end(crossed)
    service.publisher.publish_due()
    before = newest(service)
    assert read_list(before.der, max_bytes=1 << 20, field="list").entries == 1
    if service.bridge.database.dialect == "sqlite":
        by_hand(service.bridge.database, "DROP TRIGGER journal_no_delete")
    for table in ("revocation_approvals", "cross_revocations"):
        by_hand(service.bridge.database, f"DELETE FROM {table}")  # noqa: S608
    by_hand(service.bridge.database, "DELETE FROM journal WHERE act = 'cross.revoked'")
    spoil(service, "sha256 = ''", before.number)
    # As a process that starts.
    publisher = replace(service.publisher, bridge=replace(service.bridge, ends=JournaledEnds()))
    with pytest.raises(OpenJpkiError) as refusal:
        publisher.replace_unreadable([before.der], actor="console")
    assert refusal.value.reason is Reason.CRL_REFUSED
    with service.bridge.database.reading() as tx:
        assert max(authority_lists.numbers(tx, 1)) == before.number


def test_it_is_made_by_command_beside_the_running_service(ca: RunningCa, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'bridge.db'}"
    with running_bridge(tmp_path, url, ca) as running:
        assert running.service is not None
        nobody_listens = 1
        (tmp_path / "shell").mkdir()
        settings = make_settings(tmp_path / "shell", url, running.mesh, nobody_listens)
        keys = SoftwareKeysPart(
            kind="software", directory=tmp_path / "keys", passphrase_file=tmp_path / "passphrase"
        )
        file = write_settings(
            tmp_path / "settings.toml", settings.model_copy(update={"keys": keys})
        )
        words = ("bridge", "replace-crl", "--settings", str(file))
        running.service.publisher.publish_due()
        before = newest(running.service)
        (tmp_path / "published.crl").write_bytes(before.der)
        assert answer(openjpki(*words)) == []
        spoil(running.service, "sha256 = ''", before.number)
        (tmp_path / "other.crl").write_bytes(b"\x30\x00")
        done = openjpki(*words, "--list", str(tmp_path / "other.crl"))
        assert done.returncode == ExitCode.REFUSED
        assert refusal(done)["error"] == "MALFORMED_DER"
        (made,) = answer(openjpki(*words, "--list", str(tmp_path / "published.crl")))
        after = newest(running.service)
        assert made == {"generation": 1, "crl_number": after.number}
        assert after.number > before.number + NUMBERS_SKIPPED
        assert answer(openjpki(*words)) == []
        assert running.service.publisher.publish_after_restore() > after.number

        of_keys = ("bridge", "generation")
        there = ("--settings", str(file))
        (usual,) = answer(openjpki(*of_keys, "list", *there))
        assert (usual["generation"], usual["state"], usual["fault"]) == (1, "active", None)
        database, pem = running.service.bridge.database, tmp_path / "bridge.pem"
        with database.reading() as tx:
            pem.write_bytes(to_pem(require_own(tx).stored.certificate))
        by_hand(database, "UPDATE service_bridge SET certificate = x'3000'")
        (shown,) = answer(openjpki(*of_keys, "list", *there), ExitCode.NOT_VALID)
        assert shown["fault"] == "MALFORMED_DER"
        repaired = (*of_keys, "repair", "1", *there)
        assert refusal(openjpki(*repaired))["field"] == "--certificate"
        answer(openjpki(*repaired, "--certificate", str(pem)))
        assert answer(openjpki(*of_keys, "list", *there)) == [usual]
