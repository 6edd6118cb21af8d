"""How many quotas stand where, of those beyond which nobody is refused: that is seen (R4.3)."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from openjpki.domain.agreements import Beyond
from openjpki.domain.agreements.standing import NEAR, worst_of
from openjpki.services.ocsp.quota.standing import standing_of
from openjpki.telemetry.metrics import OCSP_QUOTAS

if TYPE_CHECKING:
    from openjpki.services.ocsp.context import OcspContext

_STATES = ("bounded", *(one.value for one in NEAR))


def count_reported(ocsp: OcspContext) -> None:
    """Over all authorities, without saying whose. Raises ``SERVICE_UNAVAILABLE``."""
    now = ocsp.clock.now()
    authorities = {
        one.authority_id
        for entry in ocsp.registry.current.by_id.values()
        for one in entry.agreed
        if one.quota is not None
        and one.quota.beyond is Beyond.REPORT
        and one.begins <= now < one.ends
    }
    counts: Counter[str] = Counter()
    for authority_id in sorted(authorities, key=str):
        numbers = [one for one in standing_of(ocsp, authority_id) if one.beyond is Beyond.REPORT]
        quotas = defaultdict(list)
        for one in numbers:
            quotas[one.verifier_id, one.unit].append(one.standing)
        counts["bounded"] += len(quotas)
        for standings in quotas.values():
            worst = worst_of(standings)
            if worst is not None:
                counts[worst.value] += 1
    for state in _STATES:
        OCSP_QUOTAS.labels(Beyond.REPORT.value, state).set(counts[state])
