"""The feed breaks: nothing is lost or taken twice, and nothing stale is called good."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from sqlalchemy import delete, update

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.config.ca import CaPart
from openjpki.domain.authority import AuthorityId
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.domain.policy import RevocationCause, RevocationReason
from openjpki.domain.status_event import NewEvent
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import certificates, entering, feed
from openjpki.storage.ca.tables import feed_events, feeds
from openjpki.telemetry.metrics import REGISTRY
from tests.faults.ocsp.conftest import FRESHNESS, STALENESS, KilledCa, told
from tests.support.ca_service import (
    TOYAMA,
    issue_request,
    person_key,
    running_ca,
)
from tests.support.mesh import SettableClock
from tests.support.ocsp_service import Pair, RunningOcsp, revocation, running_ocsp, until
from tests.support.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from openjpki.services.ocsp.status.statuses import Position
    from openjpki.storage.kernel.transaction import Transaction
    from tests.faults.ocsp.conftest import Apart

GOOD = revocation_pb2.CERTIFICATE_STATUS_GOOD
REVOKED = revocation_pb2.CERTIFICATE_STATUS_REVOKED


def asked(replica: RunningOcsp, serial: bytes) -> ocsp_pb2.CheckResponse:
    return replica.status().Check(ocsp_pb2.CheckRequest(authority_id=TOYAMA, serial=serial))


def not_ready(replica: RunningOcsp, serial: bytes) -> bool:
    try:
        asked(replica, serial)
    except OpenJpkiError as error:
        assert error.reason is Reason.FEED_NOT_READY  # noqa: PT017
        return True
    return False


def http_status(replica: RunningOcsp, certificate: bytes, issuer: bytes) -> ocsp.OCSPResponse:
    der = (
        ocsp.OCSPRequestBuilder()
        .add_certificate(
            x509.load_der_x509_certificate(certificate),
            x509.load_der_x509_certificate(issuer),
            hashes.SHA256(),
        )
        .build()
        .public_bytes(serialization.Encoding.DER)
    )
    return ocsp.load_der_ocsp_response(replica.post(der))


def is_good(running: RunningOcsp, serial: bytes) -> bool:
    return told(running, serial) == GOOD


def position_of(replica: RunningOcsp) -> Position:
    position = replica.service.ocsp.statuses.require(AuthorityId.parse(TOYAMA)).position
    assert position is not None
    return position


def index_of(replica: RunningOcsp) -> object:
    return position_of(replica).index


@pytest.mark.requirement("R4.1.1")
def test_what_happened_meanwhile_comes_after_the_break(apart: Apart) -> None:
    issued = [apart.issue() for _ in range(4)]
    serials = [one.serial for one in issued]
    until(lambda: told(apart.ocsp, serials[-1]) == GOOD)
    index = index_of(apart.ocsp)
    apart.relay.cut()
    for serial in serials[:2]:
        apart.revoke(serial)
    late = apart.issue().serial
    # Never a stale good: as soon as the feed is older than what is allowed, there is no answer.
    until(lambda: not_ready(apart.ocsp, serials[0]))
    # And no sooner: the bound counts from whole seconds.
    heard_of = position_of(apart.ocsp).as_of
    assert datetime.now(UTC) - heard_of >= timedelta(seconds=STALENESS - 1)
    answer = http_status(apart.ocsp, issued[0].certificate, issued[0].authority_certificate)
    assert answer.response_status is ocsp.OCSPResponseStatus.TRY_LATER
    apart.relay.restore()
    assert [until(partial(told, apart.ocsp, one)) for one in (*serials, late)] == [
        REVOKED,
        REVOKED,
        GOOD,
        GOOD,
        GOOD,
    ]
    # Resumed from the position, not begun anew.
    assert index_of(apart.ocsp) is index


@pytest.mark.requirement("R4.1.1")
def test_a_position_that_is_gone_means_a_new_snapshot(apart: Apart) -> None:
    serial = apart.issue().serial
    until(lambda: told(apart.ocsp, serial) == GOOD)
    index = index_of(apart.ocsp)
    apart.relay.cut()
    last = apart.revoke(serial).sequence
    with apart.ca.service.ca.database.transaction() as tx:
        feed.drop_events(tx, AuthorityId.parse(TOYAMA), last)
    apart.relay.restore()
    until(lambda: told(apart.ocsp, serial) == REVOKED)
    assert index_of(apart.ocsp) is not index
    # And it goes on from there.
    other = apart.issue().serial
    until(lambda: told(apart.ocsp, other) == GOOD)


def changed(tx: Transaction, sequence: int) -> None:
    """The feed says that the certificate was issued, once more."""
    tx.connection.execute(
        update(feed_events)
        .where(feed_events.c.sequence == sequence)
        .values(status=int(CertificateStatus.GOOD), reason_code=0)
    )


def lost(tx: Transaction, sequence: int) -> None:
    """The event is gone, and the one after it has its number."""
    events, of_feed = feed_events.c, feeds.c.authority_id == AuthorityId.parse(TOYAMA)
    found = certificates.get(tx, AuthorityId.parse(TOYAMA), serial_of(tx, sequence))
    assert found is not None
    feed.append(
        tx,
        found.authority_id,
        NewEvent(
            serial=b"\x07",
            generation=found.generation,
            not_after=found.not_after,
            status=CertificateStatus.GOOD,
            at=found.issued_at,
        ),
    )
    tx.connection.execute(delete(feed_events).where(events.sequence == sequence))
    tx.connection.execute(
        update(feed_events).where(events.sequence == sequence + 1).values(sequence=sequence)
    )
    tx.connection.execute(update(feeds).where(of_feed).values(head=sequence, digest_of=sequence))


def serial_of(tx: Transaction, sequence: int) -> bytes:
    (event,) = feed.events_after(tx, AuthorityId.parse(TOYAMA), sequence - 1, 1)
    return event.serial


def differences() -> float:
    labels = {"authority": TOYAMA}
    return REGISTRY.get_sample_value("openjpki_feed_differs_total", labels) or 0.0


@pytest.mark.requirement("R4.1.1")
@pytest.mark.parametrize("wrong", [changed, lost])
def test_a_revocation_that_was_not_told_is_noticed_and_a_snapshot_has_it(
    apart: Apart, wrong: Callable[[Transaction, int], None]
) -> None:
    serial = apart.issue().serial
    until(lambda: told(apart.ocsp, serial) == GOOD)
    index, before = index_of(apart.ocsp), differences()

    def end(tx: Transaction) -> None:
        found = certificates.get(tx, AuthorityId.parse(TOYAMA), serial)
        assert found is not None
        sequence = entering.enter_revocation(
            tx,
            found,
            cause=RevocationCause.KEY_COMPROMISE.value,
            reason=RevocationReason.KEY_COMPROMISE,
            revoked_at=datetime.now(UTC).replace(microsecond=0),
        )
        assert sequence is not None
        # Together with it: nobody reads the feed in between.
        wrong(tx, sequence)

    apart.ca.service.ca.database.run(end)
    until(lambda: told(apart.ocsp, serial) == REVOKED)
    assert index_of(apart.ocsp) is not index
    assert differences() == before + 1
    # And it goes on from there.
    other = apart.issue().serial
    until(lambda: told(apart.ocsp, other) == GOOD)
    apart.revoke(other)
    until(lambda: told(apart.ocsp, other) == REVOKED)
    assert differences() == before + 1


@pytest.mark.requirement("R4.1.1")
def test_a_feed_that_was_brought_back_and_grew_on_is_noticed(apart: Apart) -> None:
    """Its newest number is past the replica's, so numbers alone would say nothing."""
    authority_id = AuthorityId.parse(TOYAMA)
    until(partial(is_good, apart.ocsp, apart.issue().serial))
    with apart.ca.service.ca.database.reading() as tx:
        kept = feed.position(tx, authority_id)
    assert kept is not None
    until(partial(is_good, apart.ocsp, apart.issue().serial))
    index, before = index_of(apart.ocsp), differences()

    def bring_back(tx: Transaction) -> None:
        tx.connection.execute(delete(feed_events).where(feed_events.c.sequence > kept.head))
        row = {"head": kept.head, "digest": kept.digest, "digest_of": kept.head}
        of_feed = feeds.c.authority_id == authority_id
        tx.connection.execute(update(feeds).where(of_feed).values(row))
        at = datetime.now(UTC).replace(microsecond=0)
        for serial in (b"\x07", b"\x08"):
            event = NewEvent(
                serial=serial,
                generation=1,
                not_after=at + timedelta(days=1),
                status=CertificateStatus.GOOD,
                at=at,
            )
            feed.append(tx, authority_id, event)

    apart.ca.service.ca.database.run(bring_back)
    until(lambda: index_of(apart.ocsp) is not index)
    assert differences() == before + 1
    until(partial(is_good, apart.ocsp, apart.issue().serial))
    assert differences() == before + 1


