"""A clock that is wrong for a minute, thirty days ahead or behind, and then right again: what was
made meanwhile keeps nothing from being made afterwards, and ends nothing early."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from sqlalchemy import text

from openjpki.config.clock import SystemClock
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.ca import feed, lists
from openjpki.telemetry.metrics import REGISTRY
from openjpki_devkit.mesh.authority import MeshAuthority
from tests.integration.ca.test_authority_service import cross_request, responder_request
from tests.support.ca_service import (
    TOYAMA,
    TRUST_DOMAIN,
    issue_request,
    person_key,
    revoke_request,
    running_ca,
)
from tests.support.mesh import SettableClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from openjpki_devkit.mesh.authority import MeshCredential
    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa

JUMP = timedelta(days=30)
BOTH_WAYS = pytest.mark.parametrize("jump", [JUMP, -JUMP], ids=["ahead", "behind"])
OWN = AuthorityId.parse(TOYAMA)
SCOPES = 16
"""Fifteen municipalities and the authority's own list."""


class YearsMesh(MeshAuthority):
    """Whose callers are let in through every jump: their certificates are no part of this."""

    def issue(
        self,
        role: PeerRole,
        scope: str = "",
        subject: str = "",
        *,
        validity: timedelta = timedelta(days=365),
        **names: Any,
    ) -> MeshCredential:
        return super().issue(role, scope, subject, validity=validity, **names)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def ca(tmp_path: Path, database_url: str, clock: SettableClock) -> Iterator[RunningCa]:
    """An authority that is older than any jump; lists are made when the test says so."""
    clock.offset = -3 * JUMP
    mesh = YearsMesh.create(clock=SystemClock(), trust_domain=TRUST_DOMAIN)
    with running_ca(tmp_path, database_url, clock=clock, mesh=mesh) as running:
        running.service.jobs.stop()
        clock.offset = timedelta(0)
        running.service.publisher.publish_authority(OWN)
        yield running


@contextmanager
def jumped(clock: SettableClock, by: timedelta) -> Iterator[None]:
    clock.offset = by
    try:
        yield
    finally:
        clock.offset = timedelta(0)


def newest(ca: RunningCa) -> dict[str, lists.ListFacts]:
    with ca.service.ca.database.reading() as tx:
        return {one.partition: one for one in lists.newest_of_all(tx, OWN)}


def newest_age() -> float:
    age = REGISTRY.get_sample_value("openjpki_crl_newest_age_seconds", {"authority": TOYAMA})
    assert age is not None
    return age


def serials_listed(ca: RunningCa, partition: str) -> set[int]:
    with ca.service.ca.database.reading() as tx:
        der = lists.read(tx, newest(ca)[partition])
    assert der is not None
    return {entry.serial_number for entry in x509.load_der_x509_crl(der)}


@pytest.mark.requirement("R3.2", "R4.1.2")
@BOTH_WAYS
def test_lists_go_on_at_once_by_the_right_time(
    ca: RunningCa, clock: SettableClock, jump: timedelta
) -> None:
    before = newest(ca)
    with jumped(clock, jump):
        # Ahead: yesterday's are a month old. Behind: today's are of the future.
        assert ca.service.publisher.publish_due() == SCOPES
        wrong = newest(ca)
    assert ca.service.publisher.publish_due() == SCOPES
    right = newest(ca)
    now = clock.now()
    for scope, one in right.items():
        assert one.number == wrong[scope].number + 1 == before[scope].number + 2
        assert now - timedelta(minutes=10) < one.this_update <= now
        assert one.next_update == one.this_update + timedelta(hours=48)
    assert newest_age() >= 0
    # And from then on in their time.
    assert ca.service.publisher.publish_due() == 0


def test_a_list_of_the_future_that_can_not_be_replaced_shows(
    ca: RunningCa, clock: SettableClock
) -> None:
    with jumped(clock, JUMP):
        ca.service.publisher.publish_due()
    with ca.service.ca.database.transaction() as tx:
        tx.connection.execute(text("UPDATE revocation_lists SET sha256 = list"))
    with pytest.raises(OpenJpkiError):
        ca.service.publisher.publish_due()
    assert newest_age() < -(JUMP - timedelta(hours=1)).total_seconds()


