"""How the quotas of an authority's agreements stand, verifier by verifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.agreements import Unit
from openjpki.domain.agreements.standing import QuotaNumber, Standing
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.ocsp.quota.bounds import least
from openjpki.services.ocsp.usage.counted_day import counted_day
from openjpki.storage.ocsp import quota
from openjpki.storage.ocsp.quota import Bounded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from openjpki.domain.agreements import Beyond, Limits
    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ocsp.context import OcspContext
    from openjpki.services.ocsp.registry.entries import Registry


def standing_of(ocsp: OcspContext, authority_id: AuthorityId) -> list[QuotaNumber]:
    """By verifier, unit and period. Of agreements in force now, as the registry was read last; what
    a row says that can't be read is told of and left out."""
    agreed = _agreed(ocsp.registry.current, authority_id, ocsp.clock.now())
    if not agreed:
        return []
    with ocsp.database.reading() as tx:
        day = counted_day(tx, ocsp.clock)
        of_day, of_month = quota.used(tx, authority_id, day, left_out=tell_left_out)
    found = []
    for (of, beyond), limits in sorted(agreed.items(), key=lambda one: one[0][0].order):
        for used, most in ((of_day, limits.per_day), (of_month, limits.per_month)):
            if most is not None:
                stands = Standing.of(used.get(of, 0), most)
                one = QuotaNumber(of.verifier_id, of.unit, used is of_day, most, beyond, stands)
                found.append(one)
    return found


def _agreed(
    registry: Registry, authority_id: AuthorityId, now: datetime
) -> dict[tuple[Bounded, Beyond], Limits]:
    found: dict[tuple[Bounded, Beyond], Limits] = {}
    for unit, beyond, verifier_id, limits in _numbers(registry, authority_id, now):
        key = Bounded(verifier_id, authority_id, unit), beyond
        found[key] = least(found.get(key), limits)
    return found


def _numbers(
    registry: Registry, authority_id: AuthorityId, now: datetime
) -> Iterator[tuple[Unit, Beyond, str, Limits]]:
    for entry in registry.by_id.values():
        for one in entry.agreed:
            if one.authority_id != authority_id or one.quota is None:
                continue
            if not one.begins <= now < one.ends:
                continue
            for unit in Unit:
                limits = one.quota.limits(unit)
                if limits is not None:
                    yield unit, one.quota.beyond, one.verifier_id, limits
