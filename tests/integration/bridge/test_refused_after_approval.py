"""Approved by two officers and then refused: for good, which ends it, or only for now."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.cli.delegating_key import DelegatingKey
from openjpki.cli.next_steps import next_step
from openjpki.domain.authority import AuthorityId
from openjpki.errors import Language, OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.bridge.authority.own_authority import require_own
from openjpki.services.ca.authorities.create_authority import set_active
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.telemetry.metrics import REGISTRY
from openjpki_devkit.demo.foreign_pki import PolicyPair
from tests.integration.bridge.test_commands import signing
from tests.support.bridge_officers import approval
from tests.support.bridge_service import GOVERNOR_POLICY, mapping, running_bridge
from tests.support.ca_service import TOYAMA, TRUST_DOMAIN, issue_request, running_ca
from tests.support.foreign_authorities import BRIDGE_POLICY, GOVERNMENT_POLICY
from tests.support.mesh import SettableClock
from tests.support.ocsp_service import until
from tests.support.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openjpki.services.bridge.service import BridgeService
    from tests.integration.bridge.conftest import Abroad
    from tests.support.bridge_service import RunningBridge
    from tests.support.ca_service import RunningCa

FROM, TO = pb.DIRECTION_FROM_PARTNER, pb.DIRECTION_TO_PARTNER
THERE = mapping(GOVERNOR_POLICY, BRIDGE_POLICY)
REJECTED = pb.CROSS_CERTIFICATION_STATE_REJECTED
APPROVED = pb.CROSS_CERTIFICATION_STATE_APPROVED
ISSUED = pb.CROSS_CERTIFICATION_STATE_ISSUED


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCa]:
    """One of this file's own: its authority is stopped, and the way to it is cut."""
    folder = tmp_path_factory.mktemp("ca")
    with running_ca(folder, f"sqlite:///{folder / 'ca.db'}") as running:
        yield running


def refused(call: Callable[[], object], reason: Reason) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        call()
    assert refusal.value.reason is reason
    assert refusal.value.field is None or reason is Reason.WRONG_STATE


def running(bridge: RunningBridge) -> BridgeService:
    assert bridge.service is not None
    return bridge.service


def look(bridge: RunningBridge, proposed: pb.CrossCertification) -> pb.CrossCertification:
    answer = bridge.partner(proposed.partner_id).GetCrossCertification(
        pb.GetCrossCertificationRequest(
            partner_id=proposed.partner_id,
            cross_certification_id=proposed.cross_certification_id,
        )
    )
    return answer.cross_certification


def acts(bridge: RunningBridge, proposed: pb.CrossCertification) -> list[tuple[str, Any]]:
    with running(bridge).bridge.database.reading() as tx:
        return [
            (entry.act, entry.details["reason"] if entry.act == "cross.refused" else None)
            for entry in SqlJournal().read_all(tx, "bridge")
            if entry.subject == proposed.cross_certification_id
        ]


def pending() -> float | None:
    return REGISTRY.get_sample_value("openjpki_issuance_intents_pending", {"authority": "bridge"})


def use_the_bridges_key_for_a_person(bridge: RunningBridge, ca: RunningCa) -> None:
    """What no bridge does; afterwards its key is certified by no authority here."""
    context = running(bridge).bridge
    with context.database.reading() as tx:
        own = require_own(tx)
    key: Any = DelegatingKey(context.keys.backend.open(own.stored.key_label))
    person = own.stored.certificate.hex()
    ca.certificates().IssueCertificate(issue_request(key, person=person))


