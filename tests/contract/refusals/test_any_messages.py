"""Messages drawn by chance, sent to every method of the four services by whoever may call it.

Whatever is sent, a service answers or refuses by a reason that the method's contract names; it
fails at nothing, and says in no refusal and in no line of its log what stood in the message. By
ANY_MESSAGES more are sent (``make any-messages``), by ANY_SEED others.
"""

from __future__ import annotations

import os
import uuid
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf import message_factory

from openjpki.rpc.identity.credentials import RotatingMaterial, channel_credentials
from openjpki.rpc.identity.peer import server_name
from openjpki.rpc.identity.roles import PeerRole, role_of_number
from openjpki.rpc.status import typed_error
from tests.support.any_messages import AnyMessages
from tests.support.bridge_service import running_bridge
from tests.support.ca_service import (
    TOYAMA,
    TRUST_DOMAIN,
    issue_request,
    person_key,
    request_of,
    revoke_request,
    running_ca,
)
from tests.support.captured_logs import captured_logs
from tests.support.contracts import Method, methods
from tests.support.ocsp_service import VERIFIER, running_ocsp
from tests.support.postgres import postgres_server
from tests.support.reasons_named import named
from tests.support.registration_service import (
    TOYAMA_CITY,
    fill_register,
    residents_of,
    running_registration,
)
from tests.support.responder_keys import REPLICA
from tests.support.scopes import put

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

    from google.protobuf.message import Message

    from openjpki_devkit.mesh.authority import MeshAuthority
    from tests.support.postgres import PostgresServer

__all__ = ["postgres_server"]

CALLS = int(os.environ.get("ANY_MESSAGES", "1400"))
SEED = os.environ.get("ANY_SEED", "any messages")
TOLD = "架空ひみつ"
"""Stands in the messages; nobody may say it again."""
_WHO = {
    PeerRole.REGISTRATION: ("16", ""),
    PeerRole.OCSP: (TOYAMA, REPLICA),
    PeerRole.GOVERNOR_OFFICER: (TOYAMA, "mori"),
    PeerRole.WINDOW_OFFICER: (TOYAMA_CITY, "officer-1"),
    PeerRole.BRIDGE_OFFICER: ("bridge", "officer-1"),
    PeerRole.VERIFIER: (VERIFIER, ""),
    PeerRole.PARTNER: (TOYAMA, ""),
    PeerRole.REGISTER_FEED: (TOYAMA_CITY, ""),
}
_SCOPED = {"authority_id": TOYAMA, "municipality_code": TOYAMA_CITY, "partner_id": TOYAMA}


_SENT_BEFORE = [str(uuid.uuid4()) for _ in range(2)]
"""Request ids, of which each is soon another request's."""


@dataclass
class Estate:
    """The four services, started, and whoever calls them."""

    mesh: MeshAuthority
    ports: dict[PeerRole, int]
    stack: ExitStack
    log: io.StringIO
    samples: dict[str, Message]
    texts: list[str]
    octets: list[bytes]
    folder: Any
    _channels: dict[tuple[PeerRole, PeerRole], grpc.Channel] = field(default_factory=dict)

    def channel(self, role: PeerRole, service: PeerRole) -> grpc.Channel:
        """Plain, so that any octets can be sent."""
        if (role, service) not in self._channels:
            scope, subject = _WHO.get(role, (service.value, "operator-1"))
            files = self.mesh.issue(role, scope, subject).write(self.folder / uuid.uuid4().hex)
            self._channels[role, service] = self.stack.enter_context(
                grpc.secure_channel(
                    f"127.0.0.1:{self.ports[service]}",
                    channel_credentials(RotatingMaterial(files).current()),
                    [
                        ("grpc.ssl_target_name_override", server_name(service, TRUST_DOMAIN)),
                        ("grpc.enable_retries", 0),
                    ],
                )
            )
        return self._channels[role, service]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def estate(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Estate]:
    folder = tmp_path_factory.mktemp("any")
    with ExitStack() as stack:

        def database(name: str) -> str:
            if request.param == "sqlite":
                return f"sqlite:///{folder / name}.db"
            server: PostgresServer = request.getfixturevalue("postgres_server")
            return stack.enter_context(server.fresh_database())

        log = stack.enter_context(captured_logs())
        ca = stack.enter_context(running_ca(folder / "ca", database("ca")))
        ca.service.publisher.publish_due()
        port = ca.service.server.port
        people, register = residents_of(TOYAMA_CITY, 3), database("register")
        fill_register(register, people)
        registration = stack.enter_context(
            running_registration(
                folder / "registration", ca.mesh, port,
                database_url=database("registration"), register_url=register,
            )
        )  # fmt: skip
        ocsp = stack.enter_context(
            running_ocsp(folder / "o", database("o"), ca.mesh, f"127.0.0.1:{port}", wait=False)
        )
        ocsp.register()
        bridge = stack.enter_context(running_bridge(folder / "bridge", database("bridge"), ca))
        bridge.register(TOYAMA)
        key = person_key()
        issued = ca.certificates().IssueCertificate(issue_request(key))
        desk = registration.desk()
        application = desk.submit(people[0]).application_id
        desk.check(application)
        samples: list[Message] = [
            issue_request(person_key(), person="another"),
            revoke_request(issued.serial),
            desk.signed_form(people[1]),
            desk.decision(application),
        ]
        yield Estate(
            mesh=ca.mesh,
            ports={
                PeerRole.CA: port,
                PeerRole.REGISTRATION: registration.port,
                PeerRole.OCSP: ocsp.service.server.port,
                PeerRole.BRIDGE: bridge.port,
            },
            stack=stack,
            log=log,
            samples={one.DESCRIPTOR.full_name: one for one in samples},
            texts=[TOLD, TOLD * 40, application, VERIFIER, f"{TOYAMA_CITY}001A"],
            octets=[
                issued.serial, b"\0" + issued.serial, issued.certificate,
                request_of(key), request_of(key, authority=True),
            ],
            folder=folder / "peers",
        )  # fmt: skip


