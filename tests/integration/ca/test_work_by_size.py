"""What ca does for a call and in its tasks beside few certificates, and beside many: no more.

Counted in instructions of SQLite's machine, as :mod:`tests.support.work` says: times would say how
busy the machine is.
"""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from openjpki.domain.authority import AuthorityId
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.issuance import conversions
from openjpki.services.ca.issuance.get_certificate import get_certificate
from openjpki.services.ca.issuance.issue_user import issue_user
from openjpki.services.ca.issuance.recovery import take_up_intents
from openjpki.services.ca.revocation.conversions import revocation_order
from openjpki.services.ca.revocation.revoke_certificate import revoke_certificate
from openjpki.storage.ca import feed, lists
from openjpki.storage.ca.kinds import AUTHORITY_PARTITION
from openjpki.storage.ca.tables import revocations
from openjpki.storage.kernel.requests import RequestKey
from openjpki_devkit.bench.filling import fill
from tests.support.ca_service import TOYAMA, issue_request, revoke_request, running_ca
from tests.support.work import counting

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

    from openjpki.services.ca.context import CaContext
    from openjpki.storage.kernel.transaction import Reading
    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa
    from tests.support.work import Work

AUTHORITY = AuthorityId.parse(TOYAMA)
FEW, MANY = 200, 5_000
BRANCHES = 9
"""Instructions more or less by what a value happens to be."""
EVERYTHING: Any = SimpleNamespace(everything=True)
AT_WINDOW: Any = SimpleNamespace(role=PeerRole.REGISTRATION)


def issue(ca: CaContext, key: Keys, number: int) -> bytes:
    request = issue_request(key[number], person=str(number))
    return issue_user(ca, conversions.user_order(request, ca.clock.now()), request_key()).serial


def revoke(ca: CaContext, serial: bytes) -> None:
    order = revocation_order(revoke_request(serial), AT_WINDOW)
    revoke_certificate(ca, order, EVERYTHING, request_key())


def request_key() -> RequestKey:
    return RequestKey("method", "caller", str(uuid.uuid4()), bytes(32))


def reads(ca: CaContext, tx: Reading) -> None:
    """What a replica that follows is sent, and what a page of lists is made of."""
    position = feed.position(tx, AUTHORITY)
    assert position is not None
    feed.events_after(tx, AUTHORITY, position.head - 2, 100)
    lists.newest_of_all(tx, AUTHORITY)
    lists.unpublished(tx)


def done(running: RunningCa, work: Work, keys: Keys) -> dict[str, Counter[str]]:
    """Everything that ca does, by what it is called."""
    ca = running.service.ca
    # Whoever is first under a lease counts what was issued in the last day.
    serials = [issue(ca, keys, number) for number in (2, 3)]
    found = {
        "issue": work.of(lambda: issue(ca, keys, 4)),
        "revoke": work.of(lambda: revoke(ca, serials[0])),
        "get": work.of(lambda: get_certificate(ca, AUTHORITY, serials[1], EVERYTHING)),
        "list": work.of(lambda: running.service.publisher.publish(AUTHORITY, AUTHORITY_PARTITION)),
    }
    with ca.database.reading() as tx:
        found["read"] = work.of(lambda: reads(ca, tx))
    with ca.fence.writing(AUTHORITY) as writer:
        found["take up"] = work.of(lambda: take_up_intents(ca, AUTHORITY, writer))
    found["tasks"] = work.of(running.service.jobs.once)
    with ca.database.reading() as tx:
        counted = select(func.count()).where(revocations.c.cause == "USER_WISH")
        found["a scan"] = work.of(lambda: tx.connection.execute(counted).scalar())
    return found


def measured(folder: Path, count: int, keys: Keys) -> dict[str, Counter[str]]:
    folder.mkdir()
    path = folder / "ca.db"
    with running_ca(folder, f"sqlite:///{path}") as running:
        ca = running.service.ca
        _, ended = (issue(ca, keys, number) for number in range(2))
        revoke(ca, ended)
        # What is made of every scope once is there before anything is counted; of some more often.
        running.service.publisher.publish_due()
        for _ in range(count // 100):
            running.service.publisher.publish(AUTHORITY, AUTHORITY_PARTITION)
    fill(path, AUTHORITY, count, lambda _: None)
    with counting() as work, running_ca(folder, f"sqlite:///{path}") as running:
        return done(running, work, keys)


def test_no_call_and_no_task_does_more_where_there_are_more_certificates(
    tmp_path: Path, keys: Keys
) -> None:
    few = measured(tmp_path / "few", FEW, keys)
    many = measured(tmp_path / "many", MANY, keys)
    # That it would show.
    assert (many.pop("a scan") - few.pop("a scan")).total() > (MANY - FEW) / 20
    for name, counted in many.items():
        assert counted.total() <= few[name].total() + BRANCHES, f"{name}: {counted - few[name]}"