@pytest.mark.requirement("R4.4")
def test_what_the_ca_refuses_for_good_is_over(
    fresh_bridge: RunningBridge,
    ca: RunningCa,
    tmp_path: Path,
    command: Callable[..., tuple[object, Any]],
) -> None:
    fresh_bridge.register(TOYAMA)
    proposed = fresh_bridge.propose(TOYAMA, FROM, policy_mappings=[THERE])
    fresh_bridge.approve(proposed, "officer-1")
    use_the_bridges_key_for_a_person(fresh_bridge, ca)
    officer, approving = fresh_bridge.officer("officer-2"), approval(proposed, "officer-2")
    refused(lambda: officer.ApproveCrossCertification(approving), Reason.KEY_ALREADY_USED)
    ended = look(fresh_bridge, proposed)
    assert (ended.state, ended.refusal) == (REJECTED, "KEY_ALREADY_USED")
    assert len(ended.approved_by) == 2
    assert ended.certificate == b""
    expected = [
        ("cross.proposed", None),
        ("cross.approved", None),
        ("cross.approved", None),
        ("cross.refused", "KEY_ALREADY_USED"),
    ]
    assert acts(fresh_bridge, proposed) == expected
    # Nobody asks again: a retry hears what was said, the jobs have nothing to do.
    refused(lambda: officer.ApproveCrossCertification(approving), Reason.KEY_ALREADY_USED)
    refused(lambda: fresh_bridge.approve(proposed, "officer-2"), Reason.WRONG_STATE)
    refused(lambda: fresh_bridge.approve(proposed, "officer-3"), Reason.WRONG_STATE)
    running(fresh_bridge).jobs.once()
    assert pending() == 0
    assert acts(fresh_bridge, proposed) == expected
    assert not fresh_bridge.list_pool_has_cross()
    # The other direction is another matter.
    assert fresh_bridge.approve_twice(
        fresh_bridge.propose(TOYAMA, TO, policy_mappings=[mapping(BRIDGE_POLICY, GOVERNOR_POLICY)])
    )

    folder = tmp_path / "officer"
    fresh_bridge.mesh.issue(PeerRole.BRIDGE_OFFICER, "bridge", "officer-1").write(folder)
    _, shown = command(
        "bridge", "show", TOYAMA, proposed.cross_certification_id,
        "--officer", "officer-1", "--credentials", folder,
        "--target", f"127.0.0.1:{fresh_bridge.port}", "--trust-domain", TRUST_DOMAIN,
    )  # fmt: skip
    assert (shown["state"], shown["refusal"]) == ("rejected", "KEY_ALREADY_USED")


def test_by_command_it_is_told_what_stands(
    fresh_bridge: RunningBridge,
    ca: RunningCa,
    tmp_path: Path,
    command: Callable[..., tuple[object, Any]],
) -> None:
    """The second approval stands though nothing could be carried out, and then that it was."""
    fresh_bridge.register(TOYAMA)
    proposed = fresh_bridge.propose(TOYAMA, FROM, policy_mappings=[THERE])
    fresh_bridge.approve(proposed, "officer-1")
    folder = tmp_path / "officer"
    fresh_bridge.mesh.issue(PeerRole.BRIDGE_OFFICER, "bridge", "officer-2").write(folder)
    key = signing(tmp_path, fresh_bridge, "officer-2", ca)
    named = (TOYAMA, proposed.cross_certification_id)
    words = (
        "bridge", "approve", *named, *key, "--officer", "officer-2", "--credentials", folder,
        "--target", f"127.0.0.1:{fresh_bridge.port}", "--trust-domain", TRUST_DOMAIN,
    )  # fmt: skip

    def told(reason: Reason) -> dict[str, str]:
        with pytest.raises(OpenJpkiError) as refusal:
            command(*words)
        assert refusal.value.reason is reason
        assert refusal.value.metadata["look"] == f"openjpki bridge show {' '.join(named)}"
        assert "only what is still missing" in next_step(refusal.value, Language.EN)
        return refusal.value.metadata

    set_active(ca.service.ca, AuthorityId.parse(TOYAMA), active=False, actor="test")
    try:
        assert told(Reason.AUTHORITY_NOT_ACTIVE)["outcome"] == "approved"
        assert look(fresh_bridge, proposed).state == APPROVED
    finally:
        set_active(ca.service.ca, AuthorityId.parse(TOYAMA), active=True, actor="test")
    running(fresh_bridge).jobs.once()
    until(lambda: look(fresh_bridge, proposed).state == ISSUED)
    assert told(Reason.WRONG_STATE)["outcome"] == "issued"


