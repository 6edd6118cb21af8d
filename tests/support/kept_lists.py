"""Facts of a list as the bridge keeps it, for octets that need not be one."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.storage.bridge.pool_lists import KeptList

if TYPE_CHECKING:
    from datetime import datetime


def kept_list(
    der: bytes,
    at: datetime,
    *,
    issuer: bytes = bytes(32),
    scope: bytes = bytes(32),
    number: int = 0,
    partner_id: str | None = None,
) -> KeptList:
    """From ``at`` on, for two days; its retention period begins a year later."""
    return KeptList(
        sha256=hashlib.sha256(der).digest(),
        issuer=issuer,
        scope=scope,
        number=number,
        this_update=at,
        next_update=at + timedelta(days=2),
        retained_from=at + timedelta(days=365),
        partner_id=partner_id,
        octets=len(der),
    )
