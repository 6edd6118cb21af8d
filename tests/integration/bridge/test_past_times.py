"""A question about a time that has passed is answered with the evidence of that time."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from prometheus_client import generate_latest

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.bridge.v1.bridge_pb2_grpc import PoolServiceStub
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.bridge.pool.dispose_lists import dispose_lists
from openjpki.storage.bridge import authority_lists, pool, pool_lists
from openjpki.storage.kernel import journal_time
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.telemetry.metrics import REGISTRY
from tests.integration.bridge.test_revoking_crosses import FROM, TO, governors_cross
from tests.integration.bridge.test_unreadable_elements import as_officer, removal, service_of
from tests.support.ca_service import TOYAMA
from tests.support.foreign_authorities import TO_MINISTRY
from tests.support.kept_lists import kept_list
from tests.support.mesh import SettableClock

if TYPE_CHECKING:
    from openjpki.storage.kernel.transaction import Transaction
    from tests.integration.bridge.conftest import Abroad
    from tests.support.bridge_service import RunningBridge
    from tests.support.ca_service import RunningCa

BROKEN = b"\x30\x03\x02\x01\x02"


def now() -> Timestamp:
    stamp = Timestamp()
    stamp.FromSeconds(int(time.time()))
    return stamp


# CLOCK_REALTIME_COARSE: the clock of time(2), which openssl dates by; some milliseconds behind.
_CLOCK_OF_PROGRAMS = 5


def next_second() -> None:
    """Evidence counts in whole seconds: what comes after is of another one, for openssl too."""
    begun = int(time.clock_gettime(_CLOCK_OF_PROGRAMS))
    while int(time.clock_gettime(_CLOCK_OF_PROGRAMS)) == begun:
        time.sleep(0.02)


def reasons(answer: pb.ValidateResponse) -> list[int]:
    return [one.reason for one in answer.refusals]


@pytest.mark.requirement("R4.5")
def test_a_certificate_that_was_revoked_later_is_valid_before(
    fresh_bridge: RunningBridge, abroad: Abroad
) -> None:
    bridge = fresh_bridge
    bridge.with_governor(TOYAMA)
    bridge.with_foreign(abroad.partner_id, abroad.government)
    to_ministry = abroad.government.cross_certify(
        abroad.ministry.certification_request(), [TO_MINISTRY], "to-ministry"
    )
    bridge.submit(abroad.partner_id, to_ministry)
    of_that_time = abroad.ministry.revocation_list()
    bridge.submit_list(abroad.partner_id, abroad.government.revocation_list())
    bridge.submit_list(abroad.partner_id, of_that_time)
    next_second()
    before = now()
    assert bridge.validate(abroad.official, at=before).valid
    next_second()
    abroad.ministry.revoke(abroad.official_pem)
    bridge.submit_list(abroad.partner_id, abroad.ministry.revocation_list())
    next_second()
    assert reasons(bridge.validate(abroad.official)) == [pb.REFUSAL_REASON_REVOKED]
    then = bridge.validate(abroad.official, at=before)
    assert then.valid
    # The list of that time, which is still to be had, and by its hash.
    used = [sha256 for one in then.evidence for sha256 in one.revocation_lists]
    sha256 = hashlib.sha256(of_that_time).digest()
    assert sha256 in used
    assert of_that_time not in bridge.list_pool().revocation_lists
    stub = PoolServiceStub(bridge.channel(PeerRole.VERIFIER, "tax-office"))
    pieces = stub.DownloadPoolElement(pb.DownloadPoolElementRequest(sha256=sha256))
    assert b"".join(one.chunk for one in pieces) == of_that_time
    officer = as_officer(bridge)
    kept = officer.ListPoolElements(pb.ListPoolElementsRequest(at=before)).elements
    assert sha256 in {one.sha256 for one in kept}
    kept = officer.ListPoolElements(pb.ListPoolElementsRequest()).elements
    assert sha256 not in {one.sha256 for one in kept}
    # Whoever takes it out takes that time's answer with it, and nothing else.
    officer.RemovePoolElement(removal(sha256))
    unknown = [pb.REFUSAL_REASON_REVOCATION_UNKNOWN]
    assert reasons(bridge.validate(abroad.official, at=before)) == unknown
    assert reasons(bridge.validate(abroad.official)) == [pb.REFUSAL_REASON_REVOKED]


def test_a_cross_certificate_that_was_ended_later_is_valid_before(
    fresh_bridge: RunningBridge, abroad: Abroad
) -> None:
    bridge = fresh_bridge
    bridge.register(TOYAMA)
    crossed, _ = [governors_cross(bridge, each) for each in (FROM, TO)]
    bridge.with_foreign(abroad.partner_id, abroad.government)
    abroad.submit_all(bridge)
    next_second()
    before = now()
    assert bridge.validate(abroad.official, at=before).valid
    next_second()
    bridge.propose_end(crossed)
    bridge.approve_end(crossed)
    next_second()
    assert reasons(bridge.validate(abroad.official)) == [pb.REFUSAL_REASON_REVOKED]
    assert bridge.validate(abroad.official, at=before).valid


@pytest.mark.requirement("R4.5", refuses=True)
def test_no_older_list_takes_the_place_of_one_that_was_taken_out(
    fresh_bridge: RunningBridge, abroad: Abroad
) -> None:
    """It says "good" of whom the other one had revoked. That goes for now, for past times, and for
    what the partner hands in."""
    bridge, partner = fresh_bridge, abroad.partner_id
    bridge.with_governor(TOYAMA)
    bridge.with_foreign(partner, abroad.government)
    older = abroad.ministry.revocation_list()
    abroad.submit_all(bridge)
    next_second()
    before = now()
    assert bridge.validate(abroad.official, at=before).valid
    next_second()
    abroad.ministry.revoke(abroad.official_pem)
    revoking = abroad.ministry.revocation_list()
    bridge.submit_list(partner, revoking)
    next_second()
    after = now()
    revoked = [pb.REFUSAL_REASON_REVOKED]
    unknown = [pb.REFUSAL_REASON_REVOCATION_UNKNOWN]
    assert reasons(bridge.validate(abroad.official, at=after)) == revoked
    as_officer(bridge).RemovePoolElement(removal(hashlib.sha256(revoking).digest()))
    next_second()
    assert reasons(bridge.validate(abroad.official)) == unknown
    assert reasons(bridge.validate(abroad.official, at=after)) == unknown
    assert bridge.validate(abroad.official, at=before).valid
    with pytest.raises(OpenJpkiError) as refusal:
        bridge.submit_list(partner, older)
    assert refusal.value.reason is Reason.CRL_REFUSED
    # With a successor the times after it have an answer again, those before it none.
    bridge.submit_list(partner, abroad.ministry.revocation_list())
    next_second()
    assert reasons(bridge.validate(abroad.official)) == revoked
    assert reasons(bridge.validate(abroad.official, at=after)) == unknown
    # The one that was taken out is newer than nothing any more; what it said is known again only
    # where it comes before its successor.
    with pytest.raises(OpenJpkiError) as refusal:
        bridge.submit_list(partner, revoking)
    assert refusal.value.reason is Reason.CRL_REFUSED


def test_a_list_that_was_taken_out_may_come_again(
    fresh_bridge: RunningBridge, abroad: Abroad
) -> None:
    bridge = fresh_bridge
    bridge.with_governor(TOYAMA)
    bridge.with_foreign(abroad.partner_id, abroad.government)
    abroad.submit_all(bridge)
    newest = abroad.ministry.revocation_list()
    bridge.submit_list(abroad.partner_id, newest)
    next_second()
    taken = now()
    as_officer(bridge).RemovePoolElement(removal(hashlib.sha256(newest).digest()))
    assert not bridge.validate(abroad.official).valid
    bridge.submit_list(abroad.partner_id, newest)
    next_second()
    assert bridge.validate(abroad.official).valid
    assert bridge.validate(abroad.official, at=taken).valid


def test_before_any_list_there_is_none(bridge: RunningBridge, abroad: Abroad) -> None:
    bridge.with_foreign(abroad.partner_id, abroad.government)
    abroad.submit_all(bridge)
    long_ago = Timestamp()
    long_ago.FromDatetime(datetime.now(UTC) - timedelta(seconds=3600))
    assert not bridge.validate(abroad.official, at=long_ago).valid


def test_a_large_list_is_read_once(bridge: RunningBridge, abroad: Abroad) -> None:
    """Neither by the next call, nor when something else of the pool changes."""
    bridge.with_foreign(abroad.partner_id, abroad.government)
    abroad.submit_all(bridge)
    assert bridge.validate(abroad.official).valid
    material = service_of(bridge).material
    first = material.current()
    bridge.submit_list(abroad.partner_id, abroad.government.revocation_list())
    assert bridge.validate(abroad.official).valid
    second = material.current()
    assert second.version > first.version
    same = {id(one) for one in first.lists} & {id(one) for one in second.lists}
    assert len(same) == len(first.lists) - 1


def test_one_superseded_list_that_cannot_be_read_leaves_the_others(
    bridge: RunningBridge, abroad: Abroad
) -> None:
    bridge.with_foreign(abroad.partner_id, abroad.government)
    abroad.submit_all(bridge)
    next_second()
    before = now()
    next_second()
    bridge.submit_list(abroad.partner_id, abroad.ministry.revocation_list())
    at = datetime.now(UTC) - timedelta(days=1)

    def poison(tx: Transaction) -> None:
        pool.changing(tx)
        # Superseded: another list is the newest of its issuer and scope.
        pool_lists.keep(tx, kept_list(BROKEN, at, issuer=b"x" * 32), BROKEN)
        later = kept_list(b"later", at + timedelta(days=2), issuer=b"x" * 32)
        pool_lists.keep(tx, later, b"later")
        pool_lists.remove(tx, later.sha256)

    service_of(bridge).bridge.database.run(poison)
    assert bridge.validate(abroad.official, at=before).valid
    counted = 'openjpki_pool_unreadable_elements{kind="revocation_list"} '
    assert counted + "1.0" in generate_latest(REGISTRY).decode()
    officer = as_officer(bridge)
    asked = pb.ListPoolElementsRequest(unreadable_only=True, at=before)
    (bad,) = officer.ListPoolElements(asked).elements
    assert bad.sha256 == hashlib.sha256(BROKEN).digest()
    assert bad.fault
    officer.RemovePoolElement(removal(bad.sha256))
    assert bridge.validate(abroad.official, at=before).valid
    assert counted + "0.0" in generate_latest(REGISTRY).decode()


def test_lists_go_when_their_period_is_over(fresh_bridge: RunningBridge) -> None:
    """Ten years after the end of the last certificate that they can speak of, not before."""
    service = service_of(fresh_bridge)
    service.jobs.stop()
    context = service.bridge
    at = datetime.now(UTC) - timedelta(days=1)
    lists = [kept_list(b"%d" % number, at, number=number) for number in range(3)]

    def keep(tx: Transaction) -> None:
        for one in lists:
            pool_lists.keep(tx, one, b"%d" % one.number)

    context.database.run(keep)

    def left(days: int, *, passed: bool = True) -> list[int]:
        """After so many days by the clock, and by what passed."""
        clock = SettableClock()
        clock.offset = timedelta(days=days)
        if passed:
            with context.database.transaction() as tx:
                journal_time.take(tx, clock.now())
                journal_time.put(tx, clock.now())
        dispose_lists(replace(context, clock=clock))
        with context.database.reading() as tx:
            return [one.number for one in lists if pool_lists.find(tx, one.sha256)]

    year = 365
    assert left(10 * year) == [0, 1, 2]
    # A clock that is wrong disposes of nothing.
    assert left(12 * year, passed=False) == [0, 1, 2]
    # The newest stays for as long as nothing has superseded it.
    assert left(12 * year) == [2]
    with context.database.reading() as tx:
        acts = [one for one in SqlJournal().read_all(tx, "bridge") if "disposed" in one.act]
        assert [one.details["count"] for one in acts if one.act == "pool.lists_disposed"] == [2]
        assert authority_lists.newest(tx, 1) is not None


def test_governors_superseded_lists_are_kept(bridge: RunningBridge, ca: RunningCa) -> None:
    service = service_of(bridge)
    with service.bridge.database.reading() as tx:
        before = {one.sha256 for one in pool_lists.newest(tx) if one.partner_id is None}
    ca.service.publisher.publish_authority(AuthorityId.parse(TOYAMA))
    service.refresher.look()
    with service.bridge.database.reading() as tx:
        after = {one.sha256 for one in pool_lists.newest(tx) if one.partner_id is None}
        (superseded,) = before - after
        assert pool_lists.find(tx, superseded) is not None
