"""Quotas of one replica, from its start to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.agreements import Beyond
from openjpki.domain.agreements.standing import NEAR, Standing, worst_of
from openjpki.errors import OpenJpkiError
from openjpki.services.common.background import BackgroundTasks, Task
from openjpki.services.ocsp.quota.bounds import Bounds, bounds_of
from openjpki.services.ocsp.quota.leasing import Leases
from openjpki.services.ocsp.registry.cache import retry
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import OCSP_QUOTA_REFUSED, OCSP_QUOTAS, REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openjpki.domain.agreements import Limits
    from openjpki.domain.clock import Clock
    from openjpki.services.ocsp.registry.entries import Registry
    from openjpki.signer_core import OcspQuotas
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.ocsp.quota import Bounded

LEASE_SECONDS = 0.25
"""Seconds between looks at who has little left; without a quota nothing is done at one."""
_STATES = ("bounded", *(one.value for one in NEAR))
_log = get_logger("quota")


class QuotaKeeper:
    """Of one run of a replica."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        core: OcspQuotas,
        *,
        registry: Callable[[], Registry],
        run: str,
    ) -> None:
        self._clock = clock
        self._core = core
        self._bounds = Bounds(registry)
        self._leases = Leases(database, clock, core, run=run)
        self._wanted: Mapping[Bounded, Limits] = {}
        # On its own: whoever asks waits for what is leased.
        task = Task(name="lease_quotas", work=self._look, every=LEASE_SECONDS, retry=retry)
        self._tasks = BackgroundTasks("ocsp-quota", [task])

    def bind(self, registry: Registry) -> None:
        """Bound what is to be by these agreements, before they give access: what was leased of it
        is told, and more when it is leased."""
        for of in bounds_of(registry, self._clock.now())[0]:
            self._core.bound(*of.order)

    def start(self) -> None:
        """Lease, before anybody asks. Where that fails now, who is bounded is told nothing yet."""
        for unit in ("statuses", "downloads"):
            OCSP_QUOTA_REFUSED.labels(unit)
        for state in _STATES:
            OCSP_QUOTAS.labels(Beyond.REFUSE.value, state).set(0)
        REGISTRY.before(self._counted)
        try:
            self._look()
        except OpenJpkiError as error:
            _log.error("no quota leased yet", reason=error.reason.name, rule=error.message)
        self._tasks.start()

    def stop(self) -> None:
        """Give back what is left, when nobody is told anything any more."""
        self._tasks.stop()
        REGISTRY.no_longer_before(self._counted)
        try:
            self._leases.end()
        except OpenJpkiError as error:
            _log.error("quotas not given back", reason=error.reason.name, rule=error.message)

    def _look(self) -> None:
        self._wanted = self._bounds.at(self._clock.now())
        self._leases.look(self._wanted)

    def _counted(self) -> None:
        statuses, downloads = self._core.take_refused()
        OCSP_QUOTA_REFUSED.labels("statuses").inc(statuses)
        OCSP_QUOTA_REFUSED.labels("downloads").inc(downloads)
        bounds = self._wanted
        counts = dict.fromkeys(_STATES, 0)
        counts["bounded"] = len(bounds)
        for of, stands in self._leases.standing.items():
            limits = bounds.get(of)
            if limits is None:
                continue
            numbers = ((stands.of_day, limits.per_day), (stands.of_month, limits.per_month))
            worst = worst_of(
                Standing.of(taken, most) for taken, most in numbers if most is not None
            )
            if worst is not None:
                counts[worst.value] += 1
        for state, count in counts.items():
            OCSP_QUOTAS.labels(Beyond.REFUSE.value, state).set(count)
