"""Two generations of a governor's key at the bridge: told apart by key, each with its own list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.authority import AuthorityId
from openjpki.domain.generation import GenerationState
from openjpki.services.bridge.find_partner import find_governor
from openjpki.storage.bridge import pool
from tests.support.bridge_service import running_bridge
from tests.support.ca_service import TOYAMA, running_ca
from tests.support.second_generation import SECOND, change_state, plan_second, take_over

if TYPE_CHECKING:
    from pathlib import Path

AUTHORITY = AuthorityId.parse(TOYAMA)


def test_each_generation_is_an_anchor_with_a_list_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "ca"
    folder.mkdir()
    with (
        running_ca(folder, f"sqlite:///{folder / 'ca.db'}", authorities=(TOYAMA,)) as ca,
        running_bridge(tmp_path, f"sqlite:///{tmp_path / 'b.db'}", ca) as bridge,
    ):
        service = bridge.service
        assert service is not None
        ca.service.jobs.stop()
        ca.service.publisher.publish_authority(AUTHORITY)
        first = service.material.current().governor(AUTHORITY)
        second = plan_second(ca.service.ca, AUTHORITY)
        service.refresher.look()
        # Planned: known, so that no partner takes its key, and nothing else.
        assert second.certificate not in bridge.list_pool().certificates
        take_over(ca.service.ca, AUTHORITY)
        service.refresher.look()
        # The new one has no list yet: nothing that ends with it can be checked, which is told.
        assert not service.refresher.complete
        assert service.material.current().first_end is None
        ca.service.publisher.publish_authority(AUTHORITY)
        service.refresher.look()
        assert service.refresher.complete
        material = service.material.current()
        here = {one.octets for one in material.certificates}
        assert {first.anchor.octets, second.certificate} <= here
        assert material.first_end is not None
        assert material.governor(AUTHORITY).anchor.octets == second.certificate
        with service.bridge.database.reading() as tx:
            found = [(one.generation, one.state) for one in pool.governors(tx)]
            partner = find_governor(tx, TOYAMA)
        assert found == [(1, GenerationState.RETIRING), (SECOND, GenerationState.ACTIVE)]
        assert partner is not None
        assert partner.certificate == second.certificate
        change_state(ca.service.ca, AUTHORITY, 1, GenerationState.COMPROMISED)
        service.refresher.look()
        here = {one.octets for one in service.material.current().certificates}
        assert first.anchor.octets not in here
