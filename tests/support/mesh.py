"""A mesh for tests: an authority, credentials of any role, real servers on loopback."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypedDict, Unpack

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from openjpki.domain.served_scope import NATIONWIDE
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server.server import build_server
from openjpki_devkit.mesh.authority import MeshAuthority, MeshCredential

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import grpc

    from openjpki.rpc.client.channel import TypedChannel
    from openjpki.rpc.identity.credentials import TlsFiles
    from openjpki.rpc.server.front import Front
    from openjpki.rpc.server.server import RpcServer, ServerLimits

TRUST_DOMAIN = "test.openjpki.example"


class ChannelOptions(TypedDict, total=False):
    """What a test may ask of a channel; see :func:`openjpki.rpc.client.channel.open_channel`."""

    default_timeout: float
    max_response: int
    retries: bool
    look_every: float


class SettableClock:
    """A clock that shows real time plus an offset a test can move."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset


def usual_scope(role: PeerRole) -> str:
    """What a service serves in a test that is not about it."""
    return NATIONWIDE if role in {PeerRole.REGISTRATION, PeerRole.OCSP} else ""


class Mesh:
    """One trust domain in a directory of its own; credentials are made once per identity."""

    def __init__(self, directory: Path, trust_domain: str = TRUST_DOMAIN) -> None:
        self.clock = SettableClock()
        self.trust_domain = trust_domain
        self.authority = MeshAuthority.create(clock=self.clock, trust_domain=trust_domain)
        self.folder = directory
        self._made: dict[tuple[PeerRole, str, str], TlsFiles] = {}

    def files(self, role: PeerRole, scope: str = "", subject: str = "") -> TlsFiles:
        """Credentials of a peer; services are valid for localhost."""
        scope = scope or usual_scope(role)
        key = (role, scope, subject)
        if key not in self._made:
            credential = self.authority.issue(
                role,
                scope,
                subject,
                dns_names=["localhost"] if role.is_service else [],
                ip_addresses=["127.0.0.1"] if role.is_service else [],
            )
            self._made[key] = credential.write(self.folder / f"{role.value}-{scope}-{subject}")
        return self._made[key]

    def odd_files(
        self,
        names: Sequence[x509.GeneralName],
        *,
        ca: bool = False,
        valid_for: timedelta = timedelta(days=1),
        usages: Sequence[x509.ObjectIdentifier] = (),
    ) -> TlsFiles:
        """Credentials that another authority program made of this mesh's key: names as given."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "odd")]))
            .issuer_name(self.authority._certificate.subject)
            .serial_number(x509.random_serial_number())
            .public_key(key.public_key())
            .not_valid_before(self.clock.now() - timedelta(days=2))
            .not_valid_after(self.clock.now() + valid_for)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        if usages:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        certificate = builder.sign(self.authority._key, hashes.SHA256())
        credential = MeshCredential(
            certificate.public_bytes(serialization.Encoding.PEM),
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
            self.authority.trust_bundle,
        )
        return credential.write(self.folder / f"odd-{certificate.serial_number:x}")

    @contextmanager
    def serve(
        self,
        role: PeerRole,
        services: Sequence[Callable[[grpc.Server], None]],
        limits: ServerLimits | None = None,
        front: Front | None = None,
    ) -> Iterator[RpcServer]:
        """A running server of a service role, behind a front if there is one, stopped at the
        end."""
        server = build_server(
            listen="127.0.0.1:0",
            health_listen="127.0.0.1:0",
            tls=self.files(role),
            trust_domain=self.trust_domain,
            clock=self.clock,
            services=services,
            limits=limits,
            front=front,
        )
        server.start()
        try:
            yield server
        finally:
            server.stop()

    def channel(
        self,
        server: RpcServer,
        expect: PeerRole,
        role: PeerRole,
        scope: str = "",
        subject: str = "",
        **options: Unpack[ChannelOptions],
    ) -> TypedChannel:
        """A channel of a peer to a server that :meth:`serve` started."""
        return open_channel(
            f"127.0.0.1:{server.port}",
            self.files(role, scope, subject),
            expect_role=expect,
            trust_domain=self.trust_domain,
            **options,
        )
