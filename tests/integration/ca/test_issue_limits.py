"""A caller and a municipality get so many certificates in an hour, on both databases."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from openjpki.api.ca.v1 import ca_pb2_grpc
from openjpki.config.ca import CaPart, IssueLimitsPart
from openjpki.config.clock import SystemClock
from openjpki.config.parts import LeasePart
from openjpki.domain.authority import AuthorityId
from openjpki.domain.issue_limits import IssueLimits
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.issue_room import IssueRoom
from openjpki.storage.ca import issuances, serials
from openjpki.storage.ca.issuances import Holder, Intent
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.ca.tables import certificates
from openjpki.storage.kernel.requests import RequestKey
from openjpki.telemetry.metrics import REGISTRY
from openjpki_devkit.mesh.authority import MeshAuthority
from tests.support.ca_service import KAGAWA, TOYAMA, TRUST_DOMAIN, issue_request, running_ca
from tests.support.mesh import SettableClock
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from openjpki.api.ca.v1 import ca_pb2
    from openjpki.storage.kernel.transaction import Transaction
    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa

TOYAMA_CITY, TAKAOKA, TAKAMATSU = "16201", "16202", "37201"


def limited(**limits: int) -> CaPart:
    return CaPart(issue_limits=IssueLimitsPart(**limits))


def early() -> SettableClock:
    """Ten past the hour, so that no test runs into the next one."""
    clock = SettableClock()
    now = clock.now()
    clock.offset = now.replace(minute=10, second=0) - now
    return clock


def registration(ca: RunningCa, scope: str = "nationwide") -> ca_pb2_grpc.CertificateServiceStub:
    return ca_pb2_grpc.CertificateServiceStub(ca.channel(PeerRole.REGISTRATION, scope))


def requests(
    clock: SettableClock, keys: Keys, municipality: str, authority: str = TOYAMA
) -> list[ca_pb2.IssueCertificateRequest]:
    """One for each key, of a person each, signed now by the service's own clock."""
    return [
        issue_request(
            key,
            authority_id=authority,
            municipality_code=municipality,
            person=f"{municipality}-{index}",
            at=clock.now(),
        )
        for index, key in enumerate(keys)
    ]


def refusal(
    stub: ca_pb2_grpc.CertificateServiceStub, request: ca_pb2.IssueCertificateRequest
) -> Reason | None:
    try:
        stub.IssueCertificate(request)
    except OpenJpkiError as error:
        return error.reason
    return None


def refusals(authority: str, whose: str) -> float:
    labels = {"authority": authority, "whose": whose, "period": "hour"}
    return REGISTRY.get_sample_value("openjpki_issue_limit_refusals_total", labels) or 0.0


def test_a_municipality_gets_so_many_in_an_hour(
    tmp_path: Path, database_url: str, keys: Keys
) -> None:
    clock, told = early(), refusals(TOYAMA, "municipality")
    limits = limited(municipality_hour=2)
    with running_ca(tmp_path, database_url, clock=clock, ca=limits) as ca:
        stub = registration(ca)
        first, second, third = requests(clock, keys[:3], TOYAMA_CITY)
        (other,) = requests(clock, keys[3:4], TAKAOKA)
        made = stub.IssueCertificate(first)
        assert refusal(stub, second) is None
        for _ in range(2):
            assert refusal(stub, third) is Reason.TOO_MANY_CERTIFICATES
        assert refusals(TOYAMA, "municipality") == told + 2
        # A retry of what was issued is none more, and other municipalities go on.
        assert stub.IssueCertificate(first).certificate == made.certificate
        assert refusal(stub, other) is None
        clock.offset += timedelta(hours=1)
        assert refusal(stub, third) is None


def test_a_caller_gets_so_many_in_an_hour_at_one_authority(
    tmp_path: Path, database_url: str, keys: Keys
) -> None:
    clock, both, limits = early(), (TOYAMA, KAGAWA), limited(caller_hour=2)
    with running_ca(tmp_path, database_url, authorities=both, clock=clock, ca=limits) as ca:
        stub = registration(ca)
        one, third = requests(clock, keys[:2], TOYAMA_CITY)
        (two,) = requests(clock, keys[2:3], TAKAOKA)
        (elsewhere,) = requests(clock, keys[3:4], TAKAMATSU, KAGAWA)
        assert refusal(stub, one) is refusal(stub, two) is None
        assert refusal(stub, third) is Reason.TOO_MANY_CERTIFICATES
        assert refusal(stub, elsewhere) is None
        assert refusal(registration(ca, "16"), third) is None


