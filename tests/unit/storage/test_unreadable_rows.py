"""One row that can't be read leaves the others: of every table, by every reader of several rows.

A world of two rows in each table of a service; what the second is read as, it says before the first
one is there. Then the first is spoiled, column by column, by whatever the database keeps, as
somebody can who owns it: every reader still says the same of the second, and is told what it left
out. On a SQLite file and on a PostgreSQL server.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from openjpki.domain.authority import AuthorityId
from openjpki.domain.policy import RevocationReason
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.bridge import partners, revocations
from openjpki.storage.bridge.tables import metadata as bridge_tables
from openjpki.storage.ca import feed, lists, stored_revocations
from openjpki.storage.ca.tables import metadata as ca_tables
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.leases_file import FileLeases
from openjpki.storage.kernel.tables import SegmentState
from openjpki.storage.kernel.transaction import Reading
from openjpki.storage.migrations import upgrade
from tests.support.postgres import postgres_server
from tests.unit.storage.row_readers import READERS
from tests.unit.storage.two_row_world import world
from tests.unit.storage.two_rows import HERE, NOW, OTHERWISE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.storage.kernel.unreadable import Unreadable
    from tests.support.postgres import PostgresServer

__all__ = ["postgres_server"]

ELSEWHERE = AuthorityId.parse("signing-13")
"""Of the first rows."""

ONE_BY_ONE = {
    "feed_events": "whoever went on behind one would have missed it: a snapshot is taken instead",
    "serials": "whether a number is taken",
    "used_keys": "whether a key is",
    "requests": "the answer to one call",
    "leases": "see test_a_lease_of_another_release",
    "instances": "names and addresses of instances, on PostgreSQL",
    "pool_versions": "one row",
    "journal_time": "one row",
    "list_upload_parts": "the parts of one list",
    "officer_signatures": "what one certificate is asked for with: all of it, or nothing",
    "issuers": "one certificate",
    "reference_keys": "one row",
    "register_links": "who is meant: whoever were left out would pass for nobody",
    "notice_feeds": "the position of one register",
    "residents": "candidates for one person, each column a text",
    "officers": "the row that changes of one officer queue for",
    "revocation_renewals": "of one end",
    "revocation_approvals": "of one end",
    "usage": "what is to be paid: all of them decide",
    "usage_epochs": "whether a day is complete: all of them decide",
    "usage_days": "the newest alone",
    "quota_taken": "of one quota in one period",
    "quota_leases": "what was taken of one quota: all of its rows decide",
}
"""Tables of which no reader reads several elements' rows, or where all of one element decide."""


def _cases() -> list[Any]:
    return [
        pytest.param(service, table, index, id=f"{service}-{table}-{index}")
        for service, (tables, _) in READERS.items()
        for table in tables.tables
        for index in range(len(OTHERWISE.get(table, [{}])))
    ]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database without tables that is the run's, or the test's own: what is in it is never
    committed."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'worlds.db'}"
        return
    yield request.getfixturevalue("empty_postgresql")


