"""Who may call a method, as its contract says (``openjpki.api.types.v1.authorization``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf.descriptor import FieldDescriptor

from openjpki.api.types.v1 import authorization_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import role_of_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.protobuf.descriptor import Descriptor, MethodDescriptor, ServiceDescriptor
    from google.protobuf.message import Message

    from openjpki.rpc.identity.peer import PeerIdentity
    from openjpki.rpc.identity.roles import PeerRole


class ContractError(Exception):
    """A contract that can't be served safely; found at start-up."""


@dataclass(frozen=True, slots=True)
class MethodPolicy:
    """One method's rule. ``scope_fields`` maps a granted role to the fields of which one must
    equal the caller's scope; an empty tuple: any scope."""

    any_peer: bool
    scope_fields: Mapping[PeerRole, tuple[str, ...]]
    mutating: bool

    def check_role(self, peer: PeerIdentity) -> None:
        """Raises ``ROLE_NOT_ALLOWED``. Needs no message, so it runs before one is parsed."""
        if not self.any_peer and peer.role not in self.scope_fields:
            raise OpenJpkiError(
                Reason.ROLE_NOT_ALLOWED,
                f"role {peer.role.value} may not call this method",
                role=peer.role.value,
            )

    def check_scope(self, peer: PeerIdentity, message: Message) -> None:
        """Raises ``OUT_OF_SCOPE`` unless the message asks for what is the caller's own."""
        if self.any_peer:
            return
        fields = self.scope_fields[peer.role]
        if fields and not any(
            peer.scope and getattr(message, field) == peer.scope for field in fields
        ):
            raise OpenJpkiError(
                Reason.OUT_OF_SCOPE,
                "must be the caller's own scope",
                field=fields[0],
            )


ANY_PEER = MethodPolicy(any_peer=True, scope_fields={}, mutating=False)
"""For what has no contract of ours and is open to the whole mesh: reflection."""


def policies_of(service: ServiceDescriptor) -> dict[str, MethodPolicy]:
    """Every method's rule by name. Raises :class:`ContractError` if one can't be enforced."""
    return {method.name: policy_of(method) for method in service.methods}


def policy_of(method: MethodDescriptor) -> MethodPolicy:
    """One method's rule. Raises :class:`ContractError` for a missing or meaningless option."""
    options = method.GetOptions()
    if not options.HasExtension(authorization_pb2.authorization):
        raise ContractError(f"{method.full_name} says not who may call it")
    rule = options.Extensions[authorization_pb2.authorization]
    if not rule.grants:
        raise ContractError(f"{method.full_name} grants nobody")
    any_peer = False
    fields: dict[PeerRole, tuple[str, ...]] = {}
    for grant in rule.grants:
        if grant.scope_field:
            _check_string_field(method, grant.scope_field, "scope field")
        if grant.role == authorization_pb2.ROLE_ANY_PEER:
            if grant.scope_field:
                raise ContractError(f"{method.full_name} can't scope a grant to any peer")
            any_peer = True
            continue
        role = role_of_number(grant.role)
        if role is None:
            raise ContractError(f"{method.full_name} grants no role that exists")
        fields[role] = _widened(fields.get(role), grant.scope_field)
    if rule.mutating:
        _check_string_field(method, "request_id", "request id")
    return MethodPolicy(any_peer=any_peer, scope_fields=fields, mutating=rule.mutating)


def _widened(known: tuple[str, ...] | None, scope_field: str) -> tuple[str, ...]:
    """Two grants to one role: either suffices, and one without a scope needs none."""
    if known == () or not scope_field:
        return ()
    return (*(known or ()), scope_field)


def _check_string_field(method: MethodDescriptor, name: str, what: str) -> None:
    if method.client_streaming:
        raise ContractError(f"{method.full_name}: a stream of requests has no single {what}")
    message: Descriptor = method.input_type
    field = message.fields_by_name.get(name)
    if field is None or field.type != FieldDescriptor.TYPE_STRING or field.is_repeated:
        raise ContractError(f"{method.full_name}: {what} {name!r} is no string of its request")
