"""A real bridge service for tests, beside a real ca service, over mutual TLS on loopback."""

from __future__ import annotations

import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, TypeAlias, TypedDict, Unpack
from weakref import WeakKeyDictionary

from cryptography import x509
from pydantic import SecretStr

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.bridge.v1 import bridge_pb2_grpc
from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.config.bridge import BridgePart, BridgeSettings
from openjpki.config.clock import SystemClock
from openjpki.config.parts import DatabasePart, LeasePart, SoftwareKeysPart, TlsPart
from openjpki.domain.generation import FIRST
from openjpki.domain.policy import AuthorityPolicy
from openjpki.keys.label import KeyLabel
from openjpki.rpc.client.channel import TypedChannel, open_channel
from openjpki.rpc.identity.private_files import write_private
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.bridge.service import BridgeService
from openjpki.storage.bridge import crosses
from openjpki.storage.bridge.kinds import State
from openjpki_devkit.demo.foreign_pki import PolicyPair
from tests.support.bridge_officers import approval, ending, enrol_bridge_officers
from tests.support.ca_service import TOYAMA, TRUST_DOMAIN
from tests.support.foreign_authorities import BRIDGE_POLICY, GOVERNMENT_POLICY
from tests.support.key_files import key_named, put_key
from tests.support.mesh import usual_scope
from tests.support.probing import is_serving
from tests.support.schemas import put_schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from google.protobuf.timestamp_pb2 import Timestamp

    from openjpki.domain.clock import Clock

    Cause: TypeAlias = revocation_pb2.CrossRevocationCause.ValueType
    from openjpki.services.common.checkpoint import Checkpoint
    from openjpki_devkit.mesh.authority import MeshAuthority
    from tests.support.ca_service import RunningCa
    from tests.support.foreign_authorities import OddAuthority

GOVERNOR_POLICY = AuthorityPolicy().certificate_policy_oid


_begun: WeakKeyDictionary[MeshAuthority, Iterator[int]] = WeakKeyDictionary()
"""By mesh, how many bridges began in it: a ca certifies no key twice, so each has another one."""


