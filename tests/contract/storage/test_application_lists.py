"""Lists of applications on both databases: order, pages, and rows that can't be read."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from openjpki.domain.application import ApplicationState
from openjpki.domain.application_end import WithdrawalReason
from openjpki.domain.municipality import Municipality
from openjpki.domain.window import OfficerId, WindowId
from openjpki.storage.registration import application_lists, applications
from openjpki.storage.registration.application_lists import Entry, Position, Wanted
from openjpki.storage.registration.applications import NewApplication
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.unreadable import Unreadable

AT = datetime(2026, 4, 1, 0, 30, 0, 123456, tzinfo=UTC)
TOYAMA = Municipality("16201")
SATO = OfficerId("sato")


def put(database: Database, number: int, *, at: datetime = AT, window: str = "001A") -> str:
    """An application; every third one is checked, every fifth withdrawn."""
    application_id = str(uuid.UUID(int=number))
    with database.transaction() as tx:
        assert applications.add(
            tx,
            NewApplication(
                application_id=application_id,
                municipality_code="16201",
                window_id=f"16201{window}",
                person_reference=hashlib.sha256(b"%d" % number).digest(),
                submitted_by=SATO,
                submitted_at=at,
            ),
        )
        if number % 5 == 0:
            reason = WithdrawalReason.APPLICANT_WISH
            applications.withdraw(tx, application_id, SATO, AT, reason)
        elif number % 3 == 0:
            applications.confirm_identity(tx, application_id, SATO)
    return application_id


def none_is(left_out: Unreadable) -> None:
    raise AssertionError(left_out)


def read(database: Database, size: int, **wanted: Any) -> list[str]:
    """All pages of a list, behind each other."""
    found: list[str] = []
    after: Position | None = None
    while True:
        with database.reading() as tx:
            entries = application_lists.page(
                tx,
                Wanted(municipality=TOYAMA, **wanted),
                after=after,
                at_most=size,
                left_out=none_is,
            )
        found += [one.position.application_id for one in entries]
        if not entries:
            return found
        after = entries[-1].position


@pytest.fixture
def database(empty_database: Database) -> Database:
    put_schema(empty_database, "registration")
    return empty_database


@pytest.mark.parametrize("size", [1, 3, 100])
def test_pages_are_the_list_in_the_order_of_moments_and_ids(database: Database, size: int) -> None:
    """Also where several were taken in one microsecond."""
    later = AT + timedelta(microseconds=1)
    of_later = [put(database, number, at=later) for number in range(1, 9)]
    of_first = [put(database, number) for number in range(9, 16)]
    everything = [*of_first, *of_later]
    assert read(database, size) == everything
    checked = read(database, size, states=[ApplicationState.IDENTITY_CONFIRMED])
    assert checked == [one for one in everything if uuid.UUID(one).int in {3, 6, 9, 12}]
    both = [ApplicationState.WITHDRAWN, ApplicationState.IDENTITY_CONFIRMED]
    ended = {3, 5, 6, 9, 10, 12, 15}
    assert read(database, size, states=both) == [
        one for one in everything if uuid.UUID(one).int in ended
    ]


def test_everything_that_is_said_must_hold(database: Database) -> None:
    first = put(database, 1)
    second = put(database, 2, at=AT + timedelta(hours=1), window="002B")
    reference = hashlib.sha256(b"2").digest()
    assert read(database, 5, window=WindowId("16201002B")) == [second]
    assert read(database, 5, person_reference=reference) == [second]
    assert read(database, 5, taken_before=AT + timedelta(hours=1)) == [first]
    assert read(database, 5, taken_from=AT + timedelta(hours=1)) == [second]
    assert read(database, 5, person_reference=reference, window=WindowId("16201001A")) == []
    with database.reading() as tx:
        elsewhere = application_lists.page(
            tx,
            Wanted(municipality=Municipality("16202")),
            after=None,
            at_most=5,
            left_out=none_is,
        )
    assert elsewhere == []


def test_an_application_that_cannot_be_read_ends_no_list(database: Database) -> None:
    taken = [put(database, number) for number in (1, 2, 4, 7, 8)]
    with database.transaction() as tx:
        tx.connection.execute(
            text("UPDATE applications SET submitted_by = '' WHERE application_id IN (:a, :b)"),
            {"a": taken[0], "b": taken[2]},
        )
    left_out: list[Unreadable] = []

    def page(after: Position | None) -> list[Entry]:
        with database.reading() as tx:
            return application_lists.page(
                tx,
                Wanted(municipality=TOYAMA),
                after=after,
                at_most=2,
                left_out=left_out.append,
            )

    first = page(None)
    assert [one.position.application_id for one in first] == [taken[1], taken[3]]
    assert {one.table for one in left_out} == {"applications"}
    assert [one.position.application_id for one in page(first[-1].position)] == [taken[4]]
