"""A revocation whose row is not as it was written: told, never passed over, and entered anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.revocation.stored import (
    Repaired,
    repair_revocations,
    revocation_faults,
)
from openjpki.services.common.stored_generations import MISSING
from openjpki.storage.ca import lists
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.telemetry import rows
from openjpki.telemetry.metrics import REGISTRY
from tests.integration.ca.test_revocation_lists import fetch, wait_for_first_lists
from tests.integration.ca.test_revoking import revocation
from tests.support.by_hand import by_hand
from tests.support.ca_service import TOYAMA, issue_request
from tests.support.captured_logs import captured_logs

if TYPE_CHECKING:
    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa

SPOILT = {
    "sqlite": [
        "serial = 'spoilt'",
        "serial = x''",
        "serial = x'0102'",
        "generation = 9",
        "partition = 'nothing'",
        "not_after = 'never'",
        "reason_code = 'many'",
        "revoked_at = 'never'",
        "sequence = 'many'",
        "authority_id = 'signing-99'",
    ],
    "postgresql": [
        "serial = x'0102'",
        "generation = 9",
        "partition = '16202'",
        "not_after = 'infinity'",
        "revoked_at = 'infinity'",
    ],
}
AUTHORITY = AuthorityId.parse(TOYAMA)


def entry_of(ca: RunningCa, serial: bytes) -> x509.RevokedCertificate | None:
    """On the list that is made now."""
    ca.service.publisher.publish(AUTHORITY, "16201")
    number = int.from_bytes(serial, "big")
    return fetch(ca, "16201").get_revoked_certificate_by_serial_number(number)


def status_of(ca: RunningCa, serial: bytes) -> int:
    """By a snapshot that is taken now."""
    (page,) = ca.feed().ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=TOYAMA))
    return int(page.statuses[list(page.serials).index(serial)])


@pytest.mark.requirement("R3.2")
def test_a_row_that_is_not_as_it_was_written_is_entered_anew(ca: RunningCa, keys: Keys) -> None:
    wait_for_first_lists(ca)
    database = ca.service.ca.database
    issued = ca.certificates().IssueCertificate(issue_request(keys[0]))
    ca.certificates().RevokeCertificate(revocation(issued.serial))
    before = entry_of(ca, issued.serial)
    assert before is not None
    assert revocation_faults(ca.service.ca, AUTHORITY) == []
    assert repair_revocations(ca.service.ca, AUTHORITY, actor="console") == Repaired(0, 0)
    for change in SPOILT[database.dialect]:
        assert by_hand(database, f"UPDATE revocations SET {change}") >= 1  # noqa: S608
        *stored, last = revocation_faults(ca.service.ca, AUTHORITY)
        assert (last.rule, last.serial) == (MISSING, issued.serial), change
        assert [one.rule for one in stored if one.key is None] == []
        repaired = repair_revocations(ca.service.ca, AUTHORITY, actor="console")
        assert repaired == Repaired(entered=1, dropped=len(stored)), change
        assert revocation_faults(ca.service.ca, AUTHORITY) == []
        after = entry_of(ca, issued.serial)
        assert after is not None, change
        reason = after.extensions.get_extension_for_class(x509.CRLReason)
        assert reason == before.extensions.get_extension_for_class(x509.CRLReason)
        if change.startswith("serial"):
            assert after.revocation_date_utc == before.revocation_date_utc
        assert status_of(ca, issued.serial) == revocation_pb2.CERTIFICATE_STATUS_REVOKED
        if change.startswith("authority_id"):
            # Under no authority that there can be, it is found by none.
            by_hand(database, "DELETE FROM revocations WHERE authority_id LIKE '%99'")
    assert by_hand(database, "DELETE FROM revocations") == 1
    repaired = repair_revocations(ca.service.ca, AUTHORITY, actor="console")
    assert repaired == Repaired(entered=1, dropped=0)
    assert entry_of(ca, issued.serial) is not None
    with database.reading() as tx:
        noted = [
            (one.act, one.actor)
            for one in SqlJournal().read_all(tx, TOYAMA)
            if one.subject in {issued.serial.hex(), TOYAMA}
        ]
    done = len(SPOILT[database.dialect]) + 1
    assert noted.count(("revocation.regained", "console")) == done
    assert noted.count(("authority.revocations_repaired", "console")) == done


@pytest.mark.requirement("R3.2")
def test_a_list_has_what_a_hand_in_the_database_took_off_it(
    ca: RunningCa, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moved to another list, of another generation, ended long ago, or gone; told of each time."""
    wait_for_first_lists(ca)
    # No list but those that are made here.
    ca.service.jobs.stop()
    monkeypatch.setattr(rows, "_said", {})
    database = ca.service.ca.database
    issued = ca.certificates().IssueCertificate(issue_request(keys[0]))
    # Before it is revoked, too: which list it is on the certificate says.
    changed = "UPDATE certificates SET partition = '16202' WHERE kind = 'user'"
    assert by_hand(database, changed) == 1
    ca.certificates().RevokeCertificate(revocation(issued.serial))
    moved = (
        "UPDATE revocations SET partition = '16202'",
        "UPDATE revocations SET generation = 9",
        "UPDATE revocations SET not_after = '2001-01-01 00:00:00+00:00'",
        "DELETE FROM revocations",
    )
    told, entries = told_of_rows(), []
    for change in moved:
        assert by_hand(database, change) == 1
        # By the journal first, and from then on by the list before.
        for _ in range(2):
            entry = entry_of(ca, issued.serial)
            assert entry is not None, change
            entries.append((entry.revocation_date_utc, [*entry.extensions]))
    assert entries == [entries[0]] * len(entries)
    assert told_of_rows() > told
    assert repair_revocations(ca.service.ca, AUTHORITY, actor="console").entered == 1


