"""Several processes of ca over one PostgreSQL database, and windows that call them all the time."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.domain.authority import AuthorityId
from openjpki.rpc.client.channel import TypedChannel, open_channel
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.kernel.choose_leases import leases_of
from tests.support.ca_process import CaProcess
from tests.support.ca_service import TRUST_DOMAIN, revoke_request
from tests.support.callers import once_more
from tests.support.mesh import usual_scope
from tests.support.relay import Relay
from tests.support.waiting import wait_until
from tests.support.window_officers import window_officer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from openjpki.rpc.identity.credentials import TlsFiles
    from openjpki.storage.kernel.database import Database
    from openjpki_devkit.mesh.authority import MeshAuthority


@dataclass
class Fleet:
    """The processes, and the address under which callers know them all."""

    folder: Path
    settings_file: Path
    mesh: MeshAuthority
    database: Database
    processes: list[CaProcess] = field(default_factory=list)
    serving: list[CaProcess] = field(default_factory=list)
    entry: Relay = field(default_factory=lambda: Relay(0))
    channels: list[TypedChannel] = field(default_factory=list)

    def start(self, *, killed_at: str = "", paused_at: str = "") -> CaProcess:
        """One more, once it answers."""
        process = CaProcess(self.settings_file, killed_at=killed_at, paused_at=paused_at)
        self.processes.append(process)
        assert process.wait_until_ready()
        self._lead([*self.serving, process])
        return process

    def forget(self, process: CaProcess) -> None:
        """New connections no longer come to it, as after its endpoint was removed."""
        self._lead([one for one in self.serving if one is not process])

    def replace(self, process: CaProcess) -> None:
        """As a rolling update does: a new one first, then the old one is asked to stop."""
        self.start()
        self.forget(process)
        process.stop()

    def owner(self, authority: str) -> CaProcess | None:
        """Whose lease it is now."""
        with self.database.reading() as tx:
            state = leases_of(self.database).state_of(tx, AuthorityId.parse(authority))
        if state is None or state.holder is None:
            return None
        port = int(state.holder.address.rpartition(":")[2])
        return next((one for one in self.processes if one.port == port), None)

    def wait_for_owner(self, authority: str, *, other_than: CaProcess | None = None) -> CaProcess:
        """Until somebody has the lease, and somebody else than that one."""
        found: list[CaProcess] = []

        def is_owned() -> bool:
            owner = self.owner(authority)
            if owner is not None and owner is not other_than:
                found.append(owner)
            return bool(found)

        wait_until(is_owned)
        return found[0]

    def certificates(self, process: CaProcess | None = None) -> ca_pb2_grpc.CertificateServiceStub:
        """As registration calls them all; with ``process``, that one alone, and each call once."""
        port = self.entry.port if process is None else process.port
        channel = open_channel(
            f"127.0.0.1:{port}",
            self._credentials,
            expect_role=PeerRole.CA,
            trust_domain=TRUST_DOMAIN,
            wait_for_ready=process is None,
            retries=process is None,
        )
        self.channels.append(channel)
        return ca_pb2_grpc.CertificateServiceStub(channel)

    def channel(self, role: PeerRole, scope: str, subject: str) -> TypedChannel:
        """As such a peer calls them all."""
        files = self.mesh.issue(role, scope, subject).write(
            self.folder / "peers" / uuid.uuid4().hex
        )
        channel = open_channel(
            f"127.0.0.1:{self.entry.port}",
            files,
            expect_role=PeerRole.CA,
            trust_domain=TRUST_DOMAIN,
            wait_for_ready=True,
        )
        self.channels.append(channel)
        return channel

    def close(self) -> None:
        """End everything, also what is paused."""
        for channel in self.channels:
            channel.close()
        self.entry.close()
        for process in self.processes:
            process.end()
        self.database.close()

    @property
    def _credentials(self) -> TlsFiles:
        role = PeerRole.REGISTRATION
        return self.mesh.issue(role, usual_scope(role)).write(
            self.folder / "peers" / uuid.uuid4().hex
        )

    def _lead(self, serving: Sequence[CaProcess]) -> None:
        self.serving = [*serving]
        self.entry.lead_to(*(one.port for one in serving if one.port is not None))


class Load:
    """Windows that issue and revoke. A call that fails for a passing reason is made once more, with
    the same request id; one that fails then is lost."""

    def __init__(
        self,
        fleet: Fleet,
        requests: Iterable[ca_pb2.IssueCertificateRequest],
        *,
        windows: int = 6,
    ) -> None:
        """As many ``requests`` as the test asks for at most; each is sent by one window."""
        self._requests = iter(requests)
        self._asked = 0
        self.lost: list[str] = []
        self.issued: dict[str, set[bytes]] = {}
        self.revoked: dict[bytes, set[int]] = {}
        self._done = 0
        self._lock = threading.Lock()
        self._queue: SimpleQueue[ca_pb2.IssueCertificateRequest | None] = SimpleQueue()
        self._windows = [
            threading.Thread(target=self._window, args=(fleet.certificates(),), daemon=True)
            for _ in range(windows)
        ]
        for window in self._windows:
            window.start()

    def ask(self, number: int) -> None:
        """Let the windows take so many more requests."""
        for _ in range(number):
            self._queue.put(next(self._requests))
            self._asked += 1

    def wait(self, *, but: int = 0) -> None:
        """Until all that was asked is answered or lost, ``but`` so many."""
        wait_until(lambda: self._done >= self._asked - but)

    def finish(self) -> None:
        """Answer everything, and end."""
        self.wait()
        for _ in self._windows:
            self._queue.put(None)
        for window in self._windows:
            window.join(90)

    def assert_nothing_lost_or_doubled(self) -> None:
        """Each request has one certificate of its own, each revocation one place in the feed."""
        assert not self.lost, self.lost
        assert len(self.issued) == self._asked
        assert all(len(found) == 1 for found in self.issued.values())
        assert len(set.union(*self.issued.values())) == self._asked
        assert all(len(found) == 1 for found in self.revoked.values())

    def _window(self, stub: ca_pb2_grpc.CertificateServiceStub) -> None:
        while (request := self._queue.get()) is not None:
            try:
                self._serve(stub, request)
            except Exception as error:  # noqa: BLE001 - told by the test
                self.lost.append(f"{request.request_id}: {error!r}")
            with self._lock:
                self._done += 1

    def _serve(
        self, stub: ca_pb2_grpc.CertificateServiceStub, request: ca_pb2.IssueCertificateRequest
    ) -> None:
        for _ in range(2):
            answer = once_more(lambda: stub.IssueCertificate(request, timeout=30))
            with self._lock:
                self.issued.setdefault(request.request_id, set()).add(answer.certificate)
        revocation = revoke_request(
            answer.serial,
            authority_id=request.authority_id,
            officer=window_officer(request.municipality_code, "officer-1"),
        )
        for _ in range(2):
            revoked = once_more(lambda: stub.RevokeCertificate(revocation, timeout=30))
            with self._lock:
                self.revoked.setdefault(answer.serial, set()).add(revoked.sequence)
