"""Every method of every service against every kind of caller it must not answer.

The servicers behind the guard only write down that they were reached.
"""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from cryptography import x509

from openjpki.api.types.v1 import authorization_pb2
from openjpki.domain.served_scope import NATIONWIDE
from openjpki.errors import Reason
from openjpki.rpc.identity.credentials import RotatingMaterial, TlsFiles, channel_credentials
from openjpki.rpc.identity.peer import server_name
from openjpki.rpc.identity.roles import PeerRole, role_of_number
from openjpki.rpc.status import typed_error
from openjpki.services.ocsp.responders.plane import Plane
from tests.support.contracts import SERVERS, Method, add_all, methods
from tests.support.mesh import TRUST_DOMAIN, Mesh
from tests.support.scopes import (
    OTHER_SCOPE,
    OTHER_VALUES,
    OWN_REACH,
    OWN_SCOPE,
    OWN_VALUES,
    limited,
    parts_of,
    put,
)
from tests.support.status_front import front_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

METHODS = methods()
_REACHED = Reason.UNKNOWN_VERIFIER
"""What a method says that is served without Python, to whom the guard lets in."""


class Recorder:
    """A servicer of anything: writes down the methods that were reached."""

    def __init__(self) -> None:
        self.reached: list[str] = []

    def __getattr__(self, name: str) -> Callable[[Any, Any], Any]:
        def serve(_request: Any, _context: Any) -> Any:
            self.reached.append(name)
            raise NotImplementedError

        return serve


class Estate:
    """All four services on loopback, and peers of every kind to call them."""

    def __init__(self, mesh: Mesh, foreign: Mesh, stack: ExitStack) -> None:
        self.mesh = mesh
        self.foreign = foreign
        self._stack = stack
        self._recorders = {role: Recorder() for role in SERVERS}
        # Nobody is registered: whoever is let in is told so by the method itself.
        plane = Plane(mesh.clock, timedelta(minutes=5))
        plane.denied((), 3600.0)
        fronts = {PeerRole.OCSP: front_of(mesh, plane)}
        self._in_front = {name for front in fronts.values() for name in front.services}
        self._ports = {
            role: stack.enter_context(
                mesh.serve(
                    role,
                    add_all(role, self._recorders[role], but=self._in_front),
                    front=fronts.get(role),
                )
            ).port
            for role in SERVERS
        }
        self._channels: dict[tuple[PeerRole, TlsFiles | None], grpc.Channel] = {}

    def of(self, role: PeerRole, service: PeerRole, scope: str = "") -> TlsFiles:
        """Credentials of a role; of one that names a service, this one."""
        return self.mesh.files(role, *parts_of(role, service, scope))

    def call(
        self, method: Method, peer: TlsFiles | None, request: bytes = b"", timeout: float | None = 5
    ) -> grpc.RpcError:
        """Makes the call with octets as they are; returns how it failed. No call here succeeds:
        the recorder has no answers."""
        key = (method.server, peer)
        if key not in self._channels:
            self._channels[key] = self._stack.enter_context(self._open(*key))
        channel = self._channels[key]
        try:
            if method.descriptor.server_streaming:
                stream: grpc.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(
                    method.path
                )
                list(stream(request, timeout=timeout))
            else:
                unary: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method.path)
                unary(request, timeout=timeout)
        except grpc.RpcError as error:
            if self.is_in_front(method) and typed_error(error).reason is _REACHED:
                self._recorders[method.server].reached.append(method.descriptor.name)
            return error
        pytest.fail("the call was answered")

    def is_in_front(self, method: Method) -> bool:
        """Whether it is served without Python."""
        return method.descriptor.containing_service.full_name in self._in_front

    def reached(self, method: Method) -> bool:
        """Whether the method's own code ran since the last time this was asked."""
        recorder = self._recorders[method.server]
        found = method.descriptor.name in recorder.reached
        recorder.reached.clear()
        return found

    def _open(self, server: PeerRole, peer: TlsFiles | None) -> grpc.Channel:
        if peer is None:
            credentials = grpc.ssl_channel_credentials(self.mesh.authority.trust_bundle)
        else:
            material = RotatingMaterial(peer).current()
            credentials = channel_credentials(material)
        name = server_name(server, TRUST_DOMAIN)
        return grpc.secure_channel(
            f"127.0.0.1:{self._ports[server]}",
            credentials,
            [("grpc.ssl_target_name_override", name), ("grpc.enable_retries", 0)],
        )


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    directory: Path = tmp_path_factory.mktemp("estate")
    mesh, foreign = Mesh(directory / "own"), Mesh(directory / "foreign")
    # The stranger trusts our servers; it is they who must not trust it.
    with ExitStack() as stack:
        yield Estate(mesh, foreign, stack)


