"""Who may call a method, as its contract says (``openjpki.api.types.v1.authorization``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.protobuf.descriptor import FieldDescriptor

from openjpki.api.types.v1 import authorization_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.municipality import Municipality
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole, role_of_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from google.protobuf.descriptor import Descriptor, MethodDescriptor, ServiceDescriptor
    from google.protobuf.message import Message

    from openjpki.domain.served_scope import ServedScope
    from openjpki.rpc.identity.peer import PeerIdentity


class ContractError(Exception):
    """A contract that can't be served safely; found at start-up."""


@dataclass(frozen=True, slots=True)
class MethodPolicy:
    """One method's rule. ``scope_fields`` maps a granted role to the fields of which one must be
    within the caller's scope; an empty tuple: any scope, of a role that reaches several one that
    reaches everything."""

    any_peer: bool
    scope_fields: Mapping[PeerRole, tuple[str, ...]]
    mutating: bool
    judged: frozenset[PeerRole] = frozenset()
    """Roles whose scope the method itself compares."""

    def check_role(self, peer: PeerIdentity, service: PeerRole) -> None:
        """Raises ``ROLE_NOT_ALLOWED``, also for who works at another service than this. Needs no
        message, so it runs before one is parsed."""
        if self.any_peer or (peer.role in self.scope_fields and peer.works_at(service)):
            return
        raise OpenJpkiError(
            Reason.ROLE_NOT_ALLOWED,
            f"role {peer.role.value} may not call this method"
            if peer.role not in self.scope_fields
            else f"this {peer.role.value} is not one of the service {service.value}",
            role=peer.role.value,
        )

    def check_scope(self, peer: PeerIdentity, message: Message) -> None:
        """Raises ``OUT_OF_SCOPE`` unless the message asks for what is the caller's own."""
        if self.any_peer:
            return
        fields = self.scope_fields[peer.role]
        if not fields:
            if peer.role in self.judged or not peer.role.reaches_several:
                return
            if peer.reach and peer.reach.everything:
                return
            raise OpenJpkiError(
                Reason.OUT_OF_SCOPE, "this method takes a caller whose scope is everything"
            )
        if not any(_within(peer, field, message) for field in fields):
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
    judged: set[PeerRole] = set()
    for grant in rule.grants:
        if grant.scope_field:
            _check_scope_field(method, grant.scope_field)
        if grant.role == authorization_pb2.ROLE_ANY_PEER:
            if grant.scope_field:
                raise ContractError(f"{method.full_name} can't scope a grant to any peer")
            any_peer = True
            continue
        role = role_of_number(grant.role)
        if role is None:
            raise ContractError(f"{method.full_name} grants no role that exists")
        if role.reaches_several and grant.scope_field:
            _check_contained(method, grant.scope_field)
        if grant.judged_by_method:
            if grant.scope_field or role is not PeerRole.OPERATOR:
                raise ContractError(f"{method.full_name} has nothing for the method to judge")
            judged.add(role)
        fields[role] = _widened(fields.get(role), grant.scope_field)
    if rule.mutating:
        _check_string_field(method, "request_id", "request id")
    return MethodPolicy(
        any_peer=any_peer,
        scope_fields=fields,
        mutating=rule.mutating,
        judged=frozenset(judged),
    )


def _widened(known: tuple[str, ...] | None, scope_field: str) -> tuple[str, ...]:
    """Two grants to one role: either suffices, and one without a scope needs none."""
    if known == () or not scope_field:
        return ()
    return (*(known or ()), scope_field)


def _within(peer: PeerIdentity, field: str, message: Message) -> bool:
    """Whether all that the field names is the caller's, and it names something."""
    reach = peer.reach
    if reach is not None and reach.everything:
        return True
    values = list(_values(message, field.split(".")))
    if not values or not peer.scope:
        return False
    if not peer.role.reaches_several:
        return all(value == peer.scope for value in values)
    return reach is not None and all(_reached(reach, field, value) for value in values)


def _reached(reach: ServedScope, field: str, value: str) -> bool:
    try:
        if field.endswith(_AUTHORITY):
            return reach.serves_authority(AuthorityId.parse(value))
        return reach.serves_municipality(Municipality(value))
    except OpenJpkiError:
        # What is neither is nobody's; field rules are looked at after the scope.
        return False


def _values(message: Message, path: list[str]) -> Iterator[str]:
    """The strings at the end of a path; each message of a list on the way is entered."""
    found: Any = getattr(message, path[0])
    if len(path) == 1:
        yield found
    elif message.DESCRIPTOR.fields_by_name[path[0]].is_repeated:
        for one in found:
            yield from _values(one, path[1:])
    else:
        yield from _values(found, path[1:])


_AUTHORITY, _MUNICIPALITY = "authority_id", "municipality_code"


def _check_contained(method: MethodDescriptor, path: str) -> None:
    """That a scope of several is compared with a field that it can hold."""
    if path.rpartition(".")[2] not in {_AUTHORITY, _MUNICIPALITY}:
        raise ContractError(
            f"{method.full_name}: scope field {path!r} is neither {_AUTHORITY} nor {_MUNICIPALITY}"
        )


def _check_scope_field(method: MethodDescriptor, path: str) -> None:
    *way, last = path.split(".")
    message: Descriptor = method.input_type
    for name in way:
        field = message.fields_by_name.get(name)
        if field is None or field.message_type is None:
            raise ContractError(
                f"{method.full_name}: scope field {path!r} is no path of its request"
            )
        message = field.message_type
    _check_string_field(method, last, "scope field", message)


def _check_string_field(
    method: MethodDescriptor, name: str, what: str, message: Descriptor | None = None
) -> None:
    if method.client_streaming:
        raise ContractError(f"{method.full_name}: a stream of requests has no single {what}")
    field = (message or method.input_type).fields_by_name.get(name)
    if field is None or field.type != FieldDescriptor.TYPE_STRING or field.is_repeated:
        raise ContractError(f"{method.full_name}: {what} {name!r} is no string of its request")