@dataclass
class BridgeClient:
    """Stubs of whoever calls a bridge at an address."""

    folder: Path
    mesh: MeshAuthority
    port: int
    retries: bool = True
    channels: list[TypedChannel] = field(default_factory=list)

    def channel(self, role: PeerRole, scope: str = "", subject: str = "") -> TypedChannel:
        """A channel of a peer of this role."""
        files = self.mesh.issue(role, scope or usual_scope(role), subject).write(
            self.folder / "peers" / uuid.uuid4().hex
        )
        channel = open_channel(
            f"127.0.0.1:{self.port}",
            files,
            expect_role=PeerRole.BRIDGE,
            trust_domain=TRUST_DOMAIN,
            retries=self.retries,
        )
        self.channels.append(channel)
        return channel

    def officer(
        self, subject: str = "officer-1", scope: str = "bridge"
    ) -> bridge_pb2_grpc.CrossCertificationServiceStub:
        """As an officer of the bridge calls it."""
        channel = self.channel(PeerRole.BRIDGE_OFFICER, scope, subject)
        return bridge_pb2_grpc.CrossCertificationServiceStub(channel)

    def partner(self, partner_id: str) -> bridge_pb2_grpc.CrossCertificationServiceStub:
        """As a partner calls it."""
        channel = self.channel(PeerRole.PARTNER, partner_id)
        return bridge_pb2_grpc.CrossCertificationServiceStub(channel)

    def pool(self, partner_id: str) -> bridge_pb2_grpc.PoolServiceStub:
        """As a partner calls it."""
        return bridge_pb2_grpc.PoolServiceStub(self.channel(PeerRole.PARTNER, partner_id))

    def list_pool(self) -> pb.ListPoolResponse:
        """As anybody may."""
        channel = self.channel(PeerRole.VERIFIER, "tax-office")
        return bridge_pb2_grpc.PoolServiceStub(channel).ListPool(pb.ListPoolRequest())

    def list_pool_has_cross(self) -> bool:
        """Whether any certificate in the pool is not self-signed."""
        pool = map(x509.load_der_x509_certificate, self.list_pool().certificates)
        return any(one.subject != one.issuer for one in pool)

    def validate(
        self,
        certificate: bytes,
        *,
        authority_id: str = TOYAMA,
        acceptable_policies: Sequence[str] = (),
        at: Timestamp | None = None,
    ) -> pb.ValidateResponse:
        """As anybody may."""
        request = pb.ValidateRequest(
            authority_id=authority_id,
            certificate=certificate,
            acceptable_policies=acceptable_policies,
            at=at,
        )
        channel = self.channel(PeerRole.VERIFIER, "tax-office")
        return bridge_pb2_grpc.PathServiceStub(channel).Validate(request)

    def register(self, partner_id: str, certificate: bytes = b"") -> None:
        """A foreign partner by its certificate; without one a prefectural authority."""
        kind = pb.PARTNER_KIND_FOREIGN if certificate else pb.PARTNER_KIND_PREFECTURAL_AUTHORITY
        self.officer().RegisterPartner(
            pb.RegisterPartnerRequest(
                request_id=str(uuid.uuid4()),
                partner_id=partner_id,
                kind=kind,
                display_name=f"Partner {partner_id}",
                certificate=certificate,
            )
        )

    def propose(
        self, partner_id: str, direction: pb.Direction.ValueType, **more: Unpack[Agreement]
    ) -> pb.CrossCertification:
        """A proposal by an officer; ``more``: other fields of the request."""
        answer = self.officer().ProposeCrossCertification(proposal(partner_id, direction, **more))
        return answer.cross_certification

    def approve(self, proposed: pb.CrossCertification, officer: str) -> pb.CrossCertification:
        """One officer's approval."""
        answer = self.officer(officer).ApproveCrossCertification(approval(proposed, officer))
        return answer.cross_certification

    def approve_twice(self, proposed: pb.CrossCertification) -> bytes:
        """The certificate, X.509 DER."""
        self.approve(proposed, "officer-1")
        done = self.approve(proposed, "officer-2")
        assert done.state == pb.CROSS_CERTIFICATION_STATE_ISSUED
        return done.certificate

    def propose_end(
        self,
        crossed: pb.CrossCertification,
        officer: str = "officer-1",
        cause: Cause = revocation_pb2.CROSS_REVOCATION_CAUSE_AGREEMENT_ENDED,
    ) -> pb.CrossCertification:
        """One officer's proposal to revoke its certificate."""
        fields = ending(self.shown(crossed, officer), officer, cause)
        request = pb.ProposeCrossRevocationRequest(**fields)
        return self.officer(officer).ProposeCrossRevocation(request).cross_certification

    def approve_end(
        self,
        crossed: pb.CrossCertification,
        officer: str = "officer-2",
        cause: Cause = revocation_pb2.CROSS_REVOCATION_CAUSE_AGREEMENT_ENDED,
    ) -> pb.CrossCertification:
        """Another's approval, which ends it."""
        request = self.approval_of_end(crossed, officer, cause)
        return self.officer(officer).ApproveCrossRevocation(request).cross_certification

    def approval_of_end(
        self,
        crossed: pb.CrossCertification,
        officer: str = "officer-2",
        cause: Cause = revocation_pb2.CROSS_REVOCATION_CAUSE_AGREEMENT_ENDED,
    ) -> pb.ApproveCrossRevocationRequest:
        """A request with an id of its own, signed by that officer."""
        fields = ending(self.shown(crossed, officer), officer, cause)
        return pb.ApproveCrossRevocationRequest(**fields)

    def shown(self, crossed: pb.CrossCertification, officer: str) -> pb.CrossCertification:
        """As the bridge shows it to that officer; as it is given where there is none."""
        request = pb.GetCrossCertificationRequest(
            partner_id=crossed.partner_id, cross_certification_id=crossed.cross_certification_id
        )
        if not crossed.partner_id:
            return crossed
        return self.officer(officer).GetCrossCertification(request).cross_certification

    def end(
        self,
        crossed: pb.CrossCertification,
        cause: Cause = revocation_pb2.CROSS_REVOCATION_CAUSE_AGREEMENT_ENDED,
    ) -> pb.CrossCertification:
        """By two officers."""
        self.propose_end(crossed, cause=cause)
        return self.approve_end(crossed, cause=cause)

    def with_governor(self, authority_id: str = TOYAMA) -> None:
        """Both cross certificates with a governor's authority."""
        self.register(authority_id)
        there = mapping(GOVERNOR_POLICY, BRIDGE_POLICY)
        back = mapping(BRIDGE_POLICY, GOVERNOR_POLICY)
        for direction, pair in (
            (pb.DIRECTION_FROM_PARTNER, there), (pb.DIRECTION_TO_PARTNER, back)
        ):  # fmt: skip
            self.approve_twice(self.propose(authority_id, direction, policy_mappings=[pair]))

    def with_foreign(self, partner_id: str, foreign: OddAuthority) -> None:
        """Both cross certificates with a foreign authority."""
        self.register(partner_id, foreign.certificate)
        self.approve_twice(self.propose(partner_id, pb.DIRECTION_TO_PARTNER, **to(foreign)))
        offered = foreign.cross_certify(
            self.own_request(partner_id),
            [PolicyPair(GOVERNMENT_POLICY, BRIDGE_POLICY)],
            "to-service-bridge",
        )
        self.approve_twice(self.propose(partner_id, pb.DIRECTION_FROM_PARTNER, certificate=offered))

    def own_request(self, partner_id: str) -> bytes:
        """The service bridge's PKCS#10, DER."""
        answer = self.partner(partner_id).GetCertificationRequest(
            pb.GetCertificationRequestRequest(partner_id=partner_id)
        )
        return answer.certification_request

    def submit(self, partner_id: str, certificate: bytes) -> None:
        """A certificate for the pool."""
        self.pool(partner_id).SubmitCertificate(
            pb.SubmitCertificateRequest(
                request_id=str(uuid.uuid4()), partner_id=partner_id, certificate=certificate
            )
        )

    def submit_list(self, partner_id: str, der: bytes) -> None:
        """A list for the pool."""
        self.pool(partner_id).SubmitRevocationList(
            pb.SubmitRevocationListRequest(
                request_id=str(uuid.uuid4()), partner_id=partner_id, revocation_list=der
            )
        )

    def close(self) -> None:
        """Every channel."""
        for channel in self.channels:
            channel.close()


