"""Refusing a certificate that would be one too many for its caller or its municipality.

Beside the context, which holds it, not in the room of issuance, which asks it.

Counted in memory: an authority has one writer at a time, so under one token of its lease nobody
else counts for it. Under a token that is new here it begins with what is stored, whoever stored it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from threading import Lock
from typing import TYPE_CHECKING

from openjpki.domain.issue_limits import IssueCounts, Period, Whose
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import issue_counts
from openjpki.telemetry.metrics import ISSUE_LIMIT_REFUSALS

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.issue_limits import IssueLimits
    from openjpki.storage.ca.issuances import Intent
    from openjpki.storage.kernel.transaction import Transaction


@dataclass(slots=True)
class _Counting:
    lock: Lock = field(default_factory=Lock)
    token: int | None = None
    """Under which lease ``counts`` is all there is."""
    counts: IssueCounts = field(default_factory=IssueCounts)


class IssueRoom:
    """What room one process leaves, at each authority. Safe for use by many threads."""

    def __init__(self, limits: IssueLimits) -> None:
        self._limits = limits
        self._lock = Lock()
        self._authorities: dict[AuthorityId, _Counting] = {}

    def take(self, tx: Transaction, intent: Intent) -> None:
        """One more certificate; raises ``TOO_MANY_CERTIFICATES``. Only persons' are limited here.

        The last thing in the transaction that stores the intent: after it nothing can undo the
        transaction but a commit that fails. Then one too many is counted, never one too few.
        """
        if intent.holder is None:
            return
        caller, municipality = intent.request.caller, intent.holder.municipality_code
        counting, at = self._of(intent.authority_id), intent.intended_at
        with counting.lock:
            # Whoever stores an intent comes here first. So under a token that is new here, nothing
            # that was counted is still on its way to the database.
            if tx.token is None or tx.token != counting.token:
                counting.token = None
                counting.counts = _stored(tx, intent)
                counting.token = tx.token
            reached = counting.counts.reached(
                self._limits, at, caller=caller, municipality=municipality
            )
            if reached is not None:
                raise _too_many(intent.authority_id, *reached)
            counting.counts.add(at, caller=caller, municipality=municipality)

    def _of(self, authority_id: AuthorityId) -> _Counting:
        with self._lock:
            if authority_id not in self._authorities:
                self._authorities[authority_id] = _Counting()
                # A series that begins with its first refusal can't be alerted on.
                for whose, period in product(Whose, Period):
                    ISSUE_LIMIT_REFUSALS.labels(str(authority_id), whose, period).inc(0)
            return self._authorities[authority_id]


def _stored(tx: Transaction, intent: Intent) -> IssueCounts:
    counts = IssueCounts()
    for one in issue_counts.intended_beside(tx, intent):
        counts.add(
            one.hour, caller=one.caller, municipality=one.municipality_code, number=one.number
        )
    return counts


def _too_many(authority_id: AuthorityId, whose: Whose, period: Period) -> OpenJpkiError:
    ISSUE_LIMIT_REFUSALS.labels(str(authority_id), whose, period).inc()
    return OpenJpkiError(
        Reason.TOO_MANY_CERTIFICATES,
        f"the limit of certificates of one {whose} in one {period} is reached",
    )
