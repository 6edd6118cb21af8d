"""The running services against every kind of caller they must not answer, method by method.

tests/contract/authorisation does the same with the guard alone; here the services themselves are
asked, as they are deployed.
"""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING

import grpc
import pytest

from openjpki.api.types.v1 import authorization_pb2
from openjpki.config.clock import SystemClock
from openjpki.errors import Reason
from openjpki.rpc.identity.credentials import RotatingMaterial, channel_credentials
from openjpki.rpc.identity.peer import server_name
from openjpki.rpc.identity.roles import PeerRole, role_of_number
from openjpki.rpc.status import typed_error
from openjpki_devkit.embedded.layout import TRUST_DOMAIN
from openjpki_devkit.mesh.authority import MeshAuthority
from tests.support.contracts import SERVERS, Method, methods
from tests.support.installation import CHIYODA, OSAKA
from tests.support.scopes import OTHER_VALUES, limited, parts_of, put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.rpc.identity.credentials import TlsFiles
    from tests.support.installation import RunningInstallation

METHODS = methods()


class Callers:
    """Peers of every kind, with a channel each to every service."""

    def __init__(self, installation: RunningInstallation) -> None:
        self.installation = installation
        self._channels: dict[tuple[PeerRole, object], grpc.Channel] = {}

    def fails(self, method: Method, tls: TlsFiles | None, request: bytes) -> grpc.RpcError:
        """Makes the call; returns how it failed."""
        channel = self._channel(method.server, tls)
        try:
            if method.descriptor.server_streaming:
                stream: grpc.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(
                    method.path
                )
                list(stream(request, timeout=60))
            else:
                unary: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method.path)
                unary(request, timeout=60)
        except grpc.RpcError as error:
            return error
        pytest.fail(f"{method} answered")

    def of(self, role: PeerRole, service: PeerRole, scope: str = "") -> TlsFiles:
        return self.installation.peer(role, *parts_of(role, service, scope))

    def close(self) -> None:
        for channel in self._channels.values():
            channel.close()

    def _channel(self, server: PeerRole, tls: TlsFiles | None) -> grpc.Channel:
        key = (server, tls)
        if key not in self._channels:
            layout = self.installation.installation.layout
            if tls is None:
                bundle = (layout.mesh / "mesh-ca.crt").read_bytes()
                credentials = grpc.ssl_channel_credentials(bundle)
            else:
                credentials = channel_credentials(RotatingMaterial(tls).current())
            name = server_name(server, TRUST_DOMAIN)
            self._channels[key] = grpc.secure_channel(
                self.installation.target(server),
                credentials,
                [("grpc.ssl_target_name_override", name), ("grpc.enable_retries", 0)],
            )
        return self._channels[key]


@pytest.mark.parametrize("service", list(SERVERS), ids=str)
def test_strangers_write_nothing_into_the_log(
    installation: RunningInstallation, service: PeerRole
) -> None:
    """gRPC's core has a line for each handshake that fails, past the service's own log."""
    log = installation.installation.layout.log(service)
    port = installation.installation.ports[service].rpc
    before = len(log.read_text(encoding="utf-8"))
    for said in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x80\x2e\x01\x00\x02"):
        with socket.create_connection(("127.0.0.1", port), 30) as stranger:
            stranger.sendall(said)
            # Once the connection has ended, what there was to say has been said.
            with suppress(ConnectionResetError):
                while stranger.recv(64):
                    # A service may say that this is no TLS.
                    pass
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    with (
        suppress(OSError),
        socket.create_connection(("127.0.0.1", port), 30) as plain,
        anybody.wrap_socket(plain, server_hostname="elsewhere.example") as stranger,
    ):
        stranger.recv(64)
    assert "ssl_transport_security" not in log.read_text(encoding="utf-8")[before:]


@pytest.fixture(scope="module")
def callers(installation: RunningInstallation) -> Iterator[Callers]:
    made = Callers(installation)
    yield made
    made.close()


def _granted(method: Method) -> list[PeerRole]:
    if authorization_pb2.ROLE_ANY_PEER in method.scope_fields:
        return list(PeerRole)
    return [role for number in method.scope_fields if (role := role_of_number(number))]


@pytest.mark.parametrize("server", list(SERVERS), ids=str)
def test_nobody_without_a_certificate(callers: Callers, server: PeerRole) -> None:
    for method in METHODS:
        if method.server is server:
            error = callers.fails(method, None, method.request().SerializeToString())
            assert error.code() is grpc.StatusCode.UNAVAILABLE, method


@pytest.mark.parametrize("server", list(SERVERS), ids=str)
def test_nobody_whom_another_mesh_certified(
    callers: Callers, server: PeerRole, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("elsewhere")
    foreign = MeshAuthority.create(clock=SystemClock(), trust_domain=TRUST_DOMAIN)
    ours = (callers.installation.installation.layout.mesh / "mesh-ca.crt").read_bytes()
    for method in METHODS:
        if method.server is not server:
            continue
        role = _granted(method)[0]
        tls = foreign.issue(role, *parts_of(role, server)).write(folder / role.value)
        # The stranger trusts our services; it is they who must not trust it.
        tls.trust_bundle.write_bytes(ours)
        error = callers.fails(method, tls, method.request().SerializeToString())
        assert error.code() is grpc.StatusCode.UNAVAILABLE, method


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_no_role_that_the_contract_does_not_grant(callers: Callers, method: Method) -> None:
    for role in PeerRole:
        if role in _granted(method):
            continue
        request = method.request().SerializeToString()
        error = typed_error(callers.fails(method, callers.of(role, method.server), request))
        assert error.reason is Reason.ROLE_NOT_ALLOWED, role


@pytest.mark.requirement("R1.3.3", refuses=True)
@pytest.mark.parametrize(
    "method",
    [one for one in METHODS if any("" not in fields for fields in one.scope_fields.values())],
    ids=str,
)
def test_no_right_role_in_a_wrong_scope(callers: Callers, method: Method) -> None:
    for number, fields in method.scope_fields.items():
        role = role_of_number(number)
        if "" in fields or role is None:
            continue
        (field,) = fields
        request = method.request()
        if role.reaches_several:
            put(request, field, OTHER_VALUES[field.rpartition(".")[2]][0])
            tls = callers.of(role, method.server, limited(role, method.server))
        else:
            setattr(request, field, OSAKA)
            tls = callers.of(role, method.server, CHIYODA)
        error = typed_error(callers.fails(method, tls, request.SerializeToString()))
        assert (error.reason, error.field) == (Reason.OUT_OF_SCOPE, field)


@pytest.mark.requirement("R4.2", refuses=True)
def test_no_verifier_that_is_not_registered(callers: Callers) -> None:
    asked = [
        method
        for method in METHODS
        if method.server is PeerRole.OCSP and _granted(method) == [PeerRole.VERIFIER]
    ]
    assert len(asked) >= 4
    for method in asked:
        request = method.request().SerializeToString()
        stranger = callers.of(PeerRole.VERIFIER, PeerRole.OCSP, "never-registered")
        error = typed_error(callers.fails(method, stranger, request))
        assert error.reason is Reason.UNKNOWN_VERIFIER, method