@pytest.fixture(scope="module")
def empty_postgresql(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.fresh_database() as url:
        yield url


@pytest.mark.parametrize(("service", "name", "index"), _cases())
def test_one_row_leaves_the_others(database_url: str, service: str, name: str, index: int) -> None:
    tables, readers = READERS[service]
    otherwise = {of: each[index if of == name else 0] for of, each in OTHERWISE.items()}
    if name == "cross_revocations":
        otherwise["cross_certifications"] = {"state": "revoked"}
    with world(database_url, tables, otherwise) as both:
        both.fill([2])
        expected = both.read(readers)
        both.fill([1])
        whole = both.read(readers)
        assert not any(found.told for found in [*expected.values(), *whole.values()])
        touching = {what: one for what, one in readers.items() if name in whole[what].tables}
        noticed = set()
        for column in tables.tables[name].columns if touching else ():
            for stored in both.spoilt_each_way(column):
                for what, found in both.read(touching).items():
                    lacking = [one for one in expected[what].rows if one not in found.rows]
                    assert lacking == [], f"{what}, {name}.{column.name} = {stored}"
                    if found.rows != whole[what].rows or found.told:
                        noticed.add(what)
    assert bool(noticed) != (name in ONE_BY_ONE), noticed


def test_a_lease_of_another_release(tmp_path: Path) -> None:
    told: list[Unreadable] = []
    with closing(Database(f"sqlite:///{tmp_path / 'ca.db'}")) as database:
        upgrade(database, "ca")
        leases = FileLeases(database, tmp_path / "ca.lease", left_out=told.append)
        with database.transaction() as tx:
            for authority in ("signing-13", "signing-27"):
                leases.exclude(tx, AuthorityId.parse(authority))
            tx.connection.execute(
                text(
                    "UPDATE leases SET authority_id = 'newer-13' WHERE authority_id = 'signing-13'"
                )
            )
        survey = leases.renew(None, [], timedelta(seconds=1))  # type: ignore[arg-type]
    assert [state.authority_id for state in survey.states] == [HERE]
    assert [(one.table, one.row) for one in told] == [("leases", "newer-13")]


def test_who_decides_by_it_is_refused(database_url: str) -> None:
    """Without anybody to tell, nothing is left out: what is not there may be what says no."""
    usual = {of: each[0] for of, each in OTHERWISE.items()}
    with world(database_url, bridge_tables, usual) as bridge:
        bridge.fill([1, 2])
        column = bridge_tables.tables["partners"].c.registered_at
        for _ in bridge.spoilt_each_way(column):
            tx = Reading(bridge.connection)
            with pytest.raises(OpenJpkiError) as refusal:
                partners.all_of(tx)
            assert refusal.value.reason is Reason.STORED_UNREADABLE
            with pytest.raises(OpenJpkiError) as refusal:
                partners.get(tx, "partner_id 1")
            assert refusal.value.reason is Reason.STORED_UNREADABLE


@pytest.mark.parametrize("name", ["reason_code", "revoked_at"])
def test_who_was_revoked_is_on_the_list_whyever_and_whenever(database_url: str, name: str) -> None:
    """As the status feed has it: for no stated reason, since ever."""
    usual = {of: each[0] for of, each in OTHERWISE.items()}
    told: list[Unreadable] = []
    with world(database_url, ca_tables, usual) as ca:
        ca.fill([1, 2])
        column, tx = ca_tables.tables["revocations"].c[name], Reading(ca.connection)
        for _ in ca.spoilt_each_way(column):
            told.clear()
            listed = lists.revoked(
                tx, ELSEWHERE, 1, "authority", expired_before=None, left_out=told.append
            )
            assert listed.serials == b"serial 1"
            assert [one.row for one in told] == [b"serial 1".hex()]
            assert (listed.reasons, listed.revoked_at) == (b"\0", bytes(8))
            with pytest.raises(OpenJpkiError) as refusal:
                lists.revoked(tx, ELSEWHERE, 1, "authority", expired_before=None)
            assert refusal.value.reason is Reason.STORED_UNREADABLE


def test_whose_number_cannot_be_read_is_nobody_who_is_good(database_url: str) -> None:
    """No list is made without one, and no snapshot given that calls its certificate good."""
    usual = {of: each[0] for of, each in OTHERWISE.items()}
    with world(database_url, ca_tables, usual) as ca:
        ca.fill([1, 2])
        column, tx = ca_tables.tables["revocations"].c.serial, Reading(ca.connection)
        for stored in ca.spoilt_each_way(column):
            given = feed.snapshot(tx, ELSEWHERE, 9, ended_before=NOW, left_out=lambda _: None)
            with pytest.raises(OpenJpkiError) as refusal:
                list(given)
            assert refusal.value.reason is Reason.STORED_UNREADABLE, stored
            assert refusal.value.stored["table"] == "revocations"
            if "ff" in stored:
                # Some other certificate's, on a list that lacks this one: the check finds it.
                assert len(stored_revocations.of_authority(tx, ELSEWHERE).bad) == 1
                continue
            with pytest.raises(OpenJpkiError) as refusal:
                lists.revoked(
                    tx, ELSEWHERE, 1, "authority", expired_before=None, left_out=lambda _: None
                )
            assert refusal.value.reason is Reason.STORED_UNREADABLE, stored
            assert refusal.value.stored["key"] in {"", "None", "no octets"}


@pytest.mark.parametrize("name", ["cause", "revoked_at", "listed"])
def test_a_cross_certificate_that_ended_is_on_the_list(database_url: str, name: str) -> None:
    usual = {of: each[0] for of, each in OTHERWISE.items()}
    told: list[Unreadable] = []
    with world(database_url, bridge_tables, usual) as bridge:
        bridge.fill([1, 2])
        column, tx = bridge_tables.tables["cross_revocations"].c[name], Reading(bridge.connection)
        for stored in bridge.spoilt_each_way(column):
            told.clear()
            (listed,) = revocations.of_own(tx, 1, left_out=told.append)
            assert listed.serial == b"serial 1"
            assert [one.table for one in told] == ["cross_revocations"], stored
            assert listed.reason is RevocationReason.UNSPECIFIED or name != "cause"
            assert listed.revoked_at == datetime(1970, 1, 1, tzinfo=UTC) or name != "revoked_at"
            assert not listed.listed or name != "listed"


@pytest.mark.parametrize("state", SegmentState)
def test_a_segment_of_every_state_is_in_the_worlds(state: SegmentState) -> None:
    states = {one["state"] for one in OTHERWISE["journal_segments"]}
    assert (state.value in states) == (state is not SegmentState.DISPOSED)
