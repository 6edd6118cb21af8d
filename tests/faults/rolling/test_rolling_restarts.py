"""Every service replaced pod by pod while it is called: no call is lost that is made twice.

As a rolling update does it: a new process first, then an old one is taken out of the balancer and
told to stop. (ca has its own: ``tests/faults/ca/test_owners_that_go.py``.)
"""

from __future__ import annotations

import itertools
import uuid
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from openjpki.api.bridge.v1 import bridge_pb2
from openjpki.api.ocsp.v1 import ocsp_pb2, ocsp_pb2_grpc
from openjpki.api.types.v1 import revocation_pb2
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.kernel.database import Database
from tests.support.bridge_process import BridgeProcess, write_settings
from tests.support.bridge_service import BridgeClient
from tests.support.bridge_service import make_settings as bridge_settings
from tests.support.ca_service import (
    KAGAWA,
    TOYAMA,
    TRUST_DOMAIN,
    issue_request,
    person_key,
    running_ca,
)
from tests.support.callers import Callers, once_more
from tests.support.ocsp_service import VERIFIER, running_ocsp
from tests.support.postgres import postgres_server, postgres_url
from tests.support.registration_service import (
    TOYAMA_CITY,
    RunningRegistration,
    fill_register,
    residents_of,
    running_registration,
)
from tests.support.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

__all__ = ["postgres_server", "postgres_url"]

_WINDOWS = 3
_PODS = 2


@contextmanager
def replaced_in_turn(
    start: Callable[[int], AbstractContextManager[int]],
) -> Iterator[tuple[Relay, Callable[[Callers], None]]]:
    """The balancer, and what replaces the pods behind it. ``start`` gives the port of a new one,
    and stops it at the end of its block."""
    entry = Relay(0)
    numbers = itertools.count()
    running: list[tuple[int, ExitStack]] = []

    def add() -> None:
        stack = ExitStack()
        running.append((stack.enter_context(start(next(numbers))), stack))
        entry.lead_to(*(port for port, _ in running))

    def replace(callers: Callers) -> None:
        for _ in range(_PODS):
            callers.go_on()
            add()
            _, old = running.pop(0)
            entry.lead_to(*(port for port, _ in running))
            old.close()
        callers.go_on()

    try:
        for _ in range(_PODS):
            add()
        yield entry, replace
    finally:
        for _, stack in running:
            stack.close()
        entry.close()


def replace_under(callers: Callers, replace: Callable[[Callers], None]) -> None:
    try:
        replace(callers)
    finally:
        callers.stop()
    assert callers.lost == []


def test_registration(tmp_path: Path, postgres_url: str) -> None:
    residents = residents_of(TOYAMA_CITY, _WINDOWS)
    register_url = f"sqlite:///{tmp_path / 'register.db'}"
    fill_register(register_url, residents)
    ca_url = f"sqlite:///{tmp_path / 'ca.db'}"
    with running_ca(tmp_path, ca_url, authorities=(TOYAMA,)) as ca:

        @contextmanager
        def start(number: int) -> Iterator[int]:
            with running_registration(
                tmp_path / f"registration-{number}",
                ca.mesh,
                ca.service.server.port,
                database_url=postgres_url,
                register_url=register_url,
            ) as one:
                yield one.port

        with replaced_in_turn(start) as (entry, replace):
            known = Database(postgres_url)
            reached = RunningRegistration(tmp_path, ca.mesh, entry.port, known)
            desks = [reached.desk() for _ in range(_WINDOWS)]

            def work(desk_number: int) -> None:
                """One person, who applies again and again: nobody knows how often in the time."""
                desk, (check, withdrawal) = desks[desk_number], (uuid.uuid4(), uuid.uuid4())
                form = desk.signed_form(residents[desk_number])
                taken = once_more(lambda: desk.stub.SubmitApplication(form)).application
                once_more(lambda: desk.check(taken.application_id, request_id=str(check)))
                once_more(lambda: desk.withdraw(taken.application_id, str(withdrawal)))

            works = [lambda number=number: work(number) for number in range(_WINDOWS)]
            replace_under(Callers(works), replace)
            for channel in reached.channels:
                channel.close()
            known.close()


def test_ocsp(tmp_path: Path, postgres_url: str) -> None:
    ca_url = f"sqlite:///{tmp_path / 'ca.db'}"
    with running_ca(tmp_path, ca_url, authorities=(TOYAMA,)) as ca:
        issued = ca.certificates().IssueCertificate(issue_request(person_key()))

        @contextmanager
        def start(number: int) -> Iterator[int]:
            with running_ocsp(
                tmp_path / f"ocsp-{number}",
                postgres_url,
                ca.mesh,
                f"127.0.0.1:{ca.service.server.port}",
                ca_url=ca_url,
            ) as one:
                if number == 0:
                    one.register()
                yield one.service.server.port

        with replaced_in_turn(start) as (entry, replace):
            files = ca.mesh.issue(PeerRole.VERIFIER, VERIFIER).write(tmp_path / "verifier")
            with open_channel(
                f"127.0.0.1:{entry.port}",
                files,
                expect_role=PeerRole.OCSP,
                trust_domain=TRUST_DOMAIN,
            ) as channel:
                stub = ocsp_pb2_grpc.StatusServiceStub(channel)
                asked = ocsp_pb2.CheckRequest(authority_id=TOYAMA, serial=issued.serial)

                def work() -> None:
                    answer = once_more(lambda: stub.Check(asked))
                    assert answer.status == revocation_pb2.CERTIFICATE_STATUS_GOOD

                replace_under(Callers([work] * _WINDOWS), replace)


def test_bridge(tmp_path: Path, postgres_url: str) -> None:
    ca_url = f"sqlite:///{tmp_path / 'ca.db'}"
    with running_ca(tmp_path, ca_url, authorities=(TOYAMA, KAGAWA)) as ca:
        folder = tmp_path / "bridge"
        folder.mkdir()
        settings = bridge_settings(folder, postgres_url, ca.mesh, ca.service.server.port)
        file = write_settings(tmp_path / "bridge.toml", settings)

        @contextmanager
        def start(_: int) -> Iterator[int]:
            process = BridgeProcess(file)
            try:
                process.wait_until_ready()
                yield process.port
            finally:
                process.stop()

        with replaced_in_turn(start) as (entry, replace):
            client = BridgeClient(folder, ca.mesh, entry.port)
            officer = client.officer()
            request = bridge_pb2.RegisterPartnerRequest(
                request_id=str(uuid.uuid4()),
                partner_id=TOYAMA,
                kind=bridge_pb2.PARTNER_KIND_PREFECTURAL_AUTHORITY,
                display_name="Toyama",
            )

            def write() -> None:
                once_more(lambda: officer.RegisterPartner(request))

            def read() -> None:
                once_more(client.list_pool)

            replace_under(Callers([write, read]), replace)
            client.close()
