"""A row of the bridge's own key that is not as it was made, and one of a cross certificate that
ended: neither ends what the bridge does for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.domain.generation import GenerationState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.authority.own_authority import require_own
from openjpki.services.bridge.authority.stored_generations import (
    repair_generation,
    stored_generations,
)
from openjpki.services.bridge.journal import STREAM
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.x509.foreign.reading import read_list
from tests.integration.bridge.test_revoking_crosses import TO, governors_cross
from tests.integration.bridge.test_unreadable_own_list import newest
from tests.support.by_hand import by_hand
from tests.support.ca_service import TOYAMA

if TYPE_CHECKING:
    from openjpki.storage.bridge.service_bridge import BridgeGeneration
    from tests.support.bridge_service import RunningBridge

SPOILT = {
    "sqlite": [
        "key_label = x'00ff'",
        "certificate = 'text'",
        "certificate = x'3000'",
        "created_at = 'never'",
        "state = 'asleep'",
    ],
    "postgresql": ["key_label = 'bridge/service/2'", "certificate = x'3000'"],
}


def own(bridge: RunningBridge) -> BridgeGeneration:
    assert bridge.service is not None
    with bridge.service.bridge.database.reading() as tx:
        return require_own(tx).stored


def test_a_generation_is_put_right_by_what_the_journal_has(fresh_bridge: RunningBridge) -> None:
    assert fresh_bridge.service is not None
    service = fresh_bridge.service.bridge
    before = own(fresh_bridge)
    for change in SPOILT[service.database.dialect]:
        assert by_hand(service.database, f"UPDATE service_bridge SET {change}") == 1  # noqa: S608
        with service.database.reading() as tx:
            assert any(one.fault for one in stored_generations(tx).listed()), change
        certificate = state = None
        if change.startswith("certificate"):
            # The bridge has no copy; its partners do.
            with pytest.raises(OpenJpkiError) as refusal:
                repair_generation(service, 1, actor="console")
            assert refusal.value.reason is Reason.STORED_UNREADABLE
            certificate = before.certificate
        if change.startswith("state"):
            state = GenerationState.ACTIVE
        made = repair_generation(service, 1, certificate=certificate, state=state, actor="console")
        assert made == before == own(fresh_bridge), change
    with service.database.reading() as tx:
        noted = list(SqlJournal().read_all(tx, STREAM, acts={"authority.generation_repaired"}))
        assert [one.fault for one in stored_generations(tx).listed()] == [None]
    assert len(noted) == len(SPOILT[service.database.dialect])


def test_the_number_of_what_ended_stands_in_its_certificate_too(
    fresh_bridge: RunningBridge,
) -> None:
    assert fresh_bridge.service is not None
    service = fresh_bridge.service
    fresh_bridge.register(TOYAMA)
    crossed = governors_cross(fresh_bridge, TO)
    fresh_bridge.propose_end(crossed)
    fresh_bridge.approve_end(crossed)
    service.publisher.publish_due()
    before = read_list(newest(service).der, max_bytes=1 << 20, field="list")
    assert by_hand(service.bridge.database, "UPDATE cross_certifications SET serial = x''") == 1
    service.publisher.publish_after_restore()
    after = read_list(newest(service).der, max_bytes=1 << 20, field="list")
    assert [one[0] for one in after.listed(0, 9)] == [one[0] for one in before.listed(0, 9)]
    assert after.entries == 1
