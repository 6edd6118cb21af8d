"""The bridge after a clock that was a month ahead or behind for a minute."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.domain.policy import EvidencePolicy
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.pool import refresh
from openjpki.services.common.final_reasons import CLOCKS_MENDED_WITHIN
from openjpki.storage.bridge import authority_lists
from openjpki.storage.kernel import journal_time
from openjpki.telemetry.logging import configure_logging
from openjpki.telemetry.metrics import REGISTRY
from tests.integration.bridge.test_refused_after_approval import acts, look, refused, running
from tests.support.bridge_officers import approval
from tests.support.bridge_service import GOVERNOR_POLICY, mapping
from tests.support.ca_service import KAGAWA, TOYAMA
from tests.support.foreign_authorities import BRIDGE_POLICY
from tests.support.mesh import SettableClock
from tests.support.ocsp_service import until

if TYPE_CHECKING:
    from openjpki.storage.bridge.authority_lists import OwnList
    from openjpki.storage.kernel.transaction import Transaction
    from tests.support.bridge_service import RunningBridge
    from tests.support.ca_service import RunningCa

BOTH_WAYS = pytest.mark.parametrize(
    "jump", [timedelta(days=30), -timedelta(days=30)], ids=["ahead", "behind"]
)


def newest(bridge: RunningBridge) -> OwnList:
    with running(bridge).bridge.database.reading() as tx:
        found = authority_lists.newest(tx, 1)
    assert found is not None
    return found


@pytest.mark.requirement("R4.4")
@BOTH_WAYS
def test_its_list_goes_on_at_once_by_the_right_time(
    fresh_bridge: RunningBridge, jump: timedelta
) -> None:
    service, clock = running(fresh_bridge), SettableClock()
    service.jobs.stop()
    publisher = replace(service.publisher, bridge=replace(service.bridge, clock=clock))
    before = newest(fresh_bridge)
    clock.offset = jump
    assert publisher.publish_due()
    clock.offset = timedelta(0)
    assert publisher.publish_due()
    right, now = newest(fresh_bridge), clock.now()
    assert right.number == before.number + 2
    assert now - timedelta(minutes=5) < right.this_update <= now < right.next_update
    age = REGISTRY.get_sample_value("openjpki_crl_newest_age_seconds", {"authority": "bridge"})
    assert age is not None
    assert age >= 0
    assert not publisher.publish_due()


@pytest.mark.requirement("R4.4")
def test_what_two_officers_approved_outlasts_a_clock_that_called_it_stale(
    fresh_bridge: RunningBridge, ca: RunningCa
) -> None:
    """ca's, for a minute."""
    own, clock = ca.service.ca, SettableClock()
    usual = own.clock
    fresh_bridge.register(TOYAMA)
    policies = mapping(GOVERNOR_POLICY, BRIDGE_POLICY)
    proposed = fresh_bridge.propose(TOYAMA, pb.DIRECTION_FROM_PARTNER, policy_mappings=[policies])
    fresh_bridge.approve(proposed, "officer-1")
    clock.offset = EvidencePolicy().cross_approved_within + timedelta(minutes=1)
    object.__setattr__(own, "clock", clock)
    try:
        with pytest.raises(OpenJpkiError) as stale:
            fresh_bridge.approve(proposed, "officer-2")
        assert stale.value.reason in {Reason.EVIDENCE_STALE, Reason.OFFICER_KEY_NOT_VALID}
        running(fresh_bridge).jobs.once()
        assert look(fresh_bridge, proposed).state == pb.CROSS_CERTIFICATION_STATE_APPROVED
    finally:
        object.__setattr__(own, "clock", usual)
    running(fresh_bridge).jobs.once()
    until(lambda: look(fresh_bridge, proposed).state == pb.CROSS_CERTIFICATION_STATE_ISSUED)


@pytest.mark.requirement("R4.4", refuses=True)
def test_what_two_officers_approved_is_over_when_it_stays_stale(
    fresh_bridge: RunningBridge, ca: RunningCa
) -> None:
    """For an hour that somebody watched, not one of which a clock tells."""
    own, usual = ca.service.ca, ca.service.ca.clock
    bridge, late, later = running(fresh_bridge).bridge, SettableClock(), SettableClock()
    fresh_bridge.register(TOYAMA)
    policies = mapping(GOVERNOR_POLICY, BRIDGE_POLICY)
    proposed = fresh_bridge.propose(TOYAMA, pb.DIRECTION_FROM_PARTNER, policy_mappings=[policies])
    fresh_bridge.approve(proposed, "officer-1")
    officer, approving = fresh_bridge.officer("officer-2"), approval(proposed, "officer-2")
    late.offset = EvidencePolicy().cross_approved_within + timedelta(minutes=1)
    later.offset = CLOCKS_MENDED_WITHIN + timedelta(minutes=1)
    stale = partial(
        refused, lambda: officer.ApproveCrossCertification(approving), Reason.EVIDENCE_STALE
    )

    def is_over(tx: Transaction) -> None:
        journal_time.take(tx, later.now())
        journal_time.put(tx, later.now())

    def ended() -> bool:
        # As if the hour had been watched; the service's own look at its clock takes it back.
        bridge.database.run(is_over)
        running(fresh_bridge).jobs.once()
        return look(fresh_bridge, proposed).state == pb.CROSS_CERTIFICATION_STATE_REJECTED

    object.__setattr__(own, "clock", late)
    try:
        stale()
        object.__setattr__(bridge, "clock", later)
        stale()
        running(fresh_bridge).jobs.once()
        assert look(fresh_bridge, proposed).state == pb.CROSS_CERTIFICATION_STATE_APPROVED
        until(ended)
    finally:
        object.__setattr__(own, "clock", usual)
        object.__setattr__(bridge, "clock", usual)
    # For good: a clock that is right again changes nothing, and it is proposed anew.
    running(fresh_bridge).jobs.once()
    stale()
    assert look(fresh_bridge, proposed).refusal == "EVIDENCE_STALE"
    assert acts(fresh_bridge, proposed) == [
        ("cross.proposed", None),
        ("cross.approved", None),
        ("cross.approved", None),
        ("cross.refused", "EVIDENCE_STALE"),
    ]
    anew = fresh_bridge.propose(TOYAMA, pb.DIRECTION_FROM_PARTNER, policy_mappings=[policies])
    assert fresh_bridge.approve_twice(anew) in fresh_bridge.list_pool().certificates


def test_a_bridge_that_waits_for_lists_says_so_once(
    fresh_bridge: RunningBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks several times a second; what changes is said, and after ten minutes all again."""
    service = running(fresh_bridge)
    service.jobs.stop()
    reading = service.bridge.ca
    handed_out: dict[str, bytes | None] = {TOYAMA: None, KAGAWA: None}
    monkeypatch.setattr(
        type(reading),
        "authority_list",
        lambda _self, authority, _number: handed_out[str(authority)],
    )
    log = io.StringIO()
    configure_logging("bridge", stream=log)
    try:
        for _ in range(20):
            service.refresher.look()
        assert log.getvalue().count("an authority has no list yet") == 2
        handed_out[TOYAMA] = b"no list"
        for _ in range(20):
            service.refresher.look()
        assert log.getvalue().count("an authority list was refused") == 1
        monkeypatch.setattr(refresh, "SAID_AGAIN", 0.0)
        service.refresher.look()
        assert log.getvalue().count("an authority has no list yet") == 3
        assert log.getvalue().count("an authority list was refused") == 2
    finally:
        configure_logging("test", level="warning")
