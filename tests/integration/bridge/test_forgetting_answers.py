"""A bridge forgets its answers after a time; calls repeated later do nothing a second time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.config.bridge import BridgePart
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.bridge import crosses
from openjpki.storage.kernel.tables import requests
from tests.support.bridge_officers import approval
from tests.support.bridge_service import (
    GOVERNOR_POLICY,
    mapping,
    proposal,
    running_bridge,
)
from tests.support.ca_service import TOYAMA
from tests.support.foreign_authorities import BRIDGE_POLICY
from tests.support.mesh import SettableClock
from tests.support.old_answers import grow_older

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.ca_service import RunningCa


@pytest.mark.requirement("R4.4")
def test_calls_repeated_after_their_answers_are_gone(tmp_path: Path, ca: RunningCa) -> None:
    clock = SettableClock()
    url = f"sqlite:///{tmp_path / 'bridge.db'}"
    with running_bridge(tmp_path, url, ca) as bridge:
        assert bridge.service is not None
        # The mesh's own certificates are short-lived; only the use cases' time moves.
        object.__setattr__(bridge.service.bridge, "clock", clock)
        database = bridge.service.bridge.database
        bridge.register(TOYAMA)
        officer, other = bridge.officer("officer-1"), bridge.officer("officer-2")
        proposing = proposal(
            TOYAMA,
            pb.DIRECTION_TO_PARTNER,
            policy_mappings=[mapping(BRIDGE_POLICY, GOVERNOR_POLICY)],
        )
        proposed = officer.ProposeCrossCertification(proposing).cross_certification
        officer.ApproveCrossCertification(approval(proposed, "officer-1"))
        approving = approval(proposed, "officer-2")
        issued = other.ApproveCrossCertification(approving)
        kept_for = timedelta(seconds=BridgePart().answers_kept + 60)
        clock.offset = kept_for
        grow_older(database, kept_for)
        bridge.service.jobs.once()
        with database.reading() as tx:
            kept = tx.connection.execute(select(func.count()).select_from(requests)).scalar_one()
        assert kept == 0
        assert other.ApproveCrossCertification(approving) == issued
        with pytest.raises(OpenJpkiError) as refusal:
            officer.ProposeCrossCertification(proposing)
        assert refusal.value.reason is Reason.REQUEST_ID_REUSED
        assert refusal.value.field == "request_id"
        with database.reading() as tx:
            assert len(crosses.all_of(tx, TOYAMA)) == 1
