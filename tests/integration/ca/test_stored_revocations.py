"""A revocation whose row is not as it was written: told, never passed over, and entered anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.serial import serial_to_bytes
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.crl import publication
from openjpki.services.ca.restore.take_up import Known, take_up
from openjpki.services.ca.revocation.stored import (
    Repaired,
    repair_revocations,
    revocation_faults,
)
from openjpki.services.common.previous_crl import NUMBERS_SKIPPED
from openjpki.services.common.stored_generations import MISSING
from openjpki.storage.ca import certificates, feed, lists
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.telemetry import rows
from openjpki.telemetry.metrics import REGISTRY
from openjpki.x509.crl.encoding import make_crl
from tests.integration.ca.test_revocation_lists import fetch, wait_for_first_lists
from tests.integration.ca.test_revoking import revocation
from tests.support.by_hand import by_hand
from tests.support.ca_service import TOYAMA, issue_request
from tests.support.captured_logs import captured_logs

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database
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


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE feeds SET head = -1",
        "UPDATE feeds SET dropped_to = -1",
        "UPDATE feeds SET dropped_to = head + 1",
        "DELETE FROM feeds",
    ],
)
def test_a_feeds_row_that_cannot_be_keeps_no_list_from_being_made_and_is_put_right(
    ca: RunningCa, keys: Keys, change: str
) -> None:
    wait_for_first_lists(ca)
    # No list but those that are made here.
    ca.service.jobs.stop()
    database = ca.service.ca.database
    issued = [
        ca.certificates().IssueCertificate(issue_request(keys[number], person=str(number)))
        for number in range(2)
    ]
    spoil = f"{change} WHERE authority_id = '{TOYAMA}'"

    def repair() -> None:
        repair_revocations(ca.service.ca, AUTHORITY, actor="console")

    def restore() -> None:
        take_up(ca.service.ca, ca.service.publisher, AUTHORITY, Known(), actor="console")

    for one, put_right in zip(issued, (repair, restore), strict=True):
        ca.certificates().RevokeCertificate(revocation(one.serial))
        assert by_hand(database, spoil) == 1
        assert entry_of(ca, one.serial) is not None
        with database.reading() as tx:
            made = lists.newest(tx, AUTHORITY, 1, "16201")
            assert made is not None
            # All that was revoked is on it: it is not made again for that.
            assert made.as_of >= lists.revoked_up_to(tx, AUTHORITY, 1, "16201") > 0
        (fault,) = revocation_faults(ca.service.ca, AUTHORITY)
        assert (fault.key, fault.serial) == (f"feeds/{TOYAMA}", None)
        put_right()
        assert revocation_faults(ca.service.ca, AUTHORITY) == []
        assert status_of(ca, one.serial) == revocation_pb2.CERTIFICATE_STATUS_REVOKED
        with database.reading() as tx:
            position = feed.position(tx, AUTHORITY)
        assert position is not None
        assert position.head == position.dropped_to > feed.POSITIONS_SKIPPED


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


@pytest.mark.requirement("R3.2")
def test_what_a_hand_put_on_a_list_leaves_it_with_its_row(
    ca: RunningCa, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a good certificate, of none, and of one that is on another list; told of no more then."""
    wait_for_first_lists(ca)
    ca.service.jobs.stop()
    monkeypatch.setattr(rows, "_said", {})
    database, stub = ca.service.ca.database, ca.certificates()
    good, ended = (
        stub.IssueCertificate(issue_request(keys[number], person=str(number))).serial
        for number in range(2)
    )
    stub.RevokeCertificate(revocation(ended))
    stranger = bytes.fromhex("4a0b0c")
    put = (
        "INSERT INTO revocations (authority_id, serial, generation, partition, not_after, cause,"  # noqa: S608
        " reason_code, revoked_at, sequence)"
        " SELECT authority_id, serial, generation, partition, not_after, 'USER_WISH', 5, issued_at,"
        f" 900 FROM certificates WHERE serial = x'{good.hex()}'"
    )
    by_hand(database, put)
    of_none = f"UPDATE revocations SET serial = x'{stranger.hex()}' WHERE sequence = 900"  # noqa: S608
    assert by_hand(database, of_none) == 1
    assert by_hand(database, "UPDATE revocations SET sequence = 901 WHERE sequence = 900") == 1
    by_hand(database, put)
    later = "UPDATE revocations SET not_after = '2099-01-01 00:00:00+00:00' WHERE sequence = 900"
    assert by_hand(database, later) == 1
    assert on_the_next(ca) == {good, stranger, ended}
    moved = f"UPDATE revocations SET partition = '16202' WHERE serial = x'{ended.hex()}'"  # noqa: S608
    assert by_hand(database, moved) == 1
    assert on_the_next(ca, "16202") == {ended}

    repaired = repair_revocations(ca.service.ca, AUTHORITY, actor="console")
    assert repaired == Repaired(entered=1, dropped=3)
    assert (on_the_next(ca), on_the_next(ca, "16202")) == ({ended}, set())
    told = told_of_rows()
    assert (on_the_next(ca), on_the_next(ca, "16202")) == ({ended}, set())
    assert told_of_rows() == told
    assert status_of(ca, good) == revocation_pb2.CERTIFICATE_STATUS_GOOD

    # Where the hand takes it back itself, too.
    by_hand(database, put)
    assert on_the_next(ca) == {good, ended}
    assert by_hand(database, "DELETE FROM revocations WHERE sequence = 900") == 1
    assert on_the_next(ca) == {ended}


