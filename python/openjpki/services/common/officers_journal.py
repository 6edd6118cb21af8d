"""The acts of an officers' register: credentials given, replaced, suspended, revoked (R8.1.4).

The subject is the officer, ``role/place/account``; one entry for each key.
"""

from __future__ import annotations

from openjpki.domain.retention import RetentionClass
from openjpki.storage.kernel.acts import ACTOR, FLAG, SHA256, TIME, UUID, WORD, Act, optional

STREAM = "officers"

_KEY = {"proposal_id": UUID, "key_sha256": SHA256, "proposed_by": ACTOR}
_NEW_KEY = {"not_before": TIME, "not_after": TIME, "replaces": optional(SHA256)}

OFFICER_PROPOSED = Act(
    "officer.proposed",
    RetentionClass.OPERATIONS,
    {"proposal_id": UUID, "key_sha256": SHA256, **_NEW_KEY},
)
OFFICER_ENROLLED = Act("officer.enrolled", RetentionClass.OPERATIONS, {**_KEY, **_NEW_KEY})
OFFICER_REJECTED = Act(
    "officer.rejected",
    RetentionClass.OPERATIONS,
    {"proposal_id": UUID, "key_sha256": SHA256, "proposed_by": ACTOR, "cause": optional(WORD)},
)
"""By an operator; with a cause by itself: ``lapsed``, ``officer_revoked``, ``proposer_denied``."""
OFFICER_SUSPENDED = Act(
    "officer.suspended",
    RetentionClass.OPERATIONS,
    {"proposal_id": UUID, "key_sha256": SHA256, "cause": WORD},
)
OFFICER_REVOKED = Act(
    "officer.revoked",
    RetentionClass.OPERATIONS,
    {**_KEY, "proposed_by": optional(ACTOR), "cause": WORD},
)
"""``unreadable`` where the proposal's cause is none that is known here."""
OFFICER_REINSTATED = Act(
    "officer.reinstated", RetentionClass.OPERATIONS, {**_KEY, "proposed_by": optional(ACTOR)}
)
OFFICER_PROPOSAL_UNREADABLE = Act(
    "officer.proposal_unreadable",
    RetentionClass.OPERATIONS,
    {"proposal_id": UUID, "proposed_by": optional(ACTOR), "revokes": FLAG},
)
"""A proposal that could not be read was ended; the subject is its id where the officer can't be
read. Who proposed is left out where that is no SPIFFE id."""