@pytest.mark.requirement("R4.1.1")
def test_away_for_longer_than_events_are_kept(tmp_path: Path) -> None:
    """The ca drops them by itself; who was away takes a snapshot, and so does a new replica."""
    clock, part = SettableClock(), CaPart(events_kept=3600)
    (tmp_path / "ca").mkdir()
    url = f"sqlite:///{tmp_path / 'ca.db'}"
    with running_ca(tmp_path / "ca", url, clock=clock, ca=part) as ca:
        relay = Relay(ca.service.server.port)

        def replica(name: str, target: str) -> AbstractContextManager[RunningOcsp]:
            (tmp_path / name).mkdir()
            own = f"sqlite:///{tmp_path / name / 'ocsp.db'}"
            return running_ocsp(
                tmp_path / name,
                own,
                ca.mesh,
                target,
                ca_url=url,
                freshness=FRESHNESS,
                max_staleness=STALENESS,
                # Time passes for all: a certificate that begins later than now is none yet.
                clock=clock,
            )

        with replica("late", f"127.0.0.1:{relay.port}") as late:
            late.register()
            pair = Pair(ca, late)
            first, second = pair.issue(), pair.issue()
            until(lambda: told(late, second.serial) == GOOD)
            index = index_of(late)
            relay.cut()
            pair.revoke(first.serial)
            clock.offset = timedelta(seconds=part.events_kept + 60)
            pair.revoke(second.serial)
            ca.service.jobs.once()
            with ca.service.ca.database.reading() as tx:
                # The last is left. Of those gone, one is not known to the replica.
                assert feed.position(tx, AuthorityId.parse(TOYAMA)) == feed.Position(5, 4)
            until(lambda: not_ready(late, first.serial))
            relay.restore()
            answers = [until(partial(told, late, one.serial)) for one in (first, second)]
            assert answers == [REVOKED] * 2
            assert index_of(late) is not index
            with replica("new", f"127.0.0.1:{ca.service.server.port}") as new:
                new.register()
                assert asked(new, first.serial).status == REVOKED
                third = pair.issue()
                for one in (late, new):
                    until(partial(is_good, one, third.serial))
        relay.close()


