"""The officers' register of the bridge service: who may approve a cross-certification."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.officers import Officer, OfficerRole
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.officers.context import OfficersContext

if TYPE_CHECKING:
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.kernel.transaction import Reading


def officers_register(bridge: BridgeContext) -> OfficersContext:
    """Officers of the bridge, and governors' for what their own authority is asked to sign."""
    return OfficersContext(
        service="bridge",
        database=bridge.database,
        clock=bridge.clock,
        journal=bridge.journal,
        requests=bridge.requests,
        require_place=_require_place,
        checkpoint=bridge.checkpoint,
    )


def _require_place(_tx: Reading, officer: Officer) -> None:
    if officer.role in {OfficerRole.WINDOW_OFFICER, OfficerRole.KEY_GENERATOR}:
        raise OpenJpkiError(
            Reason.OFFICER_OUT_OF_SCOPE,
            "signs nothing that the bridge acts upon",
            field="presented.officer",
        )
