"""A real ocsp service for tests, fed by a real ca service over mutual TLS on loopback."""

from __future__ import annotations

import time
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.request import Request, urlopen

from pydantic import SecretStr

from openjpki.api.ocsp.v1 import ocsp_pb2, ocsp_pb2_grpc
from openjpki.api.types.v1 import revocation_pb2
from openjpki.config.address import Address
from openjpki.config.base import listening
from openjpki.config.clock import SystemClock
from openjpki.config.ocsp import OcspPart, OcspSettings
from openjpki.config.parts import DatabasePart, SoftwareKeysPart, TlsPart
from openjpki.domain.authority import AuthorityId
from openjpki.domain.served_scope import NATIONWIDE
from openjpki.rpc.client.channel import TypedChannel, open_channel
from openjpki.rpc.identity.private_files import write_private
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ocsp import service as service_module
from openjpki.services.ocsp.responders.http_server import HttpLimits, HttpServer
from openjpki.services.ocsp.service import OcspService
from tests.support.agreements import agree
from tests.support.ca_service import (
    TOYAMA,
    TRUST_DOMAIN,
    issue_request,
    person_key,
    revoke_request,
    running_ca,
)
from tests.support.mesh import usual_scope
from tests.support.probing import is_serving
from tests.support.responder_keys import REPLICA, enrol_replica
from tests.support.schemas import put_schema_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import pytest
    from cryptography.hazmat.primitives.asymmetric import rsa

    from openjpki.api.ca.v1 import ca_pb2
    from openjpki.domain.clock import Clock
    from openjpki_devkit.mesh.authority import MeshAuthority
    from tests.support.ca_service import RunningCa

FREE = Address("127.0.0.1:0")
VERIFIER = "tax-office"


Found = TypeVar("Found")


def until(condition: Callable[[], Found | None], seconds: float = 90.0) -> Found:
    """What ``condition`` returns once it is true; the test fails when it never is. Machines are
    busy: fewer ``seconds`` are for what must be so by then and would be so later anyway."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"not so within {seconds} s")


@dataclass
class RunningOcsp:
    """A started replica and the peers that may call it."""

    folder: Path
    settings: OcspSettings
    mesh: MeshAuthority
    service: OcspService
    channels: dict[tuple[PeerRole, str, str], TypedChannel] = field(default_factory=dict)

    def channel(
        self, role: PeerRole = PeerRole.VERIFIER, scope: str = VERIFIER, subject: str = ""
    ) -> TypedChannel:
        """A channel of a peer of this role; one each."""
        found = self.channels.get((role, scope, subject))
        if found is not None:
            return found
        files = self.mesh.issue(role, scope or usual_scope(role), subject).write(
            self.folder / uuid.uuid4().hex
        )
        channel = open_channel(
            f"127.0.0.1:{self.service.server.port}",
            files,
            expect_role=PeerRole.OCSP,
            trust_domain=TRUST_DOMAIN,
            retries=False,
        )
        self.channels[role, scope, subject] = channel
        return channel

    def status(self, verifier: str = VERIFIER) -> ocsp_pb2_grpc.StatusServiceStub:
        """As a verifier calls it."""
        return ocsp_pb2_grpc.StatusServiceStub(self.channel(scope=verifier))

    def lists(self, verifier: str = VERIFIER) -> ocsp_pb2_grpc.RevocationListDownloadServiceStub:
        """As a verifier calls it."""
        return ocsp_pb2_grpc.RevocationListDownloadServiceStub(self.channel(scope=verifier))

    def registry(self) -> ocsp_pb2_grpc.VerifierRegistryServiceStub:
        """As an operator calls it."""
        return ocsp_pb2_grpc.VerifierRegistryServiceStub(
            self.channel(PeerRole.OPERATOR, "ocsp", "operator-1")
        )

    def register(
        self,
        verifier: str = VERIFIER,
        *,
        authorities: Sequence[str] = (TOYAMA,),
        signers: Sequence[bytes] = (),
        networks: Sequence[str] = (),
    ) -> None:
        """Put a verifier's entry, and have the governors agree with it."""
        self.enter(verifier, authorities=authorities, signers=signers, networks=networks)
        for authority in authorities:
            agree(self, verifier, authority)

    def enter(
        self,
        verifier: str = VERIFIER,
        *,
        authorities: Sequence[str] = (TOYAMA,),
        signers: Sequence[bytes] = (),
        networks: Sequence[str] = (),
        same_verifier: bool = False,
    ) -> None:
        """Put a verifier's entry."""
        self.registry().PutVerifier(
            ocsp_pb2.PutVerifierRequest(
                request_id=str(uuid.uuid4()),
                same_verifier=same_verifier,
                verifier=ocsp_pb2.Verifier(
                    verifier_id=verifier,
                    display_name="国税庁",
                    authority_ids=authorities,
                    request_signers=signers,
                    closed_networks=networks,
                ),
            )
        )

    def issuer_certificate(self, authority_id: str) -> bytes:
        """The authority's, DER, as the replica knows it."""
        generations = self.service.authorities.generations
        (found,) = [one for one in generations if str(one.authority_id) == authority_id]
        return found.certificate

    @property
    def url(self) -> str:
        """Of OCSP over plain HTTP."""
        return f"http://127.0.0.1:{self.service.http.port}"

    def post(self, der: bytes, **headers: str) -> bytes:
        """POST a request; the OCSPResponse."""
        asked = Request(  # noqa: S310 - our own URL
            self.url, der, {"Content-Type": "application/ocsp-request", **headers}
        )
        with urlopen(asked, timeout=60) as answer:  # noqa: S310
            assert answer.headers["Content-Type"] == "application/ocsp-response"
            content: bytes = answer.read()
            return content

    @property
    def ready(self) -> bool:
        """Whether health says so."""
        return is_serving(self.service.server.health_port)

    def stop(self) -> None:
        """Close the channels and stop."""
        for channel in self.channels.values():
            channel.close()
        self.service.stop()