def told_of_rows() -> float:
    """How often an alert would have heard of a row of the kind."""
    labels = {"table": "revocations"}
    return REGISTRY.get_sample_value("openjpki_rows_left_out_total", labels) or 0


@pytest.mark.requirement("R4.1.1", refuses=True)
def test_no_status_and_no_list_is_told_without_it(
    ca: RunningCa, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was revoked would be good. Other lists of the authority are made."""
    wait_for_first_lists(ca)
    monkeypatch.setattr(rows, "_said", {})
    service, database = ca.service, ca.service.ca.database
    issued = ca.certificates().IssueCertificate(issue_request(keys[0]))
    ca.certificates().RevokeCertificate(revocation(issued.serial))
    by_hand(database, "UPDATE revocations SET serial = x''")
    with pytest.raises(OpenJpkiError) as refusal, captured_logs(service="ca") as log:
        status_of(ca, issued.serial)
    assert refusal.value.reason is Reason.STORED_UNREADABLE
    assert f'"key":"{TOYAMA}/"' in log.getvalue().replace(" ", "")

    numbers = newest(ca)
    with pytest.raises(OpenJpkiError) as refusal:
        service.publisher.publish_authority(AUTHORITY)
    assert refusal.value.reason is Reason.STORED_UNREADABLE
    after = newest(ca)
    assert after.pop("16201") == numbers.pop("16201")
    assert after == {partition: number + 1 for partition, number in numbers.items()}


def newest(ca: RunningCa) -> dict[str, int]:
    with ca.service.ca.database.reading() as tx:
        return {one.partition: one.number for one in lists.newest_of_all(tx, AUTHORITY)}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_the_journal_does_not_vouch_for_is_left_alone(ca: RunningCa, keys: Keys) -> None:
    database = ca.service.ca.database
    issued = ca.certificates().IssueCertificate(issue_request(keys[0]))
    ca.certificates().RevokeCertificate(revocation(issued.serial))
    by_hand(database, "UPDATE revocations SET serial = 'spoilt'")
    for act in ("update", "delete"):
        by_hand(database, f"DROP TRIGGER journal_no_{act}")
    by_hand(database, "UPDATE journal SET details = '' WHERE act = 'certificate.revoked'")
    with pytest.raises(OpenJpkiError) as refusal:
        repair_revocations(ca.service.ca, AUTHORITY, actor="console")
    assert refusal.value.reason is Reason.STORED_UNREADABLE
    with pytest.raises(OpenJpkiError):
        revocation_faults(ca.service.ca, AUTHORITY)
    by_hand(database, "DELETE FROM journal WHERE act = 'certificate.revoked'")
    with pytest.raises(OpenJpkiError) as refusal:
        repair_revocations(ca.service.ca, AUTHORITY, actor="console")
    assert "sealed" in refusal.value.message
    (fault,) = revocation_faults(ca.service.ca, AUTHORITY)
    assert fault.key == f"{TOYAMA}/spoilt"
