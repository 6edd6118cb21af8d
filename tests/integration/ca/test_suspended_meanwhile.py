"""An officer is suspended while an act that counts what they signed waits: the one is durable
before the other begins. On PostgreSQL, where several write at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from openjpki.api.ca.v1 import ca_pb2_grpc
from openjpki.domain.officers import KeyState, Officer
from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.ca.tables import evidence
from openjpki.storage.kernel.tables import SegmentState, journal_segments
from openjpki.storage.officers import keys as officer_keys
from tests.support.ca_service import TOYAMA, issue_request, revoke_request, running_ca
from tests.support.lock_waits import waits_for
from tests.support.officers import Register
from tests.support.waiting import wait_until
from tests.support.window_officers import window_officer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openjpki.storage.kernel.transaction import Transaction
    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa

ASKS, DECIDES = (
    Officer.parse(window_officer("16201", account)) for account in ("officer-1", "officer-2")
)


def hold_journal(tx: Transaction) -> None:
    """What an authority's writers queue for last, before they commit."""
    tx.connection.execute(
        select(journal_segments.c.segment)
        .where(
            journal_segments.c.stream == TOYAMA,
            journal_segments.c.retention == RetentionClass.USER_CERTIFICATES.value,
            journal_segments.c.state == SegmentState.OPEN.value,
        )
        .with_for_update()
    ).one()


class Suspending:
    """What had been kept by then of what officers signed, each time that one was suspended."""

    def __init__(self) -> None:
        self.ca: RunningCa | None = None
        self.found: list[int] = []

    def __call__(self, step: str) -> None:
        if step == "officer suspended" and self.ca is not None:
            self.found.append(kept(self.ca))


@pytest.fixture
def suspending() -> Suspending:
    return Suspending()


@pytest.fixture
def ca(tmp_path: Path, postgres_url: str, suspending: Suspending) -> Iterator[RunningCa]:
    with running_ca(tmp_path, postgres_url, checkpoint=suspending) as running:
        # What waits for a lock is one of the test's calls: no task of the service's own.
        running.service.jobs.stop()
        suspending.ca = running
        yield running


def calls(ca: RunningCa) -> ca_pb2_grpc.CertificateServiceStub:
    return ca_pb2_grpc.CertificateServiceStub(ca.channel(PeerRole.REGISTRATION, retries=False))


def kept(ca: RunningCa) -> int:
    with ca.service.ca.database.reading() as tx:
        return len(tx.connection.execute(select(evidence.c.serial)).all())


def counts(ca: RunningCa, officer: Officer) -> bool:
    with ca.service.ca.database.reading() as tx:
        return {one.key.state for one in officer_keys.of_officer(tx, officer)} == {
            KeyState.ENROLLED
        }


@pytest.mark.requirement("R9.2.1", refuses=True)
@pytest.mark.parametrize("act", ["issuance", "revocation"])
def test_a_suspension_waits_for_what_counted_the_officer_and_is_seen_by_what_follows(
    ca: RunningCa, suspending: Suspending, keys: Keys, act: str
) -> None:
    database, register = ca.service.ca.database, Register("ca", ca.channel)
    # The first has the segment be there.
    calls(ca).IssueCertificate(issue_request(keys[0], person="nobody"))
    by_them = [issue_request(key, person=str(number)) for number, key in enumerate(keys[1:3])]
    first: Callable[[], object]
    second: Callable[[], object]
    if act == "issuance":
        officer = DECIDES
        first, second = (partial(calls(ca).IssueCertificate, one) for one in by_them)
    else:
        officer = ASKS
        serials = [calls(ca).IssueCertificate(one).serial for one in by_them]
        first, second = (
            partial(calls(ca).RevokeCertificate, revoke_request(one)) for one in serials
        )
    before = kept(ca)
    with ThreadPoolExecutor(3) as pool:
        with database.transaction() as tx:
            hold_journal(tx)
            under_way = pool.submit(first)
            wait_until(lambda: waits_for(database, "transactionid") == 1)
            suspended = pool.submit(register.revoke, officer)
            wait_until(lambda: waits_for(database, "advisory") == 1)
            later = pool.submit(second)
            wait_until(lambda: waits_for(database, "advisory") == 2)
            assert counts(ca, officer)
        under_way.result(60)
        suspended.result(60)
        with pytest.raises(OpenJpkiError) as refusal:
            later.result(60)
    assert refusal.value.reason is Reason.OFFICER_REVOKED
    assert not counts(ca, officer)
    # When the suspension was durable, so was all that counted the officer; and nothing came after.
    assert suspending.found == [before + 1]
    assert kept(ca) == before + 1