def _each(choose: Callable[[Method], bool] = lambda _method: True) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("method", [one for one in METHODS if choose(one)], ids=str)


def _open_to_all(method: Method) -> bool:
    return authorization_pb2.ROLE_ANY_PEER in method.scope_fields


def _scoped(method: Method) -> bool:
    return any("" not in fields for fields in method.scope_fields.values())


def _granted(method: Method) -> list[PeerRole]:
    if authorization_pb2.ROLE_ANY_PEER in method.scope_fields:
        return list(PeerRole)
    found = [role_of_number(number) for number in method.scope_fields]
    return [role for role in found if role is not None]


def test_there_are_methods_of_all_four_services() -> None:
    assert {method.server for method in METHODS} == set(SERVERS)
    assert len(METHODS) >= 34


@_each()
def test_no_client_certificate(estate: Estate, method: Method) -> None:
    error = estate.call(method, None, method.request().SerializeToString())
    assert error.code() is grpc.StatusCode.UNAVAILABLE  # the handshake itself fails
    assert not estate.reached(method)


@_each()
def test_certificate_of_a_foreign_authority(estate: Estate, method: Method) -> None:
    """Same trust domain, same role, same names: only the signature is another's."""
    granted = _granted(method)[0]
    stranger = estate.foreign.files(granted, *parts_of(granted, method.server))
    own = estate.of(granted, method.server)
    stranger = TlsFiles(stranger.certificate, stranger.private_key, own.trust_bundle)
    error = estate.call(method, stranger, method.request().SerializeToString())
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert not estate.reached(method)


@_each()
def test_certificate_of_the_mesh_without_a_spiffe_id(estate: Estate, method: Method) -> None:
    nameless = _once(estate, "nameless", lambda: estate.mesh.odd_files([]))
    error = estate.call(method, nameless, method.request().SerializeToString())
    assert typed_error(error).reason is Reason.UNAUTHENTICATED
    assert not estate.reached(method)


@_each()
def test_spiffe_id_of_another_trust_domain(estate: Estate, method: Method) -> None:
    granted = _granted(method)[0]
    path = "/".join((granted.value, *parts_of(granted, method.server)))
    elsewhere = f"spiffe://elsewhere.example/{path}"
    uri = x509.UniformResourceIdentifier(elsewhere)
    peer = _once(estate, elsewhere, lambda: estate.mesh.odd_files([uri]))
    error = estate.call(method, peer, method.request().SerializeToString())
    assert typed_error(error).reason is Reason.UNAUTHENTICATED
    assert not estate.reached(method)


@_each(lambda method: not _open_to_all(method))
def test_every_role_without_a_grant(estate: Estate, method: Method) -> None:
    others = [role for role in PeerRole if role not in _granted(method)]
    assert others
    for role in others:
        # Its octets are not even looked at.
        error = estate.call(method, estate.of(role, method.server), b"\xff\xff\xff")
        assert typed_error(error).reason is Reason.ROLE_NOT_ALLOWED, role
        assert not estate.reached(method), role


@_each(_scoped)
def test_scope_of_another(estate: Estate, method: Method) -> None:
    scoped = [
        (role_of_number(number), fields)
        for number, fields in method.scope_fields.items()
        if "" not in fields
    ]
    for role, (field,) in scoped:
        assert role is not None
        limit = limited(role, method.server) if role.reaches_several else ""
        caller = estate.of(role, method.server, limit)
        others = OTHER_VALUES[field.rpartition(".")[2]] if limit else [OTHER_SCOPE]
        if limit.endswith(".signing-13") and field == "municipality_code":
            # All of its municipalities are an authority's operator's.
            others = [one for one in others if not one.startswith("13")]
            assert others
        # An absent scope is not everybody's scope.
        for other in (*others, ""):
            request = method.request()
            put(request, field, other)
            error = estate.call(method, caller, request.SerializeToString())
            typed = typed_error(error)
            assert typed.reason is Reason.OUT_OF_SCOPE, other
            assert typed.field == field
            assert not estate.reached(method)


def _about_everything(method: Method) -> list[PeerRole]:
    """The roles that reach several and are granted the method without a field to compare, nor by a
    method that compares for itself."""
    judged = _judged(method)
    return [
        role
        for number, fields in method.scope_fields.items()
        if (role := role_of_number(number))
        and role.reaches_several
        and "" in fields
        and role not in judged
    ]


def _judged(method: Method) -> list[PeerRole]:
    """The roles whose scope the method itself compares."""
    found = [role_of_number(one.role) for one in method.rule.grants if one.judged_by_method]
    return [role for role in found if role is not None]


