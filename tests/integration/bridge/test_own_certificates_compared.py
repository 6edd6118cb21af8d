"""The service bridge signs nothing that differs from what the officers approved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from asn1crypto import x509 as asn1_x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.exchange import carry_out
from openjpki.storage.bridge import crosses
from openjpki.storage.bridge.kinds import State
from openjpki.telemetry.metrics import REGISTRY
from openjpki.x509.profiles import engine
from tests.integration.bridge.test_exchange import BACK, TO
from tests.support.ca_service import TOYAMA

if TYPE_CHECKING:
    from openjpki.api.bridge.v1 import bridge_pb2 as pb
    from openjpki.signer_core import CheckedTbs
    from openjpki.storage.bridge.crosses import CrossRecord
    from openjpki.x509.profiles.engine import Asked, ProfileKind
    from tests.support.bridge_service import RunningBridge

_KEY = "bridge/service/1"


def signatures() -> float:
    """Signatures asked of the bridge's key so far, in this process."""
    return sum(
        REGISTRY.get_sample_value("openjpki_signatures_total", {"key": _KEY, "outcome": outcome})
        or 0
        for outcome in ("ok", "error")
    )


def record_of(running: RunningBridge, proposed: pb.CrossCertification) -> CrossRecord:
    assert running.service is not None
    with running.service.bridge.database.reading() as tx:
        found = crosses.get(tx, proposed.cross_certification_id)
    assert found is not None
    return found


@pytest.mark.requirement("R4.4", refuses=True)
def test_neither_a_mistake_nor_a_changed_intent_is_signed(
    fresh_bridge: RunningBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fresh_bridge.service is not None
    bridge = fresh_bridge.service.bridge
    fresh_bridge.register(TOYAMA)
    proposed = fresh_bridge.propose(TOYAMA, TO, policy_mappings=[BACK])
    before, right = signatures(), engine.build

    def wrong(kind: ProfileKind, asked: Asked) -> CheckedTbs:
        # Of everything in the certificate only this differs: no depth limit became one.
        return right(kind, replace(asked, path_length=0))

    with monkeypatch.context() as mistaken:
        # A builder with a mistake, whose bytes the check then sees beside what was asked.
        mistaken.setattr(
            engine,
            "build",
            lambda kind, asked: engine.check(kind, asked, wrong(kind, asked).octets),
        )
        fresh_bridge.approve(proposed, "officer-1")
        with pytest.raises(OpenJpkiError) as refusal:
            fresh_bridge.approve(proposed, "officer-2")
        assert refusal.value.reason is Reason.PROFILE_MISMATCH
        found = record_of(fresh_bridge, proposed)
        assert (found.state, found.intent) == (State.APPROVED, None)
        # The same bytes in the store, as if nobody had compared them before.
        mistaken.setattr(engine, "build", wrong)
        with pytest.raises(OpenJpkiError) as refusal:
            carry_out.carry_out(bridge, proposed.cross_certification_id)
    intent = record_of(fresh_bridge, proposed).intent
    assert intent is not None
    extensions = asn1_x509.TbsCertificate.load(intent.tbs)["extensions"]
    (stored,) = [one for one in extensions if one["extn_id"].native == "basic_constraints"]
    assert stored["extn_value"].parsed["path_len_constraint"].native == 0
    assert refusal.value.reason is Reason.PROFILE_MISMATCH
    assert "basicConstraints" in refusal.value.message
    assert signatures() == before
    assert record_of(fresh_bridge, proposed).state is State.APPROVED