@pytest.mark.requirement("R4.1.1")
def test_a_connection_that_died_silently_is_given_up(apart: Apart) -> None:
    serial = apart.issue().serial
    until(lambda: told(apart.ocsp, serial) == GOOD)
    index = index_of(apart.ocsp)
    apart.relay.fall_silent()
    until(lambda: not_ready(apart.ocsp, serial))
    apart.revoke(serial)
    # Nobody hangs up; keep-alive would take most of a minute to notice.
    until(lambda: told(apart.ocsp, serial) == REVOKED, 30)
    assert index_of(apart.ocsp) is index


def test_a_watcher_is_told_that_the_feed_is_old(apart: Apart) -> None:
    serial = apart.issue().serial
    request = ocsp_pb2.WatchRequest(authority_id=TOYAMA, serials=[serial])

    def watching() -> Iterator[ocsp_pb2.WatchResponse] | None:
        """A stream that has told that it is good, once the feed is in time."""
        opened: Iterator[ocsp_pb2.WatchResponse] = apart.ocsp.status().Watch(request)
        try:
            return opened if next(opened).status.status == GOOD else None
        except OpenJpkiError as error:
            assert error.reason is Reason.FEED_NOT_READY  # noqa: PT017
            return None

    stream = until(watching)
    apart.relay.cut()
    with pytest.raises(OpenJpkiError) as refusal:
        next(stream)
    assert refusal.value.reason is Reason.FEED_NOT_READY


