"""The officers' register of a running bridge: its own, beside ca's (R8.1.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.api.officers.v1 import officers_pb2 as pb
from openjpki.domain.officers import KeyState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.officer_signature import to_message
from openjpki.services.common.officers.known_officers import KnownOfficers
from tests.support.officers import Register, Signer
from tests.support.statements import AT_BRIDGE, GOVERNORS, TAKING

if TYPE_CHECKING:
    from tests.support.bridge_service import RunningBridge


@pytest.fixture
def register(bridge: RunningBridge) -> Register:
    """As operators of the bridge reach it."""
    return Register("bridge", bridge.channel)


def test_officers_of_the_bridge_are_known_by_two_operators_word(
    bridge: RunningBridge, register: Register
) -> None:
    assert bridge.service is not None
    database = bridge.service.bridge.database
    signers = [register.enrol(one) for one in (*AT_BRIDGE, GOVERNORS)]
    presented = [one.present("bridge") for one in signers]
    with database.reading() as tx:
        known = KnownOfficers(tx, presented)
        found = [known.find(one.key_sha256) for one in presented]
    assert [one.officer for one in found if one] == [one.officer for one in signers]
    answer = register.revoke(AT_BRIDGE[0])
    assert [one.state for one in answer.keys] == [pb.OFFICER_KEY_STATE_SUSPENDED]
    with database.reading() as tx:
        key = KnownOfficers(tx, presented).find(presented[0].key_sha256)
    assert key is not None
    assert key.state is KeyState.SUSPENDED
    assert [one.state for one in register.approve(answer.proposal)] == [
        pb.OFFICER_KEY_STATE_REVOKED
    ]


def test_a_window_officer_signs_nothing_here(register: Register) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        register.propose(Signer(TAKING))
    assert refused.value.reason is Reason.OFFICER_OUT_OF_SCOPE


def test_what_was_signed_for_ca_enrols_nobody_here(register: Register) -> None:
    signer = Signer(AT_BRIDGE[0])
    with pytest.raises(OpenJpkiError) as refused:
        register.propose(signer, presented=to_message(signer.present("ca")))
    assert refused.value.reason is Reason.EVIDENCE_SIGNATURE_INVALID