def test_what_was_on_a_list_stays_where_the_journal_can_not_be_read(
    ca: RunningCa, keys: Keys
) -> None:
    wait_for_first_lists(ca)
    ca.service.jobs.stop()
    database, stub = ca.service.ca.database, ca.certificates()
    issued = stub.IssueCertificate(issue_request(keys[0]))
    stub.RevokeCertificate(revocation(issued.serial))
    assert on_the_next(ca) == {issued.serial}
    assert by_hand(database, "DELETE FROM revocations") == 1
    for change in ("subject = 'spoilt'", "details = '[]'"):
        change_journal(database, f"UPDATE journal SET {change} WHERE act = 'certificate.revoked'")  # noqa: S608
        assert on_the_next(ca) == {issued.serial}, change
    # Who may take it out of the journal takes it off the list: sealed segments tell.
    change_journal(database, "DELETE FROM journal WHERE act = 'certificate.revoked'")
    assert on_the_next(ca) == set()


def test_an_entry_of_the_journal_that_is_none_ends_no_list(ca: RunningCa, keys: Keys) -> None:
    wait_for_first_lists(ca)
    ca.service.jobs.stop()
    database, stub = ca.service.ca.database, ca.certificates()
    issued = stub.IssueCertificate(issue_request(keys[0]))
    stub.RevokeCertificate(revocation(issued.serial))
    with database.reading() as tx:
        (entry,) = SqlJournal().read_all(tx, TOYAMA, acts={"certificate.revoked"})
    facts = entry.details.as_json()
    for details, subject in (
        ("{}", issued.serial.hex()),
        ('{"partition": 16201, "reason_code": 5}', issued.serial.hex()),
        ('{"partition": "16201"}', issued.serial.hex()),
        ('{"partition": "16201", "reason_code": "many"}', issued.serial.hex()),
        ('{"partition": "16201", "reason_code": 300}', issued.serial.hex()),
        ('{"partition": "16201", "reason_code": 7}', issued.serial.hex()),
        (facts, "spoilt"),
        (facts, ""),
        (facts, "4a" * 21),
        (facts, "4a" * 300),
    ):
        changed = f"details = '{details}', subject = '{subject}'".replace(":", "\\:")
        change_journal(database, f"UPDATE journal SET {changed} WHERE act = 'certificate.revoked'")  # noqa: S608
        # The next list begins with the book.
        change_journal(database, "DELETE FROM journal WHERE act = 'list.published'")
        told = told_of_rows("journal")
        assert on_the_next(ca) == {issued.serial}, changed
        assert told_of_rows("journal") > told, changed
        assert on_the_next(ca, "16202") == set()