def test_methods_that_judge_for_themselves_are_these() -> None:
    """Each is tested where it is: an officers' register and a deny list, by what they hold."""
    services = {one.descriptor.containing_service.name for one in METHODS if _judged(one)}
    assert services == {"OfficerRegisterService", "DenyListService"}


@_each(lambda method: bool(_judged(method)))
def test_a_limited_scope_gets_to_a_method_that_judges_it(estate: Estate, method: Method) -> None:
    for role in _judged(method):
        caller = estate.of(role, method.server, limited(role, method.server))
        estate.call(method, caller, _in_scope(method).SerializeToString())
        assert estate.reached(method)


@_each(lambda method: bool(_about_everything(method)))
def test_a_limited_scope_where_the_method_is_about_everything(
    estate: Estate, method: Method
) -> None:
    for role in _about_everything(method):
        caller = estate.of(role, method.server, limited(role, method.server))
        error = estate.call(method, caller, _in_scope(method).SerializeToString())
        assert typed_error(error).reason is Reason.OUT_OF_SCOPE
        assert not estate.reached(method)


def _of_one_service(method: Method) -> list[PeerRole]:
    roles = [] if _open_to_all(method) else _granted(method)
    return [role for role in roles if role.names_its_service]


@_each(lambda method: bool(_of_one_service(method)))
def test_people_of_another_service(estate: Estate, method: Method) -> None:
    for role in _of_one_service(method):
        scopes = [service.value for service in SERVERS if service is not method.server]
        if role is PeerRole.OPERATOR:
            scopes += [f"{scope}.signing-13" for scope in scopes]
        else:
            scopes += ["elsewhere", f"{method.server.value}.elsewhere"]
        for scope in scopes:
            # Its octets are not even looked at.
            caller = estate.of(role, method.server, scope)
            error = estate.call(method, caller, b"\xff\xff\xff")
            assert typed_error(error).reason is Reason.ROLE_NOT_ALLOWED, scope
            assert not estate.reached(method), scope


@_each()
def test_octets_that_are_no_message(estate: Estate, method: Method) -> None:
    error = estate.call(method, _allowed(estate, method), b"\xff\xff\xff\xff")
    assert typed_error(error).reason is Reason.INVALID_FIELD
    assert not estate.reached(method)


@_each(lambda method: method.rule.mutating)
def test_changes_without_request_id(estate: Estate, method: Method) -> None:
    for wrong in ("", "1", str(uuid.uuid4())[:-1]):
        request = _in_scope(method)
        request.request_id = wrong
        error = estate.call(method, _allowed(estate, method), request.SerializeToString())
        typed = typed_error(error)
        assert typed.reason is Reason.INVALID_FIELD
        assert typed.field == "request_id"
        assert not estate.reached(method)


@_each(lambda method: not method.descriptor.server_streaming)
def test_no_deadline(estate: Estate, method: Method) -> None:
    octets = _in_scope(method).SerializeToString()
    error = estate.call(method, _allowed(estate, method), octets, timeout=None)
    assert typed_error(error).reason is Reason.DEADLINE_REQUIRED
    assert not estate.reached(method)


@_each()
def test_every_granted_role_reaches_its_method(estate: Estate, method: Method) -> None:
    """The other tests' control: with the grant, in scope and valid, the call gets through."""
    for role in _granted(method):
        octets = _in_scope(method).SerializeToString()
        error = estate.call(method, _of_method(estate, role, method), octets)
        assert estate.reached(method), role
        # The method's own refusal, or the recorder's failure.
        own = _REACHED if estate.is_in_front(method) else Reason.INTERNAL
        assert typed_error(error).reason is own


def _allowed(estate: Estate, method: Method) -> TlsFiles:
    return _of_method(estate, _granted(method)[0], method)


def _of_method(estate: Estate, role: PeerRole, method: Method) -> TlsFiles:
    """A caller whose scope suffices for the method."""
    everything = role in _about_everything(method) and role is not PeerRole.OPERATOR
    return estate.of(role, method.server, NATIONWIDE if everything else "")


def _in_scope(method: Method) -> Any:
    request: Any = method.request()
    for number, fields in method.scope_fields.items():
        role = role_of_number(number)
        for field in fields - {""}:
            several = role is not None and (role.reaches_several or role in OWN_REACH)
            put(request, field, OWN_VALUES[field.rpartition(".")[2]] if several else OWN_SCOPE)
    return request


def _once(estate: Estate, name: str, make: Callable[[], TlsFiles]) -> TlsFiles:
    made: dict[str, TlsFiles] = estate.__dict__.setdefault("odd", {})
    if name not in made:
        made[name] = make()
    return made[name]
