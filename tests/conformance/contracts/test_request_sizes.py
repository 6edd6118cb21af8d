"""What the contracts let a request have, beside what the services let a message have.

A call that is let in takes as much memory as its message, before anybody looks at it: a bound far
above every honest request would be memory for whoever wants to take it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.descriptor import FieldDescriptor

from openjpki.config.bridge import BridgeSettings
from openjpki.config.ca import CaSettings
from openjpki.config.ocsp import OcspSettings
from openjpki.config.registration import RegistrationSettings
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server.server import ServerLimits
from tests.support.contracts import methods
from tests.support.field_rules import field_rules, keeps

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor

    from openjpki.config.base import ServiceSettings
    from openjpki.config.parts import LimitsPart

SETTINGS: dict[PeerRole, type[ServiceSettings]] = {
    PeerRole.REGISTRATION: RegistrationSettings,
    PeerRole.CA: CaSettings,
    PeerRole.OCSP: OcspSettings,
    PeerRole.BRIDGE: BridgeSettings,
}
MIB = 1 << 20
OF_OUR_RULES = {
    "authority_id": 17,
    "municipality_code": 5,
    "window_id": 9,
    "registered_id": 63,
    "day": 10,
    "object_identifier": 632,
    "officer": 128,
    "mesh_credential": 2048,
    "serial_number": 20,
}
"""The longest value that keeps each rule, octets."""
NO_RULE = {
    # A certificate: what is larger than any of ours is refused where it is read.
    "openjpki.api.ocsp.v1.Verifier.request_signers": 16_384,
    # A network, and an object identifier: read, and refused there.
    "openjpki.api.ocsp.v1.Verifier.closed_networks": 64,
    "openjpki.api.bridge.v1.ValidateRequest.acceptable_policies": 632,
}
"""Honest values of what has no bound in the contract."""
OF_PATTERNS = 320
"""No pattern lets a text be longer, octets."""
TAG_AND_LENGTH = 8


def most(message: Descriptor) -> int:
    """Octets of the largest message that keeps the rules."""
    return sum(_most(field) for field in message.fields)


def _most(field: FieldDescriptor) -> int:
    rules = field_rules(field)
    if not field.is_repeated:
        return TAG_AND_LENGTH + _one(field, rules)
    assert rules.repeated.max_items, f"{field.full_name} may have any number"
    if keeps(rules.repeated, "serial_numbers"):
        return int(rules.repeated.max_items) * (TAG_AND_LENGTH + OF_OUR_RULES["serial_number"])
    return int(rules.repeated.max_items) * (TAG_AND_LENGTH + _one(field, rules.repeated.items))


def _one(field: FieldDescriptor, rules: Any) -> int:
    if field.message_type is not None:
        return most(field.message_type)
    if field.type == FieldDescriptor.TYPE_BYTES:
        own = "serial_number" if keeps(rules.bytes, "serial_number") else None
        bound = rules.bytes.max_len or rules.bytes.len or (own and OF_OUR_RULES[own])
    elif field.type == FieldDescriptor.TYPE_STRING:
        bound = _text(rules.string)
    else:
        bound = 10
    return bound or NO_RULE[field.full_name]


def _text(rules: Any) -> int:
    """Characters have four octets at most."""
    for name, longest in OF_OUR_RULES.items():
        if name != "serial_number" and keeps(rules, name):
            return longest
    if rules.pattern:
        return OF_PATTERNS
    return 36 if rules.uuid else 4 * (rules.max_len or rules.len)


def limits_of(service: PeerRole) -> LimitsPart:
    found: LimitsPart = SETTINGS[service].model_fields["service"].default.limits
    return found


@pytest.mark.parametrize("service", list(SETTINGS), ids=str)
def test_every_request_fits_and_the_bound_is_no_more_than_that_needs(service: PeerRole) -> None:
    largest = max(most(one.descriptor.input_type) for one in methods() if one.server is service)
    bound = limits_of(service).max_request
    assert largest < bound <= max(2 * largest, MIB // 4)


@pytest.mark.parametrize("service", list(SETTINGS), ids=str)
def test_neither_a_caller_nor_all_of_them_take_the_memory_there_is(service: PeerRole) -> None:
    """A pod has half a GiB at least, of which the program takes a quarter."""
    limits = limits_of(service)
    assert limits.max_calls_each * limits.max_request <= 40 * MIB
    assert limits.max_calls * limits.max_request <= 300 * MIB


def test_a_server_without_settings_has_the_same_bounds() -> None:
    usual, own = ServerLimits(), limits_of(PeerRole.CA)
    assert {name: getattr(usual, name) for name in own.model_dump()} == own.model_dump()