def test_an_entry_that_lacks_its_number_keeps_no_list_from_being_made_by_hand(
    ca: RunningCa,
) -> None:
    """Rows have the numbers too."""
    wait_for_first_lists(ca)
    ca.service.jobs.stop()
    database, publisher = ca.service.ca.database, ca.service.publisher
    for details in ("{}", '{"crl_number": [], "generation": 1}', '{"crl_number": 1}', "[]"):
        newest = publisher.publish(AUTHORITY, "16201")
        assert newest is not None
        where = "WHERE act = 'list.published' AND subject = '16201'"
        entered = details.replace(":", "\\:")
        change_journal(database, f"UPDATE journal SET details = '{entered}' {where}")  # noqa: S608
        where = f"WHERE number = {newest.number} AND partition = '16201'"
        assert by_hand(database, f"UPDATE revocation_lists SET sha256 = x'00' {where}") == 1  # noqa: S608
        told = told_of_rows("journal")
        (made,) = publisher.replace_unreadable(AUTHORITY, [], actor="console")
        assert made.number == newest.number + NUMBERS_SKIPPED + 1, details
        assert told_of_rows("journal") > told, details


@pytest.mark.requirement("R3.2")
def test_whoever_was_revoked_while_a_list_was_made_is_on_the_next_one(
    ca: RunningCa, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its row says by then; also where it was the first list of its scope."""
    wait_for_first_lists(ca)
    ca.service.jobs.stop()
    database, stub = ca.service.ca.database, ca.certificates()
    ended: set[bytes] = set()

    def meanwhile(*given: Any, **named: Any) -> Any:
        made = make_crl(*given, **named)
        number = len(ended)
        issued = stub.IssueCertificate(issue_request(keys[number], person=str(number)))
        stub.RevokeCertificate(revocation(issued.serial))
        ended.add(issued.serial)
        return made

    for first in (False, True):
        if first:
            by_hand(database, "DELETE FROM revocation_lists WHERE partition = '16201'")
            by_hand(database, "UPDATE revocations SET partition = '16201'")
        before = set(ended)
        with monkeypatch.context() as patched:
            patched.setattr(publication, "make_crl", meanwhile)
            assert on_the_next(ca) == before
        assert len(ended) == len(before) + 1
        by_hand(database, "UPDATE revocations SET partition = '16202'")
        assert on_the_next(ca) == ended


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_list_is_made_while_the_database_does_not_answer(
    ca: RunningCa, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That a certificate is not there is not said of one that was not asked for."""
    wait_for_first_lists(ca)
    ca.service.jobs.stop()
    issued = ca.certificates().IssueCertificate(issue_request(keys[0]))
    ca.certificates().RevokeCertificate(revocation(issued.serial))
    by_hand(ca.service.ca.database, "DELETE FROM revocations")

    def away(*_: object) -> None:
        raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "the database can't be reached")

    with monkeypatch.context() as patched:
        patched.setattr(certificates, "get", away)
        with pytest.raises(OpenJpkiError) as refusal:
            ca.service.publisher.publish(AUTHORITY, "16201")
    assert refusal.value.reason is Reason.SERVICE_UNAVAILABLE
    # One that can't be read says nothing against it.
    by_hand(
        ca.service.ca.database, "UPDATE certificates SET certificate = x'3000' WHERE kind = 'user'"
    )
    assert on_the_next(ca) == {issued.serial}


def test_another_certificate_in_the_place_of_one_names_no_list_for_it(
    ca: RunningCa, keys: Keys
) -> None:
    wait_for_first_lists(ca)
    ca.service.jobs.stop()
    database, stub = ca.service.ca.database, ca.certificates()
    one = stub.IssueCertificate(issue_request(keys[0])).serial
    request = issue_request(keys[1], person="other", municipality_code="16202")
    other = stub.IssueCertificate(request).serial
    put = (
        "UPDATE certificates SET certificate ="  # noqa: S608
        f" (SELECT certificate FROM certificates WHERE serial = x'{other.hex()}')"
        f" WHERE serial = x'{one.hex()}'"
    )
    assert by_hand(database, put) == 1
    stub.RevokeCertificate(revocation(one))
    assert on_the_next(ca) == {one}


def on_the_next(ca: RunningCa, partition: str = "16201") -> set[bytes]:
    """Who is on the list that is made now."""
    ca.service.publisher.publish(AUTHORITY, partition)
    return {serial_to_bytes(one.serial_number) for one in fetch(ca, partition)}


def change_journal(database: Database, statement: str) -> None:
    """Past its triggers."""
    if database.file is not None:
        statement = statement.replace("\\:", ":")
        for act in ("update", "delete"):
            by_hand(database, f"DROP TRIGGER IF EXISTS journal_no_{act}")
    assert by_hand(database, statement) >= 1


def told_of_rows(table: str = "revocations") -> float:
    """How often an alert would have heard of a row of the kind."""
    labels = {"table": table}
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
