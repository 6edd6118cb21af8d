"""When authorities come to their end, for whoever has to replace their keys in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.policy.validity import validity
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.common.apart import Apart
from openjpki.services.common.authority_ends import forget_ends, measure_end
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import AUTHORITY_ISSUES_UNTIL

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.authorities.authority import Authority
    from openjpki.services.ca.context import CaContext

_log = get_logger("authorities")


def measure_ends(ca: CaContext) -> None:
    """Of every authority held here; one that can't be read keeps no other waiting.

    Raises ``SERVICE_UNAVAILABLE``, and what reading an authority raises.
    """
    apart = Apart(_log, "ends not measured")
    for authority_id in ca.fence.held():
        with apart.of(authority=str(authority_id)):
            _measure(ca, authority_id)
    apart.end()


def _measure(ca: CaContext, authority_id: AuthorityId) -> None:
    with ca.database.reading() as tx:
        authority = require_authority(tx, authority_id)
    for one in authority.generations:
        measure_end(authority_id, one.number, one.not_after if one.may_sign_lists else None)
    until = issues_until(authority, ca.clock.now())
    if until is None:
        AUTHORITY_ISSUES_UNTIL.remove(str(authority_id))
    else:
        AUTHORITY_ISSUES_UNTIL.labels(str(authority_id)).set(until.timestamp())


def issues_until(authority: Authority, now: datetime) -> datetime | None:
    """Until when its key certifies users, to within a day: a user's certificate ends before the
    authority's own, and the policy says when the key is to be replaced. ``None``: none issues."""
    issuing = authority.issuing
    if issuing is None:
        return None
    lasts = validity(now, authority.policy.validity)[1] - now
    return min(
        issuing.not_after - lasts,
        authority.policy.authority_key.certifies_users_until(issuing.not_before),
    )


def forget(authority_id: AuthorityId) -> None:
    """What another instance measures now."""
    forget_ends(authority_id)
    AUTHORITY_ISSUES_UNTIL.remove(str(authority_id))