@pytest.mark.requirement("R3.2")
def test_an_entry_whose_certificate_ends_in_the_jump_stays(
    ca: RunningCa, clock: SettableClock, keys: Keys
) -> None:
    """Two lists were made after its end, by a clock that was wrong; it has not ended."""
    issued = ca.certificates().IssueCertificate(issue_request(keys[0], at=clock.now()))
    ca.certificates().RevokeCertificate(revoke_request(issued.serial, at=clock.now()))
    serial = int.from_bytes(issued.serial, "big")
    end = x509.load_der_x509_certificate(issued.certificate).not_valid_after_utc
    ten_days_left = end - clock.now() - timedelta(days=10)
    clock.offset = ten_days_left + JUMP
    for _ in range(2):
        ca.service.publisher.publish(OWN, "16201")
    assert serial not in serials_listed(ca, "16201")
    clock.offset = ten_days_left
    for _ in range(2):
        ca.service.publisher.publish(OWN, "16201")
        assert serial in serials_listed(ca, "16201")


@pytest.mark.requirement("R2.5.6")
@BOTH_WAYS
def test_users_certificates_and_their_revocations_go_on(
    ca: RunningCa, clock: SettableClock, keys: Keys, jump: timedelta
) -> None:
    stub = ca.certificates()

    def issue(number: int) -> tuple[bytes, x509.Certificate]:
        request = issue_request(keys[number], person=str(number), at=clock.now())
        answer = stub.IssueCertificate(request)
        return answer.serial, x509.load_der_x509_certificate(answer.certificate)

    issue(0)
    with jumped(clock, jump):
        serial, wrong = issue(1)
        assert_backdated(wrong, clock.now())
    # Made by a wrong clock, it can be revoked by the right one; the next one is as always.
    stub.RevokeCertificate(revoke_request(serial, at=clock.now()))
    _, right = issue(2)
    assert_backdated(right, clock.now())
    with ca.service.ca.database.reading() as tx:
        events = feed.events_after(tx, OWN, 0, 100)
    assert [one.sequence for one in events] == list(range(1, len(events) + 1))
    assert [one.status.name for one in events] == ["GOOD", "GOOD", "REVOKED", "GOOD"]


def assert_backdated(certificate: x509.Certificate, now: datetime) -> None:
    issue = certificate.not_valid_before_utc + timedelta(minutes=5)
    assert now - timedelta(minutes=5) < issue <= now


@BOTH_WAYS
def test_a_responder_gets_a_certificate_that_holds_now(
    ca: RunningCa, clock: SettableClock, jump: timedelta
) -> None:
    """Asked again, ca gives the certificate that a key has: not one of the future."""
    key, stub = person_key(), ca.authorities()

    def ask() -> x509.Certificate:
        answer = stub.IssueResponderCertificate(responder_request(key))
        return x509.load_der_x509_certificate(answer.certificate)

    def holds(one: x509.Certificate) -> bool:
        return one.not_valid_before_utc <= clock.now() < one.not_valid_after_utc

    with jumped(clock, jump):
        wrong = ask()
        assert holds(wrong)
    right = ask()
    assert holds(right)
    assert right != wrong
    assert ask() == right


@BOTH_WAYS
def test_what_officers_sign_counts_again_when_the_clock_is_right(
    ca: RunningCa, clock: SettableClock, keys: Keys, jump: timedelta
) -> None:
    """By a wrong clock it is too old, or of the future: refused, and nothing is kept of that."""
    request = issue_request(keys[0], at=clock.now())
    cross = cross_request(person_key(), approved_at=clock.now().replace(microsecond=0))
    crossing = ca.authorities(PeerRole.BRIDGE)
    with jumped(clock, jump):
        for call in (
            lambda: ca.certificates().IssueCertificate(request),
            lambda: crossing.IssueCrossCertificate(cross),
        ):
            with pytest.raises(OpenJpkiError) as refusal:
                call()
            assert refusal.value.reason in {Reason.EVIDENCE_STALE, Reason.OFFICER_KEY_NOT_VALID}
    assert ca.certificates().IssueCertificate(request).certificate
    assert crossing.IssueCrossCertificate(cross).certificate
