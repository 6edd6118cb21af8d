"""A real ca service for tests: mutual TLS on loopback, a real database, encrypted software keys."""

from __future__ import annotations

import hashlib
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.types.v1 import person_pb2, revocation_pb2
from openjpki.config.address import Address
from openjpki.config.ca import CaPart, CaSettings
from openjpki.config.clock import SystemClock
from openjpki.config.parts import DatabasePart, LeasePart, SoftwareKeysPart, TlsPart
from openjpki.domain.authority import AuthorityId
from openjpki.domain.generation import FIRST
from openjpki.domain.municipality import Municipality
from openjpki.domain.policy import AuthorityPolicy
from openjpki.keys.label import KeyLabel
from openjpki.rpc.client.channel import TypedChannel, open_channel
from openjpki.rpc.identity.private_files import write_private
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.authorities.create_authority import create_authority
from openjpki.services.ca.service import CaService, close_context, open_context
from openjpki_devkit.mesh.authority import MeshAuthority
from tests.support.bridge_officers import enrol_bridge_officers
from tests.support.key_files import key_named, put_key
from tests.support.mesh import usual_scope
from tests.support.receipt_key import put_receipt_key
from tests.support.responder_keys import REPLICA, EnrollingAuthorities
from tests.support.schemas import put_schema_of
from tests.support.window_officers import (
    enrol_everybody,
    sign_issuance,
    sign_revocation,
    window_officer,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from openjpki.config.parts import KeysPart, ServicePart
    from openjpki.domain.clock import Clock
    from openjpki.services.common.checkpoint import Checkpoint

TRUST_DOMAIN = "test.openjpki.example"
TOYAMA = "signing-16"
KAGAWA = "signing-37"
"""Authorities of two small prefectures: 15 and 17 municipalities."""


@dataclass
class RunningCa:
    """A started service and a mesh whose peers may call it."""

    folder: Path
    settings: CaSettings
    mesh: MeshAuthority
    service: CaService
    channels: list[TypedChannel] = field(default_factory=list)

    def channel(
        self, role: PeerRole, scope: str = "", subject: str = "", *, retries: bool = True
    ) -> TypedChannel:
        """A channel of a peer of this role; without ``retries`` a call is made once, here."""
        files = self.mesh.issue(role, scope or usual_scope(role), subject).write(
            self.folder / "peers" / uuid.uuid4().hex
        )
        channel = open_channel(
            Address.of(self.settings.service.listen.host, self.service.server.port),
            files,
            expect_role=PeerRole.CA,
            trust_domain=TRUST_DOMAIN,
            retries=retries,
        )
        self.channels.append(channel)
        return channel

    def certificates(self) -> ca_pb2_grpc.CertificateServiceStub:
        """As registration calls it."""
        return ca_pb2_grpc.CertificateServiceStub(self.channel(PeerRole.REGISTRATION))

    def governors(self, authority_id: str = TOYAMA) -> ca_pb2_grpc.CertificateServiceStub:
        """As the governor's officer calls it."""
        return ca_pb2_grpc.CertificateServiceStub(
            self.channel(PeerRole.GOVERNOR_OFFICER, authority_id, "mori")
        )

    def authorities(self, role: PeerRole = PeerRole.OCSP) -> ca_pb2_grpc.AuthorityServiceStub:
        """As ocsp or bridge calls it; a responder's key that asks is enrolled first."""
        if role is not PeerRole.OCSP:
            return ca_pb2_grpc.AuthorityServiceStub(self.channel(role))
        stub = ca_pb2_grpc.AuthorityServiceStub(self.channel(role, subject=REPLICA))
        enrolling = EnrollingAuthorities(stub, self.service.ca.database)
        return cast("ca_pb2_grpc.AuthorityServiceStub", enrolling)

    def replica(self, name: str = REPLICA) -> ca_pb2_grpc.AuthorityServiceStub:
        """As a replica of ocsp calls it, with whatever key it has."""
        return ca_pb2_grpc.AuthorityServiceStub(self.channel(PeerRole.OCSP, subject=name))

    def responder_keys(
        self, subject: str = "operator-1", scope: str = "ca"
    ) -> ca_pb2_grpc.ResponderKeyServiceStub:
        """As an operator calls it."""
        return ca_pb2_grpc.ResponderKeyServiceStub(self.channel(PeerRole.OPERATOR, scope, subject))

    def operator(
        self, subject: str = "operator-1", scope: str = "ca"
    ) -> ca_pb2_grpc.AuthorityServiceStub:
        """As an operator calls it."""
        return ca_pb2_grpc.AuthorityServiceStub(self.channel(PeerRole.OPERATOR, scope, subject))

    def lists(self, role: PeerRole = PeerRole.OCSP) -> ca_pb2_grpc.RevocationListServiceStub:
        """As ocsp or bridge calls it."""
        return ca_pb2_grpc.RevocationListServiceStub(self.channel(role))

    def feed(self) -> ca_pb2_grpc.StatusFeedServiceStub:
        """As ocsp calls it."""
        return ca_pb2_grpc.StatusFeedServiceStub(self.channel(PeerRole.OCSP))

    def stop(self) -> None:
        """Close the channels and stop."""
        for channel in self.channels:
            channel.close()
        self.service.stop()


def make_settings(
    folder: Path,
    database_url: str,
    mesh: MeshAuthority,
    *,
    keys: KeysPart | None = None,
    ca: CaPart | None = None,
    lease: LeasePart | None = None,
    host: str = "127.0.0.1",
) -> CaSettings:
    """Settings of a service on free ports of loopback, its files below ``folder``."""
    files = mesh.issue(PeerRole.CA, ip_addresses=["127.0.0.1", "::1"]).write(folder / "tls")
    if keys is None:
        passphrase = folder / "passphrase"
        if not passphrase.exists():
            write_private(passphrase, b"correct horse battery staple\n")
        keys = SoftwareKeysPart(
            kind="software", directory=folder / "keys", passphrase_file=passphrase
        )
    return CaSettings(
        service=_free_ports(host),
        tls=TlsPart(
            certificate=files.certificate,
            private_key=files.private_key,
            trust_bundle=files.trust_bundle,
            trust_domain=TRUST_DOMAIN,
        ),
        database=DatabasePart(url=SecretStr(database_url)),
        keys=keys,
        lease=lease or LeasePart(),
        ca=ca or CaPart(),
    )


def _free_ports(host: str) -> ServicePart:
    from openjpki.config.base import listening  # noqa: PLC0415

    usual = listening(7110)
    free = {name: Address.of(host, 0) for name in ("listen", "health_listen", "metrics_listen")}
    return usual.model_copy(update=free)


@contextmanager
def running_ca(
    folder: Path,
    database_url: str,
    *,
    authorities: Sequence[str] = (TOYAMA,),
    policy: AuthorityPolicy | None = None,
    clock: Clock | None = None,
    keys: KeysPart | None = None,
    ca: CaPart | None = None,
    checkpoint: Checkpoint | None = None,
    mesh: MeshAuthority | None = None,
    lease: LeasePart | None = None,
    host: str = "127.0.0.1",
) -> Iterator[RunningCa]:
    """A service with these authorities (those that do not exist are made), stopped at the end.

    One of several instances over one database has the others' ``mesh`` and ``folder``."""
    clock = clock or SystemClock()
    mesh = mesh or MeshAuthority.create(clock=SystemClock(), trust_domain=TRUST_DOMAIN)
    settings = make_settings(folder, database_url, mesh, keys=keys, ca=ca, lease=lease, host=host)
    make_authorities(settings, clock, authorities, policy)
    service = CaService(settings, clock, **({"checkpoint": checkpoint} if checkpoint else {}))
    service.start()
    running = RunningCa(folder, settings, mesh, service)
    try:
        yield running
    finally:
        running.stop()


def make_authorities(
    settings: CaSettings,
    clock: Clock,
    texts: Sequence[str],
    policy: AuthorityPolicy | None = None,
) -> None:
    """What an operator does before the service is started for the first time."""
    from openjpki.storage.ca import authorities as stored  # noqa: PLC0415

    put_receipt_key(settings)
    put_schema_of(settings.database, "ca")
    context = open_context(settings, clock)
    for authority_id in map(AuthorityId.parse, texts):
        with context.database.reading() as tx:
            exists = stored.get(tx, authority_id) is not None
        if not exists:
            decided = policy or AuthorityPolicy()
            # The ceremony takes up a key that is there.
            label = str(KeyLabel("authority", str(authority_id), FIRST))
            put_key(settings.keys, label, key_named(label, decided.authority_key.bits))
            create_authority(context, authority_id, decided, actor="ceremony")
            enrol_everybody(context, authority_id)
    enrol_bridge_officers(context.database)
    close_context(context)


def person_key() -> rsa.RSAPrivateKey:
    """A new key as a card would make."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def request_of(key: rsa.RSAPrivateKey, *, authority: bool = False, name: str = "x") -> bytes:
    """PKCS#10, DER."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    )
    if authority:
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def issue_request(
    key: rsa.RSAPrivateKey,
    *,
    authority_id: str = TOYAMA,
    municipality_code: str = "16201",
    person: str = "person",
    request_id: str | None = None,
    name: str = "富山\u3000花子",
    birth_date: str = "1980-02-17",
    at: datetime | None = None,
    renews: bytes = b"",
) -> ca_pb2.IssueCertificateRequest:
    """A request that an authority accepts. ``person`` tells persons apart; ``at``: when officers
    signed, now unless said."""
    municipality = Municipality(municipality_code)
    address = f"{municipality.prefecture.name}{municipality.name}一丁目２番３号"
    request = ca_pb2.IssueCertificateRequest(
        request_id=request_id or str(uuid.uuid4()),
        authority_id=authority_id,
        municipality_code=municipality_code,
        window_id=f"{municipality_code}001A",
        person_reference=hashlib.sha256(person.encode()).digest(),
        attributes=person_pb2.FourAttributes(
            name=name,
            birth_date=birth_date,
            sex=person_pb2.SEX_FEMALE,
            address=address,
        ),
        substitutions=person_pb2.Substitutions(name="0" * len(name), address="0" * len(address)),
        certification_request=request_of(key),
        renews=renews,
    )
    return sign_issuance(request, at=at)


def revoke_request(
    serial: bytes,
    cause: revocation_pb2.RevocationCause.ValueType = revocation_pb2.REVOCATION_CAUSE_USER_WISH,
    *,
    authority_id: str = TOYAMA,
    officer: str | None = None,
    at: datetime | None = None,
) -> ca_pb2.RevokeCertificateRequest:
    """A request that an authority accepts; by default on the word of an officer of the window of
    :func:`issue_request`'s municipality in that prefecture."""
    request = ca_pb2.RevokeCertificateRequest(
        request_id=str(uuid.uuid4()), authority_id=authority_id, serial=serial, cause=cause
    )
    number = authority_id.rpartition("-")[2]
    at_window = window_officer(f"{number}{'101' if number == '13' else '201'}", "officer-1")
    return sign_revocation(request, officer or at_window, at=at)
