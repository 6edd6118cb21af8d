"""Replicas as processes of their own over one PostgreSQL, and a verifier that counts what it is
told by each: what quotas and statements say is held against that."""

from __future__ import annotations

import itertools
import uuid
from collections import Counter
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import (
    AgreementServiceStub,
    StatusServiceStub,
    VerifierRegistryServiceStub,
)
from openjpki.config.clock import SystemClock
from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.roles import PeerRole
from openjpki.signer_core import OcspUsageFiles
from openjpki.storage.kernel.database import Database
from tests.support.agreements import agreed_by, proposal
from tests.support.ca_service import TOYAMA, TRUST_DOMAIN, issue_request, person_key, running_ca
from tests.support.database_clock import settable_clock
from tests.support.ocsp_process import OcspProcess, write_settings
from tests.support.ocsp_service import VERIFIER, make_settings, until
from tests.support.responder_keys import enrol_replica
from tests.support.schemas import put_schema_of

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.rpc.client.channel import TypedChannel

_NOT_YET = {
    Reason.AGREEMENT_QUOTA_EXCEEDED,
    Reason.FEED_NOT_READY,
    Reason.CERTIFICATE_NOT_HEARD_OF,
    Reason.UNKNOWN_VERIFIER,
    Reason.OUT_OF_SCOPE,
}


class Replica:
    """One place for a replica; what runs there may end, and another begin."""

    def __init__(self, world: BoundedReplicas, folder: Path, *, keeps_files: bool) -> None:
        self._world = world
        folder.mkdir()
        self.usage_folder = folder / "usage" if keeps_files else None
        self.folder = folder
        settings = make_settings(
            folder, world.url, world.ca.mesh, world.target, usage_directory=self.usage_folder
        )
        enrol_replica(world.ca_url, settings)
        put_schema_of(settings.database, "ocsp")
        self._file = write_settings(folder / "ocsp.toml", settings)
        self.told: Counter[str] = Counter()
        """What came of its answers, by verifier."""
        self.start()

    def start(self) -> None:
        """Begin anew in the same folder."""
        self.process = OcspProcess(self._file)
        self._world.stack.callback(self.process.end)

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()

    def channel(self, role: PeerRole, scope: str, subject: str = "") -> TypedChannel:
        """Of a peer, to what runs now."""
        files = self._world.ca.mesh.issue(role, scope, subject)
        return self._world.stack.enter_context(
            open_channel(
                f"127.0.0.1:{self.process.port}",
                files.write(self.folder / uuid.uuid4().hex),
                expect_role=PeerRole.OCSP,
                trust_domain=TRUST_DOMAIN,
                retries=False,
            )
        )

    def in_files(self) -> int:
        """What the files have that a killed one left."""
        if self.usage_folder is None:
            return 0
        found = OcspUsageFiles.newest(self.usage_folder)
        return 0 if found is None else sum(total for *_, total in found[2])


class Asking:
    """A verifier, connected to what runs at a place now."""

    def __init__(self, replica: Replica, verifier: str, serial: bytes) -> None:
        self._replica, self._verifier, self._serial = replica, verifier, serial
        self._status = StatusServiceStub(replica.channel(PeerRole.VERIFIER, verifier))

    def told(self, wanted: int = 1) -> bool:
        """Whether so many statuses were told at once. Raises any other refusal than that it is not
        the time yet."""
        request = pb.CheckBatchRequest(authority_id=TOYAMA, serials=[self._serial] * wanted)
        try:
            answer = self._status.CheckBatch(request)
        except OpenJpkiError as refused:
            if refused.reason not in _NOT_YET:
                raise
            return False
        told = sum(status != 0 for status in answer.statuses)
        self._replica.told[self._verifier] += told
        return told == wanted

    def all_that_is_left(self, seconds: float) -> None:
        """Ask for fewer and fewer, until for so many seconds nothing is told any more."""
        wanted = 16
        while wanted:
            try:
                until(lambda wanted=wanted: self.told(wanted), seconds if wanted == 1 else 1.5)  # type: ignore[misc]
            except AssertionError:
                wanted //= 2


class BoundedReplicas:
    """A ca, a database whose day is set to its noon, and replicas."""

    def __init__(self, folder: Path, postgres_url: str, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack
        (folder / "ca").mkdir()
        self.ca_url = f"sqlite:///{folder / 'ca.db'}"
        self.ca = stack.enter_context(running_ca(folder / "ca", self.ca_url, authorities=(TOYAMA,)))
        self.target = f"127.0.0.1:{self.ca.service.server.port}"
        self.clock = settable_clock(postgres_url)
        self.url = self.clock.url
        self.to_noon(days=0)
        self.database = stack.enter_context(closing(Database(postgres_url)))
        self._numbers = itertools.count()
        issued = self.ca.certificates().IssueCertificate(issue_request(person_key(), person="one"))
        self.serial = issued.serial

    def to_noon(self, *, days: int) -> None:
        """No midnight of Japan comes while a test runs."""
        now = datetime.now(UTC)
        noon = now.astimezone(JAPAN).replace(hour=12, minute=0) + timedelta(days=days)
        self.clock.set(f"{(noon - now).total_seconds():.0f} seconds")

    def replica(self, *, keeps_files: bool = True) -> Replica:
        """One more."""
        folder = self.folder / f"replica-{next(self._numbers)}"
        return Replica(self, folder, keeps_files=keeps_files)

    def agree(self, replica: Replica, verifier: str = VERIFIER, **quota: Any) -> None:
        """Register it, with a quota that refuses beyond, or none."""
        registry = VerifierRegistryServiceStub(
            replica.channel(PeerRole.OPERATOR, "ocsp", "operator-1")
        )
        entry = pb.Verifier(verifier_id=verifier, display_name="国税庁", authority_ids=[TOYAMA])
        request_id = str(uuid.uuid4())
        registry.PutVerifier(pb.PutVerifierRequest(request_id=request_id, verifier=entry))
        one, other = (
            AgreementServiceStub(replica.channel(PeerRole.GOVERNOR_OFFICER, TOYAMA, name))
            for name in ("mori", "hayashi")
        )
        agreed = pb.Quota(**quota, beyond=pb.QUOTA_BEYOND_REFUSE) if quota else None
        agreed_by(one, other, proposal(verifier, TOYAMA, SystemClock().now(), quota=agreed))

    def asking(self, replica: Replica, verifier: str = VERIFIER) -> Asking:
        """Connected now, and told something once where it is to be told anything."""
        return Asking(replica, verifier, self.serial)

    def rows(self) -> dict[str, int]:
        """What is counted, by verifier."""
        with self.database.reading() as tx:
            found = tx.connection.exec_driver_sql(
                "SELECT verifier_id, sum(told) FROM usage GROUP BY verifier_id"
            )
            return {verifier: int(told) for verifier, told in found}