@pytest.mark.requirement("R4.1.1")
def test_ca_killed_and_started_again(killed: KilledCa, tmp_path: Path) -> None:
    first = killed.live()
    url = f"sqlite:///{tmp_path / 'ocsp.db'}"
    with running_ocsp(
        tmp_path,
        url,
        killed.mesh,
        f"127.0.0.1:{killed.port}",
        ca_url=killed.ca_url,
        freshness=FRESHNESS,
        max_staleness=STALENESS,
    ) as replica:
        replica.register(networks=("127.0.0.0/8",))
        issued = killed.certificates().IssueCertificate(issue_request(person_key()))
        until(lambda: told(replica, issued.serial) == GOOD)
        index = index_of(replica)
        first.kill()
        until(lambda: not_ready(replica, issued.serial))
        second = killed.live()
        killed.certificates().RevokeCertificate(revocation(issued.serial))
        until(lambda: told(replica, issued.serial) == REVOKED)
        assert index_of(replica) is index
        other = killed.certificates().IssueCertificate(issue_request(person_key(), person="other"))
        until(lambda: told(replica, other.serial) == GOOD)
        # A ca that hangs is no better than one that is gone.
        pid = second._process.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        try:
            until(lambda: not_ready(replica, other.serial))
            assert asked(replica, issued.serial).status == REVOKED
        finally:
            os.kill(pid, signal.SIGCONT)
        until(lambda: not not_ready(replica, other.serial))


@pytest.mark.requirement("R4.1.1")
def test_replica_starts_before_ca_and_again_from_the_snapshot(
    killed: KilledCa, tmp_path: Path
) -> None:
    url, target = f"sqlite:///{tmp_path / 'ocsp.db'}", f"127.0.0.1:{killed.port}"
    with running_ocsp(
        tmp_path, url, killed.mesh, target, wait=False, ca_url=killed.ca_url
    ) as replica:
        replica.register(networks=("127.0.0.0/8",))
        assert not replica.ready
        assert not_ready(replica, b"\x01")
        killed.live()
        until(lambda: replica.ready)
        stub = killed.certificates()
        issued = [
            stub.IssueCertificate(issue_request(person_key(), person=person))
            for person in ("one", "two")
        ]
        stub.RevokeCertificate(revocation(issued[0].serial))
        until(lambda: asked(replica, issued[0].serial).status == REVOKED)
        answer = http_status(replica, issued[1].certificate, issued[1].authority_certificate)
        (before,) = answer.certificates
    # The registry and the responder's key are kept, the status comes anew from the snapshot.
    with running_ocsp(tmp_path, url, killed.mesh, target, ca_url=killed.ca_url) as replica:
        assert asked(replica, issued[0].serial).status == REVOKED
        assert asked(replica, issued[1].serial).status == GOOD
        answer = http_status(replica, issued[1].certificate, issued[1].authority_certificate)
        assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
        (after,) = answer.certificates
        assert after.public_key() == before.public_key()
