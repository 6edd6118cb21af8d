"""The journal's entries, on the ca service's schema."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.acts import COUNT, HEX, WORD, Act, Details, list_of, optional
from openjpki.storage.kernel.journal import SqlJournal
from tests.support.journal_samples import ACTOR, ACTS, AT, DETAILS, append
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction

USERS = RetentionClass.USER_CERTIFICATES
OPERATIONS = RetentionClass.OPERATIONS


@pytest.fixture
def database(empty_database: Database) -> Database:
    put_schema(empty_database, "ca")
    return empty_database


def test_journal_numbers_each_stream_without_gaps(database: Database) -> None:
    with database.transaction() as tx:
        assert [append(tx), append(tx), append(tx, "14")] == [1, 2, 1]
        assert append(tx, retention=OPERATIONS) == 1
    with database.reading() as tx:
        entries = list(SqlJournal().read(tx, "13", USERS))
    assert [entry.number for entry in entries] == [1, 2]
    assert entries[0].at == AT
    assert entries[0].details == Details(DETAILS)


def test_acts_of_one_class_are_read_as_they_are_numbered(database: Database) -> None:
    """A clock that went back between two acts, or an act that queued for its number behind a later
    one, changes nothing in what came before what."""
    later, latest = AT + timedelta(microseconds=1), AT + timedelta(days=1)
    with database.transaction() as tx:
        for subject, at in (("1", later), ("2", AT), ("3", latest), ("4", AT)):
            append(tx, subject=subject, at=at)
        for subject, at in (("a", AT), ("b", later), ("c", latest + timedelta(days=1))):
            append(tx, subject=subject, at=at, retention=OPERATIONS)
    with database.reading() as tx:
        subjects = [one.subject for one in SqlJournal().read_all(tx, "13")]
        named = [one.subject for one in SqlJournal().read_all(tx, "13", acts={ACTS[USERS].name})]
    assert subjects == ["a", "b", "1", "2", "3", "4", "c"]
    assert named == ["1", "2", "3", "4"]


def test_journal_entry_goes_with_its_act(database: Database) -> None:
    def act(tx: Transaction) -> None:
        append(tx)
        raise OpenJpkiError(Reason.WRONG_STATE, "is not so")

    with pytest.raises(OpenJpkiError):
        database.run(act)
    with database.transaction() as tx:
        assert append(tx) == 1


def test_concurrent_writers_of_one_stream_leave_no_gap(database: Database) -> None:
    def write(_: int) -> int:
        return database.run(append)

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(write, range(40)))
    assert sorted(numbers) == list(range(1, 41))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET actor = 'nobody'",
        "DELETE FROM journal",
        "TRUNCATE journal",
        "DELETE FROM journal_segments",
        "TRUNCATE journal_segments CASCADE",
        "UPDATE journal_segments SET last_entry = 0",
        "UPDATE journal_segments SET segment = 2",
        "UPDATE journal_segments SET state = 'disposed', digest = x'00', sealed_at = at,"
        " disposed_at = at FROM journal",
    ],
)
def test_journal_refuses_change(database: Database, statement: str) -> None:
    if database.dialect == "sqlite":
        # Its way to empty a table at once is a DELETE without a condition.
        statement = statement.replace("TRUNCATE", "DELETE FROM").replace(" CASCADE", "")
    else:
        statement = statement.replace("x'00'", "'\\x00'")
    with database.transaction() as tx:
        append(tx)
    with pytest.raises(OpenJpkiError) as refusal, database.transaction() as tx:
        tx.connection.execute(text(statement))
    assert refusal.value.reason is Reason.INTERNAL
    with database.reading() as tx:
        assert [entry.actor for entry in SqlJournal().read(tx, "13", USERS)] == [ACTOR]


ACT = Act(
    "certificate.revoked",
    USERS,
    {
        "serial": HEX,
        "cause": optional(WORD),
        "reason_code": optional(COUNT),
        "serials": optional(list_of(HEX, at_most=2)),
    },
)


@pytest.mark.parametrize(
    ("details", "key_at_fault"),
    [
        ({"serial": "1f", "name": "x"}, "name"),
        ({"serial": "国民太郎"}, "serial"),
        ({"serial": "1f", "cause": "two words"}, "cause"),
        ({"serial": "1f", "reason_code": True}, "reason_code"),
        ({"serial": "1f", "reason_code": "3"}, "reason_code"),
        ({"serial": "1f", "serials": "1f,2f,3f"}, "serials"),
        ({"cause": "CHANGE_NOTICE"}, "serial"),
    ],
)
def test_an_act_takes_the_facts_it_declares(
    details: dict[str, str | int | bool], key_at_fault: str
) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        ACT.details(details)
    assert (refusal.value.reason, refusal.value.field) == (Reason.INTERNAL, key_at_fault)
    assert "太郎" not in str(refusal.value)


def test_a_fact_may_be_left_out_where_the_act_says_so() -> None:
    assert ACT.details({"serial": "1f"}) == Details({"serial": "1f"})
    assert ACT.details({"serial": "1f", "serials": "1f,2f"})["serials"] == "1f,2f"


@pytest.mark.parametrize("at_fault", ["actor", "subject"])
def test_nobody_is_named_by_name(database: Database, at_fault: str) -> None:
    names = {"actor": ACTOR, "subject": "1f", at_fault: "国民太郎"}
    with pytest.raises(OpenJpkiError) as refusal, database.transaction() as tx:
        SqlJournal().append(
            tx,
            ACT,
            stream="13",
            actor=names["actor"],
            subject=names["subject"],
            at=AT,
            details={"serial": "1f"},
        )
    assert (refusal.value.reason, refusal.value.field) == (Reason.INTERNAL, at_fault)
    assert "太郎" not in str(refusal.value)
