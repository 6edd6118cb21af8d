"""Contracts that can't be enforced are not served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import authorization_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.peer import PeerIdentity, parse_spiffe_id
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server.authorization import ContractError, policies_of, policy_of
from tests.support.contracts import PACKAGES, methods, services

if TYPE_CHECKING:
    from google.protobuf.descriptor import MethodDescriptor
    from google.protobuf.message import Message

Role = authorization_pb2


def method(
    *grants: tuple[int, str],
    option: bool = True,
    mutating: bool = False,
    client_streaming: bool = False,
    fields: dict[str, int] | None = None,
) -> MethodDescriptor:
    """The descriptor of a method with this option, in a pool of its own."""
    kind = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="t.proto",
        package="t",
        syntax="proto3",
        dependency=["openjpki/api/types/v1/authorization.proto"],
    )
    message = file.message_type.add(name="Ask")
    for number, (name, label) in enumerate((fields or {"scope": kind.LABEL_OPTIONAL}).items(), 1):
        message.field.add(name=name, number=number, type=kind.TYPE_STRING, label=label)
    message.field.add(name="count", number=90, type=kind.TYPE_INT32, label=kind.LABEL_OPTIONAL)
    declared = file.service.add(name="S").method.add(
        name="M", input_type=".t.Ask", output_type=".t.Ask", client_streaming=client_streaming
    )
    if option:
        rule = declared.options.Extensions[authorization_pb2.authorization]
        rule.mutating = mutating
        for role, scope_field in grants:
            rule.grants.add(role=role, scope_field=scope_field)
        rule.SetInParent()
    pool = descriptor_pool.DescriptorPool()
    for needed in ("google/protobuf/descriptor.proto", file.dependency[0]):
        pool.AddSerializedFile(descriptor_pool.Default().FindFileByName(needed).serialized_pb)
    pool.AddSerializedFile(file.SerializeToString())
    return pool.FindServiceByName("t.S").methods_by_name["M"]


def ask(descriptor: MethodDescriptor, **fields: str) -> Message:
    """A request of the method."""
    return message_factory.GetMessageClass(descriptor.input_type)(**fields)


REPEATED = descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED


@pytest.mark.parametrize(
    ("descriptor", "says"),
    [
        (method(option=False), "says not who may call it"),
        (method(), "grants nobody"),
        (method((Role.ROLE_UNSPECIFIED, "")), "no role that exists"),
        (method((999, "")), "no role that exists"),
        (method((Role.ROLE_VERIFIER, "missing")), "'missing' is no string"),
        (method((Role.ROLE_VERIFIER, "count")), "'count' is no string"),
        (method((Role.ROLE_VERIFIER, "scope"), fields={"scope": REPEATED}), "is no string"),
        (method((Role.ROLE_VERIFIER, "scope.name")), "'scope.name' is no path"),
        (method((Role.ROLE_OCSP, "scope")), "neither authority_id nor municipality_code"),
        (method((Role.ROLE_OPERATOR, "scope")), "neither authority_id nor municipality_code"),
        (method((Role.ROLE_ANY_PEER, "scope")), "can't scope a grant to any peer"),
        (method((Role.ROLE_VERIFIER, ""), mutating=True), "'request_id' is no string"),
        (method((Role.ROLE_VERIFIER, "scope"), client_streaming=True), "stream of requests"),
    ],
)
def test_contract_is_refused(descriptor: MethodDescriptor, says: str) -> None:
    with pytest.raises(ContractError, match=says):
        policy_of(descriptor)


def test_two_grants_to_one_role_widen() -> None:
    fields = {"a": 1, "b": 1}
    peer = PeerIdentity(PeerRole.VERIFIER, "nta", "", "")
    found = method((Role.ROLE_VERIFIER, "a"), (Role.ROLE_VERIFIER, "b"), fields=fields)
    either = policy_of(found)
    either.check_scope(peer, ask(found, a="x", b="nta"))
    with pytest.raises(OpenJpkiError):
        either.check_scope(peer, ask(found, a="x", b="y"))
    for grants in (["a", ""], ["", "a"]):
        found = method(*((Role.ROLE_VERIFIER, one) for one in grants), fields=fields)
        policy_of(found).check_scope(peer, ask(found, a="x", b="y"))


def test_peer_without_scope_is_in_nobodys() -> None:
    found = method((Role.ROLE_CA, "scope"))
    policy = policy_of(found)
    peer = PeerIdentity(PeerRole.CA, "", "", "")
    policy.check_role(peer, PeerRole.CA)
    with pytest.raises(OpenJpkiError) as refused:
        policy.check_scope(peer, ask(found, scope=""))
    assert refused.value.reason is Reason.OUT_OF_SCOPE


def identity(path: str) -> PeerIdentity:
    return parse_spiffe_id(f"spiffe://x/{path}", "x")


@pytest.mark.parametrize(
    ("path", "request_fields", "within"),
    [
        ("registration/13", {"municipality_code": "13102"}, True),
        ("registration/13101.27", {"municipality_code": "13102"}, False),
        ("registration/13", {"municipality_code": "13"}, False),
        ("registration/13", {"municipality_code": "131"}, False),
        ("registration/13", {}, False),
        ("registration/nationwide", {"municipality_code": "47201"}, True),
        ("ocsp/signing-13.signing-27", {"authority_id": "signing-27"}, True),
        ("ocsp/signing-13.signing-27", {"authority_id": "signing-13.signing-27"}, False),
        ("ocsp/signing-13", {"authority_id": "signing-1"}, False),
        ("ocsp/signing-13/replica-1", {"authority_id": "signing-13"}, True),
    ],
)
def test_several_are_compared_by_what_they_hold(
    path: str, request_fields: dict[str, str], within: bool
) -> None:
    found = method(
        (Role.ROLE_REGISTRATION, "municipality_code"),
        (Role.ROLE_OCSP, "authority_id"),
        fields={"authority_id": 1, "municipality_code": 1},
    )
    policy, peer = policy_of(found), identity(path)
    policy.check_role(peer, PeerRole.CA)
    if within:
        policy.check_scope(peer, ask(found, **request_fields))
        return
    with pytest.raises(OpenJpkiError) as refused:
        policy.check_scope(peer, ask(found, **request_fields))
    assert refused.value.reason is Reason.OUT_OF_SCOPE


@pytest.mark.parametrize(
    ("named", "within"),
    [(["signing-27", "signing-13"], True), (["signing-13", "signing-01"], False), ([], False)],
)
def test_every_element_of_a_list_must_be_within_the_scope(named: list[str], within: bool) -> None:
    follow = next(one for one in methods() if one.descriptor.name == "Follow").descriptor
    peer = identity("ocsp/signing-13.signing-27")
    message = ca_pb2.FollowRequest(
        positions=[ca_pb2.FeedPosition(authority_id=one) for one in named]
    )
    if within:
        policy_of(follow).check_scope(peer, message)
        return
    with pytest.raises(OpenJpkiError) as refused:
        policy_of(follow).check_scope(peer, message)
    assert refused.value.field == "positions.authority_id"


def test_where_no_field_is_named_only_who_reaches_everything_may_call() -> None:
    found = method((Role.ROLE_OPERATOR, ""))
    policy = policy_of(found)
    policy.check_scope(identity("operator/ca/tanaka"), ask(found))
    with pytest.raises(OpenJpkiError) as refused:
        policy.check_scope(identity("operator/ca.signing-13/tanaka"), ask(found))
    assert refused.value.reason is Reason.OUT_OF_SCOPE


def test_an_operator_is_granted_nothing_at_another_service() -> None:
    policy = policy_of(method((Role.ROLE_OPERATOR, "")))
    peer = identity("operator/ca/tanaka")
    policy.check_role(peer, PeerRole.CA)
    for other in (PeerRole.REGISTRATION, PeerRole.OCSP, PeerRole.BRIDGE):
        with pytest.raises(OpenJpkiError) as refused:
            policy.check_role(peer, other)
        assert refused.value.reason is Reason.ROLE_NOT_ALLOWED


def test_every_contract_of_ours_can_be_enforced() -> None:
    found = {
        service.full_name: policies_of(service)
        for package in PACKAGES
        for service in services(package)
    }
    policies = {str(one.descriptor.full_name) for one in methods()}
    assert sum(map(len, found.values())) == len(policies)


def test_names_of_mutating_methods_are_not_those_of_reads() -> None:
    """A guard against a forgotten `mutating`: what is called Get, List, Check… changes nothing,
    and everything else but a stream or Validate does."""
    reading = (
        *("Get", "List", "Find", "Read", "Check", "Watch", "Follow", "Download", "Validate"),
        "Reconcile",
        # Taken once by its sender's number; needs no request id (ADR 44).
        "SendChangeNotices",
    )
    for one in methods():
        name = one.descriptor.name
        assert one.rule.mutating != name.startswith(reading), one