def test_whatever_is_sent_is_answered_or_refused_as_its_contract_says(estate: Estate) -> None:
    drawn = AnyMessages(SEED, estate.texts, estate.octets)
    answered, unnamed = 0, set[str]()
    each = methods()
    for number in range(CALLS):
        method = each[number % len(each)]
        octets = _request(estate, method, drawn)
        roles = [role_of_number(grant.role) for grant in method.rule.grants]
        role = drawn.chance.choice([role for role in roles if role] or [PeerRole.VERIFIER])
        error = _failure(estate.channel(role, method.server), method, octets)
        if error is None:
            answered += 1
            continue
        told = f"{method}, call {number}"
        assert error.code() not in {grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL}, told
        service = method.descriptor.containing_service.name
        reason = typed_error(error).reason.name
        if reason not in named(service, method.descriptor.name):
            unnamed.add(f"{method}: {reason}")
        said = f"{error.details()}{error.trailing_metadata()}"
        assert TOLD not in said, told
        assert repr(TOLD.encode())[2:-1] not in said, told
    assert not unnamed
    # Enough gets through to where it means something.
    assert answered > CALLS / 8
    lines = estate.log.getvalue()
    assert TOLD not in lines
    assert '"level": "error"' not in lines
    assert "Traceback" not in lines


def _request(estate: Estate, method: Method, drawn: AnyMessages) -> bytes:
    kind = message_factory.GetMessageClass(method.descriptor.input_type)
    how = drawn.chance.random()
    message: Any = drawn.of(kind) if how < 0.25 else kind()
    if how >= 0.25:
        message.CopyFrom(estate.samples.get(kind.DESCRIPTOR.full_name) or _usual(method))
        if method.rule.mutating and drawn.chance.random() < 0.3:
            message.request_id = drawn.chance.choice(_SENT_BEFORE)
        drawn.change(message)
    for grant in method.rule.grants:
        if grant.scope_field and drawn.chance.random() < 0.8:
            own = {**_SCOPED, "verifier_id": VERIFIER}
            put(message, grant.scope_field, own[grant.scope_field.rpartition(".")[2]])
    octets = bytes(message.SerializeToString())
    return drawn.spoil(octets) if how > 0.85 else octets


def _usual(method: Method) -> Message:
    message = method.request()
    for name, value in _SCOPED.items():
        found = message.DESCRIPTOR.fields_by_name.get(name)
        if found is not None and not found.is_repeated:
            setattr(message, name, value)
    return message


def _failure(channel: grpc.Channel, method: Method, octets: bytes) -> Any:
    try:
        if method.descriptor.server_streaming:
            streaming: grpc.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(
                method.path
            )
            stream = streaming(octets, timeout=1)
            next(iter(stream), None)
            stream.cancel()
        else:
            unary: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method.path)
            unary(octets, timeout=30)
    except grpc.RpcError as error:
        return error
    return None
