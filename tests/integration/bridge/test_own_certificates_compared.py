"""The service bridge signs nothing that differs from what the officers approved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.exchange import carry_out
from openjpki.storage.bridge import crosses
from openjpki.storage.bridge.kinds import State
from openjpki.telemetry.metrics import REGISTRY
from openjpki.x509.profiles import cross, to_be_signed
from tests.integration.bridge.test_exchange import BACK, TO
from tests.support.ca_service import TOYAMA

if TYPE_CHECKING:
    from openjpki.api.bridge.v1 import bridge_pb2 as pb
    from openjpki.storage.bridge.crosses import CrossRecord
    from openjpki.x509.foreign.partner import Partner
    from openjpki.x509.profiles.cross_profile import CrossProfile
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
    before, right = signatures(), cross._extensions

    def wrong(
        profile: CrossProfile, partner: Partner, issuer: x509.Certificate
    ) -> list[tuple[x509.ExtensionType, bool]]:
        # Of everything in the certificate only this differs: no depth limit became one.
        return [
            (x509.BasicConstraints(ca=True, path_length=0), critical)
            if isinstance(value, x509.BasicConstraints)
            else (value, critical)
            for value, critical in right(profile, partner, issuer)
        ]

    with monkeypatch.context() as mistaken:
        mistaken.setattr(cross, "_extensions", wrong)
        fresh_bridge.approve(proposed, "officer-1")
        with pytest.raises(OpenJpkiError) as refusal:
            fresh_bridge.approve(proposed, "officer-2")
        assert refusal.value.reason is Reason.PROFILE_MISMATCH
        found = record_of(fresh_bridge, proposed)
        assert (found.state, found.intent) == (State.APPROVED, None)
        # The same bytes in the store, as if nobody had compared them before.
        mistaken.setattr(cross, "check_cross_certificate", lambda *_known: None)
        with pytest.raises(OpenJpkiError) as refusal:
            carry_out.carry_out(bridge, proposed.cross_certification_id)
    intent = record_of(fresh_bridge, proposed).intent
    assert intent is not None
    stored = to_be_signed.parse(intent.tbs).extensions
    assert stored.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    assert (refusal.value.reason, refusal.value.field) == (
        Reason.PROFILE_MISMATCH,
        "basicConstraints",
    )
    assert signatures() == before
    assert record_of(fresh_bridge, proposed).state is State.APPROVED
