"""The acts of the ocsp service: every change of who may ask for status.

The entries of the registry of verifiers, and what governors agree with them, belong to the books on
how the service is run.
"""

from __future__ import annotations

from openjpki.domain.retention import RetentionClass
from openjpki.storage.kernel.acts import (
    AUTHORITY,
    COUNT,
    SHA256,
    TIME,
    WORD,
    Act,
    list_of,
    optional,
    text,
)

STREAM = "verifiers"
"""The journal's stream of every change to the registry and of agreements."""
RETENTION = RetentionClass.ADMINISTRATION
"""Of all of them: so its newest number tells whether anything changed."""

USAGE_STREAM = "usage"
"""The journal's stream of what verifiers were told, by days."""

_GRANTED = {
    "authority_ids": list_of(AUTHORITY, at_most=95),
    "signers_sha256": optional(list_of(SHA256, at_most=10)),
    "closed_networks": optional(list_of(text(r"[0-9a-f:.]+/[0-9]{1,3}"), at_most=20)),
}

VERIFIER_REGISTERED = Act("verifier.registered", RETENTION, _GRANTED)
VERIFIER_REPLACED = Act("verifier.replaced", RETENTION, _GRANTED)
VERIFIER_REMOVED = Act("verifier.removed", RETENTION)

_PERSON = text(r"[A-Za-z0-9][A-Za-z0-9_.:/@-]{0,2047}")
"""As long as a SPIFFE id may be."""
_VERSION = {"authority": AUTHORITY, "version": COUNT}
QUOTA_FACTS = (
    "statuses_per_day",
    "statuses_per_month",
    "downloads_per_day",
    "downloads_per_month",
)
"""How much may be told, in the order of a quota's numbers."""
_VERSIONS = text(r"[0-9]+(,[0-9]+)*")
AGREEMENT_PROPOSED = Act(
    "agreement.proposed",
    RETENTION,
    {
        **_VERSION,
        "kind": WORD,
        "accredited_until": optional(TIME),
        "ways": list_of(WORD, at_most=3),
        "not_before": TIME,
        "not_after": TIME,
        "liability_cap_yen": optional(COUNT),
        **dict.fromkeys(QUOTA_FACTS, optional(COUNT)),
        "beyond": optional(WORD),
        "content_sha256": SHA256,
    },
)
_APPROVED = {**_VERSION, "proposed_by": _PERSON, "content_sha256": SHA256}
AGREEMENT_APPROVED = Act("agreement.approved", RETENTION, _APPROVED)
AGREEMENT_RESUMED = Act("agreement.resumed", RETENTION, {**_APPROVED, "suspended": _VERSIONS})
"""Approved where those before were suspended, which end."""
AGREEMENT_REJECTED = Act("agreement.rejected", RETENTION, _VERSION)
_STOPPED = {"authority": AUTHORITY, "versions": _VERSIONS}
AGREEMENT_SUSPENDED = Act("agreement.suspended", RETENTION, _STOPPED)
AGREEMENT_TERMINATED = Act("agreement.terminated", RETENTION, _STOPPED)
"""Before its time, by an officer, or with the verifier's entry."""
AGREEMENT_ENDED = Act("agreement.ended", RETENTION, {**_VERSION, "at": TIME})
"""Its time is over, as surely passed; the subject of all of these is the verifier."""

USAGE_CLOSED = Act(
    "usage.closed",
    RETENTION,
    {"authority": AUTHORITY, "from": TIME, "told": COUNT, "sums_sha256": SHA256},
)
"""A day of Japan, by its beginning, for which nothing more is counted; of an authority."""
USAGE_DAY_CLOSED = Act(
    "usage.day_closed",
    RETENTION,
    {
        "from": TIME,
        "authority_ids": optional(list_of(AUTHORITY, at_most=95)),
        "told": COUNT,
    },
)
"""The same of all together, one for each day, entered after them; which authorities have one."""