def make_settings(
    folder: Path,
    database_url: str,
    mesh: MeshAuthority,
    ca_target: str,
    *,
    reflection: bool = True,
    **part: Any,
) -> OcspSettings:
    """Settings of a replica on free ports of loopback, its files below ``folder``."""
    files = mesh.issue(
        PeerRole.OCSP, NATIONWIDE, REPLICA, dns_names=["localhost"], ip_addresses=["127.0.0.1"]
    ).write(folder / "ocsp-tls")
    passphrase = folder / "ocsp-passphrase"
    if not passphrase.exists():
        write_private(passphrase, b"correct horse battery staple\n")
    ports = dict.fromkeys(("listen", "health_listen", "metrics_listen"), FREE)
    return OcspSettings(
        service=listening(7120).model_copy(update={**ports, "reflection": reflection}),
        tls=TlsPart(
            certificate=files.certificate,
            private_key=files.private_key,
            trust_bundle=files.trust_bundle,
            trust_domain=TRUST_DOMAIN,
        ),
        database=DatabasePart(url=SecretStr(database_url)),
        keys=SoftwareKeysPart(
            kind="software", directory=folder / "ocsp-keys", passphrase_file=passphrase
        ),
        ocsp=OcspPart(ca=Address(ca_target), http_listen=FREE, https_listen=FREE, **part),
    )


def with_patient_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replicas made from now on keep connections over HTTP open however long a loaded machine takes
    from one request to the next."""
    limits = HttpLimits(first_request=600, next_request=600)
    monkeypatch.setattr(service_module, "HttpServer", partial(HttpServer, limits=limits))


@contextmanager
def running_ocsp(
    folder: Path,
    database_url: str,
    mesh: MeshAuthority,
    ca_target: str,
    *,
    clock: Clock | None = None,
    wait: bool = True,
    ca_url: str | None = None,
    **part: Any,
) -> Iterator[RunningOcsp]:
    """A replica that follows the ca service at ``ca_target``, stopped at the end.

    ``ca_url``: of ca's database, in which the replica's keys are enrolled for every authority.
    """
    settings = make_settings(folder, database_url, mesh, ca_target, **part)
    if ca_url is not None:
        enrol_replica(ca_url, settings)
    put_schema_of(settings.database, "ocsp")
    service = OcspService(settings, clock or SystemClock())
    service.start()
    running = RunningOcsp(folder / "ocsp-peers", settings, mesh, service)
    try:
        if wait:
            until(lambda: running.ready)
        yield running
    finally:
        running.stop()


@dataclass
class Pair:
    """A ca service and a replica that follows it."""

    ca: RunningCa
    ocsp: RunningOcsp

    def issue(self, key: rsa.RSAPrivateKey | None = None, **options: Any) -> Any:
        """A user certificate; ``IssueCertificateResponse``."""
        options.setdefault("person", uuid.uuid4().hex)
        return self.ca.certificates().IssueCertificate(
            issue_request(key or person_key(), **options)
        )

    def revoke(self, serial: bytes, authority_id: str = TOYAMA) -> Any:
        """``RevokeCertificateResponse``."""
        return self.ca.certificates().RevokeCertificate(revocation(serial, authority_id))

    def check(self, serial: bytes, authority_id: str = TOYAMA) -> Any:
        """``CheckResponse``."""
        return self.ocsp.status().Check(
            ocsp_pb2.CheckRequest(authority_id=authority_id, serial=serial)
        )

    def head(self, authority_id: str = TOYAMA) -> int:
        """Position that the replica has taken."""
        position = self.ocsp.service.ocsp.statuses.require(AuthorityId.parse(authority_id)).position
        return 0 if position is None else position.sequence


def revocation(serial: bytes, authority_id: str = TOYAMA) -> ca_pb2.RevokeCertificateRequest:
    """A request that ca accepts."""
    return revoke_request(
        serial, revocation_pb2.REVOCATION_CAUSE_KEY_COMPROMISE, authority_id=authority_id
    )


@contextmanager
def running_pair(
    folder: Path,
    ca_url: str,
    ocsp_url: str,
    *,
    authorities: Sequence[str] = (TOYAMA,),
    clock: Clock | None = None,
    **part: Any,
) -> Iterator[Pair]:
    """Both services, one verifier registered."""
    with ExitStack() as stack:
        ca = stack.enter_context(running_ca(folder / "ca", ca_url, authorities=authorities))
        target = f"127.0.0.1:{ca.service.server.port}"
        ocsp = stack.enter_context(
            running_ocsp(folder, ocsp_url, ca.mesh, target, clock=clock, ca_url=ca_url, **part)
        )
        ocsp.register(authorities=authorities)
        yield Pair(ca, ocsp)