def test_calls_at_once_get_no_more(tmp_path: Path, database_url: str, keys: Keys) -> None:
    clock, limits = early(), limited(municipality_hour=3)
    with running_ca(tmp_path, database_url, clock=clock, ca=limits) as ca:
        stub, asked = registration(ca), requests(clock, keys, TOYAMA_CITY)
        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(lambda one: refusal(stub, one), asked))
    assert sorted(map(str, told)) == sorted(
        map(str, [None] * 3 + [Reason.TOO_MANY_CERTIFICATES] * (len(keys) - 3))
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_restart_forgets_nothing(tmp_path: Path, database_url: str, keys: Keys) -> None:
    clock, limits = early(), limited(municipality_hour=1)
    first, second = requests(clock, keys[:2], TOYAMA_CITY)
    with running_ca(tmp_path, database_url, clock=clock, ca=limits) as ca:
        assert refusal(registration(ca), first) is None
    with running_ca(tmp_path, database_url, clock=clock, ca=limits) as ca:
        assert refusal(registration(ca), second) is Reason.TOO_MANY_CERTIFICATES


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_takeover_forgets_nothing_and_counts_nothing_twice(
    tmp_path: Path, database_url: str, keys: Keys
) -> None:
    clock, limits = early(), limited(municipality_hour=3)
    mesh = MeshAuthority.create(clock=SystemClock(), trust_domain=TRUST_DOMAIN)
    asked = requests(clock, keys[:4], TOYAMA_CITY)

    def instance(name: str) -> AbstractContextManager[RunningCa]:
        lease = LeasePart(instance=name)
        return running_ca(tmp_path, database_url, clock=clock, ca=limits, mesh=mesh, lease=lease)

    with ExitStack() as others:
        with instance("ca-0") as first:
            assert refusal(registration(first), asked[0]) is None
            second = others.enter_context(instance("ca-1"))
        # The first has given its lease away and is gone.
        stub = registration(second)
        wait_until(lambda: bool(second.service.leases.held()))
        assert refusal(stub, asked[0]) is None, "a retry, which is none more"
        assert refusal(stub, asked[1]) is refusal(stub, asked[2]) is None
        assert refusal(stub, asked[3]) is Reason.TOO_MANY_CERTIFICATES


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_owner_paused_between_count_and_commit_counts_as_much_as_is_stored(
    tmp_path: Path, database_url: str, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its session ends while another takes the lease; what it had counted is in no table. Under the
    token that it gets later it counts what the other one stored, no more and no less."""
    clock, limits = early(), limited(municipality_hour=4)
    mesh = MeshAuthority.create(clock=SystemClock(), trust_domain=TRUST_DOMAIN)
    asked = requests(clock, keys[:5], TOYAMA_CITY)
    paused, authority_id = Event(), AuthorityId.parse(TOYAMA)

    def instance(name: str) -> AbstractContextManager[RunningCa]:
        lease = LeasePart(instance=name)
        return running_ca(tmp_path, database_url, clock=clock, ca=limits, mesh=mesh, lease=lease)

    def once(ca: RunningCa) -> ca_pb2_grpc.CertificateServiceStub:
        return ca_pb2_grpc.CertificateServiceStub(ca.channel(PeerRole.REGISTRATION, retries=False))

    with instance("ca-0") as first, ExitStack() as others:
        assert refusal(once(first), asked[0]) is None
        second = others.enter_context(instance("ca-1"))
        assert not second.service.leases.held()
        room, leases = first.service.ca.issue_room, first.service.leases._leases
        take, renew = room.take, leases.renew

        def counted_and_paused(tx: Transaction, intent: Intent) -> None:
            take(tx, intent)
            if not paused.is_set():
                paused.set()
                wait_until(lambda: authority_id in second.service.leases.held())

        def not_while_paused(*of: Any) -> Any:
            if paused.is_set():
                raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "the process is paused")
            return renew(*of)

        monkeypatch.setattr(room, "take", counted_and_paused)
        monkeypatch.setattr(leases, "renew", not_while_paused)
        late = refusal(once(first), asked[1])
        assert late in {Reason.NOT_THE_OWNER, Reason.SERVICE_UNAVAILABLE}
        assert refusal(once(second), asked[1]) is refusal(once(second), asked[2]) is None
        assert issued(second) == 3
        monkeypatch.setattr(leases, "renew", renew)
        others.close()
        wait_until(lambda: authority_id in first.service.leases.held())
        assert refusal(once(first), asked[3]) is None
        assert refusal(once(first), asked[4]) is Reason.TOO_MANY_CERTIFICATES
        assert issued(first) == 4


def issued(ca: RunningCa) -> int:
    with ca.service.ca.database.reading() as tx:
        return tx.connection.execute(
            select(func.count()).where(certificates.c.kind == CertificateKind.USER.value)
        ).scalar_one()


def test_an_owner_that_comes_back_counts_what_others_intended(ca: RunningCa) -> None:
    """Each process counts in memory; under a new token it begins with what is stored."""
    limits, numbers = IssueLimits(municipality_hour=5), itertools.count(1)
    here, there = IssueRoom(limits), IssueRoom(limits)
    at = early().now().replace(microsecond=0)

    def intend(room: IssueRoom, token: int | None) -> Reason | None:
        intent = made_up(next(numbers), at)

        def store(tx: Transaction) -> None:
            tx.token = token
            serials.reserve(tx, intent.authority_id, intent.serial, intent.intended_at)
            issuances.add_intent(tx, intent)
            room.take(tx, intent)

        try:
            ca.service.ca.database.run(store)
        except OpenJpkiError as error:
            return error.reason
        return None

    assert intend(here, 1) is intend(here, 1) is None
    assert intend(there, 2) is intend(there, 2) is None
    assert intend(here, 3) is None
    assert intend(here, 3) is Reason.TOO_MANY_CERTIFICATES
    # What was refused is not counted, and without a lease nothing is kept in mind.
    assert intend(IssueRoom(IssueLimits(municipality_hour=6)), None) is None
    assert intend(there, None) is Reason.TOO_MANY_CERTIFICATES


def made_up(number: int, at: datetime) -> Intent:
    octets = number.to_bytes(32, "big")
    return Intent(
        authority_id=AuthorityId.parse(TOYAMA),
        serial=octets[-2:],
        request=RequestKey("Issue", "registration", f"request {number}", octets),
        kind=CertificateKind.USER,
        tbs=b"never signed",
        generation=1,
        key_fingerprint=octets,
        partition=TOYAMA_CITY,
        not_before=at,
        not_after=at,
        intended_at=at,
        holder=Holder(person_reference=octets, application_id="x", municipality_code=TOYAMA_CITY),
    )
