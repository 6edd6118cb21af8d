"""What registration keeps of change notices, on both databases."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.change_notices import ChangeNotice, NoticeBatch, NoticeState
from openjpki.domain.evidence import Receipt
from openjpki.domain.municipality import Municipality
from openjpki.domain.policy.revocation import RevocationCause
from openjpki.storage.registration import (
    applications,
    change_notices,
    handed_over,
    receipts,
    register_links,
)
from openjpki.storage.registration.receipts import KeptReceipt
from tests.contract.storage.test_registration_applications import issue, issued, new
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database

AT = datetime(2027, 3, 25, 1, tzinfo=UTC)
TOYAMA, TAKAOKA = Municipality("16201"), Municipality("16202")


def link(number: int) -> bytes:
    return hashlib.sha256(b"link %d" % number).digest()


def batch(first: int, *links: int, of: Municipality = TOYAMA) -> NoticeBatch:
    return NoticeBatch(
        municipality=of,
        first=first,
        notices=tuple(ChangeNotice(link(one), AT - timedelta(minutes=one)) for one in links),
    )


@pytest.fixture
def database(empty_database: Database) -> Database:
    put_schema(empty_database, "registration")
    return empty_database


def take(database: Database, some: NoticeBatch, before: int = 0, at: datetime = AT) -> None:
    with database.transaction() as tx:
        change_notices.lock_position(tx, some.municipality.code)
        change_notices.add(tx, some, before, at)


def test_notices_are_kept_under_their_numbers(database: Database) -> None:
    with database.transaction() as tx:
        assert change_notices.lock_position(tx, "16201") == 0
    take(database, batch(1, 10, 11, 12))
    take(database, batch(2, 11, 12, 13), before=2)
    take(database, batch(1, 20, of=TAKAOKA))
    with database.reading() as tx:
        assert change_notices.position(tx, "16201") == 4
        assert change_notices.position(tx, "16202") == 1
        assert change_notices.position(tx, "16204") == 0
        found = change_notices.taken(tx, "16201", 2, 9)
    assert found == dict(enumerate(batch(2, 11, 12, 13).notices, 2))


def test_what_waits_comes_in_order_by_pages_and_is_settled_once(database: Database) -> None:
    take(database, batch(1, 20, of=TAKAOKA), at=AT - timedelta(hours=1))
    take(database, batch(1, 10, 11, 12))
    order, after = [], None
    while True:
        with database.reading() as tx:
            page = change_notices.in_state(tx, NoticeState.WAITING, after, at_most=2)
        if not page:
            break
        order += [(one.municipality_code, one.sequence, one.notice) for one in page]
        after = page[-1]
    assert order == [
        ("16202", 1, batch(1, 20).notices[0]),
        *(("16201", number, one) for number, one in enumerate(batch(1, 10, 11, 12).notices, 1)),
    ]
    with database.transaction() as tx:
        assert change_notices.settle(tx, "16201", [1, 2], NoticeState.APPLICATION_OPEN) == 2
        assert change_notices.settle(tx, "16201", [2, 3], NoticeState.ENDED) == 2
        assert change_notices.settle(tx, "16201", [2, 3], NoticeState.WITHOUT_CERTIFICATE) == 0
    with database.reading() as tx:
        assert change_notices.waiting(tx, NoticeState.WAITING).since == AT - timedelta(hours=1)
        assert change_notices.waiting(tx, NoticeState.APPLICATION_OPEN).count == 1
        counted = change_notices.counts(tx, "16201", AT, AT + timedelta(days=1))
        nothing = change_notices.counts(tx, "16201", AT - timedelta(days=1), AT)
    assert counted.of == {NoticeState.APPLICATION_OPEN: 1, NoticeState.ENDED: 2}
    assert (counted.first, counted.last, counted.received, counted.missing) == (1, 3, 3, 0)
    assert (nothing.first, nothing.last, nothing.received, nothing.missing) == (0, 0, 0, 0)


def test_a_ca_that_was_brought_back_is_told_that_a_notice_ended_a_certificate(
    database: Database,
) -> None:
    """Not that its holder wished it: lists would say so."""
    by_notice, at_window = new(1), new(2)
    with database.transaction() as tx:
        for number, one in enumerate((by_notice, at_window), 1):
            issue(tx, one, number=number)
            assert applications.end_life(tx, one.application_id, AT)
        receipts.keep(tx, by_notice.application_id, receipt("RevokeChangedCertificate"))
        receipts.keep(tx, at_window.application_id, receipt("RevokeCertificate"))
    with database.reading() as tx:
        told = handed_over.revoked_since(
            tx,
            AT,
            act="revocation.requested",
            by_notice="RevokeChangedCertificate",
            left_out=lambda one: pytest.fail(str(one)),
        )
        causes = {one.serial: one.cause for one in told}
    assert causes == {
        issued(1).serial: RevocationCause.CHANGE_NOTICE,
        issued(2).serial: RevocationCause.USER_WISH,
    }


def receipt(method: str) -> KeptReceipt:
    return KeptReceipt(
        statement=Receipt(
            service="ca",
            method=method,
            caller="spiffe://openjpki.example/registration/16",
            request_id=str(uuid.uuid4()),
            request_sha256=bytes(32),
            result_sha256=bytes(32),
            made_at=AT,
        ),
        public_key=b"key",
        signature=b"signature",
    )


def test_links_mean_whoever_applied_in_their_municipality(database: Database) -> None:
    first, second = new(1), new(2)
    with database.transaction() as tx:
        applications.add(tx, first)
        applications.add(tx, second)
        register_links.add(tx, "16201", link(1), first.person_reference)
        register_links.add(tx, "16201", link(1), first.person_reference)
    with database.reading() as tx:
        links = [link(1), link(2)]
        assert register_links.persons(tx, "16201", links) == {link(1): first.person_reference}
        assert register_links.persons(tx, "16202", links) == {}
        assert register_links.unlinked(tx) == {"16201": {second.person_reference}}
        assert register_links.count_unlinked(tx, "16201") == 0
