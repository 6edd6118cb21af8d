"""Every method of every service, from the descriptors, and a valid request for each."""

from __future__ import annotations

import importlib
import re
import uuid
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor

from openjpki.api.types.v1 import authorization_pb2
from openjpki.rpc.identity.roles import PeerRole
from tests.support.field_rules import field_rules, keeps

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from types import ModuleType

    from google.protobuf.descriptor import Descriptor, MethodDescriptor, ServiceDescriptor
    from google.protobuf.message import Message

SERVERS = {
    PeerRole.REGISTRATION: "registration",
    PeerRole.CA: "ca",
    PeerRole.OCSP: "ocsp",
    PeerRole.BRIDGE: "bridge",
}
"""Which role serves which package."""
ALSO_SERVED = {
    PeerRole.REGISTRATION: ("mesh",),
    PeerRole.CA: ("officers", "mesh"),
    PeerRole.OCSP: ("mesh",),
    PeerRole.BRIDGE: ("officers", "mesh"),
}
"""Packages that several services serve, each for itself."""
PACKAGES = (*SERVERS.values(), "officers", "mesh")
"""Every package with services."""

_IDENTIFIERS = {
    "authority_id": "signing-13",
    "municipality_code": "13101",
    "window_id": "13101001A",
    "registered_id": "tax-office",
    "day": "2027-04-01",
    "object_identifier": "1.2.392",
    "officer": "window-officer/13101/tanaka",
    "mesh_credential": f"sha256:{'0' * 64}",
}
"""A value that keeps each rule of ours."""
_SAMPLES = (
    "tax-office",
    "13101",
    "13101001A",
    "1980-02-17",
    "0",
    "1.2.392",
    "passport",
    "authority",
    "nationwide/ocsp",
)


@dataclass(frozen=True)
class Method:
    """One method: where it is served and what its contract says of it."""

    server: PeerRole
    descriptor: MethodDescriptor

    @property
    def path(self) -> str:
        return f"/{self.descriptor.containing_service.full_name}/{self.descriptor.name}"

    @property
    def rule(self) -> authorization_pb2.Authorization:
        return self.descriptor.GetOptions().Extensions[authorization_pb2.authorization]

    @property
    def scope_fields(self) -> dict[int, set[str]]:
        """Contract role number to the scope fields of its grants."""
        fields: dict[int, set[str]] = {}
        for grant in self.rule.grants:
            fields.setdefault(grant.role, set()).add(grant.scope_field)
        return fields

    def request(self) -> Message:
        """A request that keeps every rule."""
        return valid_message(message_factory.GetMessageClass(self.descriptor.input_type))

    def __str__(self) -> str:
        name = f"{self.descriptor.containing_service.name}.{self.descriptor.name}"
        shared = SERVERS[self.server] not in self.descriptor.full_name.split(".")
        return f"{name}@{self.server}" if shared else name


def services(package: str) -> list[ServiceDescriptor]:
    """The services of ``openjpki.api.<package>.v1``, of the file called as the package first."""
    return [
        one
        for file in _files(package)
        for one in _module(package, f"{file}_pb2").DESCRIPTOR.services_by_name.values()
    ]


def _files(package: str) -> list[str]:
    folder = Path(importlib.import_module(f"openjpki.api.{package}.v1").__path__[0])
    names = [one.name.removesuffix("_pb2.py") for one in folder.glob("*_pb2.py")]
    return sorted(names, key=lambda name: (name != package, name))


def _module(package: str, name: str) -> ModuleType:
    return importlib.import_module(f"openjpki.api.{package}.v1.{name}")


def methods() -> list[Method]:
    """Every method of every service."""
    return [
        Method(server, method)
        for server, package in SERVERS.items()
        for served in (package, *ALSO_SERVED.get(server, ()))
        for service in services(served)
        for method in service.methods
    ]


def add_all(
    server: PeerRole, servicer: Any, but: Collection[str] = ()
) -> list[Callable[[Any], None]]:
    """For ``build_server``: adds one object as the servicer of everything that a role serves,
    ``but`` services of these full names."""
    adders = []
    for package in (SERVERS[server], *ALSO_SERVED.get(server, ())):
        for one in services(package):
            if one.full_name not in but:
                file = Path(one.file.name).stem
                module = _module(package, f"{file}_pb2_grpc")
                adders.append(getattr(module, f"add_{one.name}Servicer_to_server"))
    return [partial(add, servicer) for add in adders]


def valid_message(kind: type[Message]) -> Message:
    """A message that keeps the rules its contract writes on its fields."""
    message = kind()
    # The stubs also name the compiled implementation's class, and nothing takes both.
    for field in cast("Descriptor", kind.DESCRIPTOR).fields:
        rules = field_rules(field)
        if field.is_repeated:
            for index in range(rules.repeated.min_items):
                value = _value(field, rules.repeated.items)
                # Distinct, as some lists must be; free texts are all that they are lists of.
                free = isinstance(value, str) and rules.repeated.items.string.min_len
                getattr(message, field.name).append(f"{value}{index}" if free else value)
        elif field.message_type is not None:
            if rules.required:
                getattr(message, field.name).CopyFrom(_submessage(field))
        elif rules.WhichOneof("type"):
            setattr(message, field.name, _value(field, rules))
    return message


def _submessage(field: FieldDescriptor) -> Message:
    assert field.message_type is not None
    return valid_message(message_factory.GetMessageClass(field.message_type))


def _value(field: FieldDescriptor, rules: Any) -> Any:
    if field.type == FieldDescriptor.TYPE_ENUM:
        return 1
    if field.type == FieldDescriptor.TYPE_BYTES:
        # What may be empty has an upper bound alone; a serial's own rule has neither.
        least = rules.bytes.min_len if rules.bytes.max_len else 1
        return b"\x01" * (rules.bytes.len or least)
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        return _submessage(field)
    if field.type == FieldDescriptor.TYPE_UINT32:
        return rules.uint32.gte
    if field.type == FieldDescriptor.TYPE_UINT64:
        return rules.uint64.gte
    if field.type != FieldDescriptor.TYPE_STRING:
        return 0
    if rules.string.uuid:
        return str(uuid.uuid4())
    for rule, sample in _IDENTIFIERS.items():
        if keeps(rules.string, rule):
            return sample
    if rules.string.pattern:
        return next(s for s in _SAMPLES if re.search(rules.string.pattern, s))
    return "x" * rules.string.min_len