class Agreement(TypedDict, total=False):
    """What a proposal may say beside whom it is for."""

    certification_request: bytes
    certificate: bytes
    policy_mappings: Sequence[ca_pb2.PolicyMapping]


@dataclass
class RunningBridge(BridgeClient):
    """A started service and the ca service it asks."""

    ca: RunningCa | None = None
    service: BridgeService | None = None

    def id_of(self, certificate: bytes) -> str:
        """Of the cross-certification that this certificate (DER) came of."""
        assert self.service is not None
        with self.service.bridge.database.reading() as tx:
            (found,) = [
                one.cross_certification_id
                for one in crosses.in_state(tx, State.ISSUED)
                if one.certificate == certificate
            ]
        return found


def mapping(issuer: str, subject: str) -> ca_pb2.PolicyMapping:
    """As the contract writes a pair."""
    return ca_pb2.PolicyMapping(issuer_domain_policy=issuer, subject_domain_policy=subject)


def to(foreign: OddAuthority) -> Agreement:
    """What a proposal to a foreign authority holds."""
    return {
        "certification_request": foreign.certification_request(),
        "policy_mappings": [mapping(BRIDGE_POLICY, GOVERNMENT_POLICY)],
    }


def proposal(
    partner_id: str, direction: pb.Direction.ValueType, **more: Unpack[Agreement]
) -> pb.ProposeCrossCertificationRequest:
    """A request with an id of its own."""
    return pb.ProposeCrossCertificationRequest(
        request_id=str(uuid.uuid4()),
        partner_id=partner_id,
        direction=direction,
        **more,
    )


def make_settings(
    folder: Path,
    database_url: str,
    mesh: MeshAuthority,
    ca_port: int,
    *,
    bridge: BridgePart | None = None,
    lease: LeasePart | None = None,
) -> BridgeSettings:
    """Settings of a service on free ports of loopback, its files below ``folder``."""
    files = mesh.issue(PeerRole.BRIDGE, ip_addresses=["127.0.0.1"]).write(folder / "tls")
    passphrase = folder / "passphrase"
    if not passphrase.exists():
        write_private(passphrase, b"another battery staple\n")
    # As it is deployed, with its own bound of a message.
    usual = BridgeSettings.model_fields["service"].default
    free = {
        name: type(usual.listen)("127.0.0.1:0")
        for name in ("listen", "health_listen", "metrics_listen")
    }
    part = bridge or BridgePart()
    return BridgeSettings(
        service=usual.model_copy(update=free),
        tls=TlsPart(
            certificate=files.certificate,
            private_key=files.private_key,
            trust_bundle=files.trust_bundle,
            trust_domain=TRUST_DOMAIN,
        ),
        database=DatabasePart(url=SecretStr(database_url)),
        keys=SoftwareKeysPart(
            kind="software", directory=folder / "keys", passphrase_file=passphrase
        ),
        lease=lease or LeasePart(),
        bridge=part.model_copy(update={"ca": type(part.ca)(f"127.0.0.1:{ca_port}")}),
    )


@contextmanager
def running_bridge(
    folder: Path,
    database_url: str,
    ca: RunningCa,
    *,
    clock: Clock | None = None,
    bridge: BridgePart | None = None,
    checkpoint: Checkpoint | None = None,
    lease: LeasePart | None = None,
) -> Iterator[RunningBridge]:
    """A service beside ``ca``, ready; stopped at the end."""
    settings = make_settings(
        folder, database_url, ca.mesh, ca.service.server.port, bridge=bridge, lease=lease
    )
    put_schema_of(settings.database, "bridge")
    label = str(KeyLabel("bridge", "service", FIRST))
    nth = next(_begun.setdefault(ca.mesh, count()))
    put_key(settings.keys, label, key_named(f"{label} {nth}", settings.bridge.key_bits))
    service = BridgeService(
        settings, clock or SystemClock(), **({"checkpoint": checkpoint} if checkpoint else {})
    )
    service.start()
    enrol_bridge_officers(service.bridge.database)
    running = RunningBridge(folder, ca.mesh, service.server.port, ca=ca, service=service)
    try:
        wait_serving(service.server.health_port)
        yield running
    finally:
        running.close()
        service.stop()


def wait_serving(health_port: int, seconds: float = 60) -> None:
    """Until the health service says SERVING."""
    end = time.monotonic() + seconds
    while not is_serving(health_port):
        assert time.monotonic() < end, "the bridge did not get ready"
        time.sleep(0.05)