@pytest.mark.requirement("R4.4", refuses=True)
def test_an_offer_that_ran_out_before_the_second_approval(
    tmp_path: Path, ca: RunningCa, abroad: Abroad
) -> None:
    clock = SettableClock()
    with running_bridge(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", ca) as bridge:
        partner, government = abroad.partner_id, abroad.government
        bridge.register(partner, government.certificate)
        offered = government.odd_cross(
            bridge.own_request(partner),
            "offer",
            PolicyPair(GOVERNMENT_POLICY, BRIDGE_POLICY),
            days=10,
        )
        proposed = bridge.propose(partner, FROM, certificate=offered)
        bridge.approve(proposed, "officer-1")
        # The mesh's own certificates are short-lived; only the use cases' time moves.
        object.__setattr__(running(bridge).bridge, "clock", clock)
        clock.offset = timedelta(days=11)
        with pytest.raises(OpenJpkiError) as refusal:
            bridge.approve(proposed, "officer-2")
        assert refusal.value.reason is Reason.CROSS_CERTIFICATE_REFUSED
        ended = look(bridge, proposed)
        assert (ended.state, ended.refusal) == (REJECTED, "CROSS_CERTIFICATE_REFUSED")
        assert offered not in bridge.list_pool().certificates


@pytest.mark.requirement("R4.4")
def test_what_is_refused_for_now_is_carried_out_later(
    fresh_bridge: RunningBridge, ca: RunningCa
) -> None:
    fresh_bridge.register(TOYAMA)
    proposed = fresh_bridge.propose(TOYAMA, FROM, policy_mappings=[THERE])
    fresh_bridge.approve(proposed, "officer-1")
    officer, approving = fresh_bridge.officer("officer-2"), approval(proposed, "officer-2")
    set_active(ca.service.ca, AuthorityId.parse(TOYAMA), active=False, actor="test")
    try:
        for _ in range(2):
            refused(
                lambda: officer.ApproveCrossCertification(approving), Reason.AUTHORITY_NOT_ACTIVE
            )
            running(fresh_bridge).jobs.once()
            assert look(fresh_bridge, proposed).state == APPROVED
            assert pending() == 1
    finally:
        set_active(ca.service.ca, AuthorityId.parse(TOYAMA), active=True, actor="test")
    running(fresh_bridge).jobs.once()
    # The service's own round may have begun before, and ended after.
    until(lambda: pending() == 0)
    found = look(fresh_bridge, proposed)
    assert (found.state, found.refusal) == (ISSUED, "")
    assert officer.ApproveCrossCertification(approving).cross_certification == found


@pytest.mark.requirement("R4.4")
def test_a_ca_that_is_away_ends_nothing(tmp_path: Path, ca: RunningCa) -> None:
    relay = Relay(ca.service.server.port)
    behind: Any = SimpleNamespace(
        mesh=ca.mesh, service=SimpleNamespace(server=SimpleNamespace(port=relay.port))
    )
    try:
        with running_bridge(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", behind) as bridge:
            bridge.register(TOYAMA)
            proposed = bridge.propose(TOYAMA, FROM, policy_mappings=[THERE])
            bridge.approve(proposed, "officer-1")
            relay.cut()
            with pytest.raises(OpenJpkiError) as away:
                bridge.approve(proposed, "officer-2")
            assert away.value.reason.retryable
            running(bridge).jobs.once()
            assert look(bridge, proposed).state == APPROVED
            assert pending() == 1
            relay.restore()

            def carried_out() -> bool:
                running(bridge).jobs.once()
                return look(bridge, proposed).state == ISSUED

            until(carried_out)
    finally:
        relay.close()
