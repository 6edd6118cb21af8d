"""The acts of the bridge service: its own key and lists, its partners, cross certificates.

All of them belong to the book on authority keys and their certificates.
"""

from __future__ import annotations

from openjpki.domain.authority import BRIDGE
from openjpki.domain.retention import RetentionClass
from openjpki.storage.kernel.acts import (
    ACTOR,
    AUTHORITY,
    COUNT,
    HEX,
    SHA256,
    WORD,
    Act,
    optional,
    text,
)

STREAM = str(BRIDGE)
"""The journal's only stream, and the label of this authority in metrics."""

_KEY_LABEL = text(r"[a-z-]{1,16}/[a-z0-9-]{1,32}/[0-9]{1,6}")
_PARTNER = text(r"[a-z0-9][a-z0-9-]{1,62}")
_LIST = {"entries": COUNT, "crl_sha256": SHA256}

AUTHORITY_CREATED = Act(
    "authority.created",
    RetentionClass.AUTHORITY_KEYS,
    {"generation": COUNT, "key_label": _KEY_LABEL, "serial": HEX, "certificate_sha256": SHA256},
)
GENERATION_REPAIRED = Act(
    "authority.generation_repaired",
    RetentionClass.AUTHORITY_KEYS,
    {"generation": COUNT, "key_label": _KEY_LABEL, "certificate_sha256": SHA256, "state": WORD},
)
"""What was stored was not what it was made with, and an operator has put this in its place."""
LIST_PUBLISHED = Act(
    "list.published",
    RetentionClass.AUTHORITY_KEYS,
    {"generation": COUNT, "crl_number": COUNT, **_LIST},
)
LIST_UNREADABLE = Act(
    "list.unreadable",
    RetentionClass.AUTHORITY_KEYS,
    {"generation": COUNT, "crl_number": COUNT, "count": COUNT},
)
"""The newest list kept can't be read, and an operator has a next one made behind this number; the
count: of rows without a number, which are gone."""
PARTNER_REGISTERED = Act(
    "partner.registered",
    RetentionClass.AUTHORITY_KEYS,
    {
        "authority_id": optional(AUTHORITY),
        "partner_id": optional(_PARTNER),
        "certificate_sha256": optional(SHA256),
    },
)
"""A prefecture's authority by its id; another PKI's by a name of ours and its certificate."""
CROSS_PROPOSED = Act(
    "cross.proposed", RetentionClass.AUTHORITY_KEYS, {"partner_id": _PARTNER, "method": WORD}
)
CROSS_APPROVED = Act(
    "cross.approved",
    RetentionClass.AUTHORITY_KEYS,
    {"partner_id": _PARTNER, "approved_by": ACTOR, "count": COUNT},
)
CROSS_REJECTED = Act(
    "cross.rejected", RetentionClass.AUTHORITY_KEYS, {"partner_id": _PARTNER, "officer": ACTOR}
)
CROSS_REFUSED = Act(
    "cross.refused",
    RetentionClass.AUTHORITY_KEYS,
    {"partner_id": _PARTNER, "method": WORD, "reason": WORD},
)
CROSS_ISSUED = Act(
    "cross.issued",
    RetentionClass.AUTHORITY_KEYS,
    {"partner_id": _PARTNER, "method": WORD, "serial": HEX, "certificate_sha256": SHA256},
)
CROSS_REVOCATION_PROPOSED = Act(
    "cross.revocation_proposed",
    RetentionClass.AUTHORITY_KEYS,
    {"partner_id": _PARTNER, "method": WORD, "cause": WORD, "officer": ACTOR},
)
CROSS_REVOKED = Act(
    "cross.revoked",
    RetentionClass.AUTHORITY_KEYS,
    {
        "partner_id": _PARTNER,
        "method": WORD,
        "cause": WORD,
        "serial": HEX,
        "proposed_by": ACTOR,
        "approved_by": ACTOR,
    },
)
"""By two officers: no path goes through it from here on."""
CROSS_REVOCATION_SIGNED_ANEW = Act(
    "cross.revocation_signed_anew",
    RetentionClass.AUTHORITY_KEYS,
    {"partner_id": _PARTNER, "method": WORD, "proposed_by": ACTOR, "approved_by": ACTOR},
)
"""By two officers, as the authority that issued it could not be told with what was signed first."""
CROSS_REVOCATION_TOLD = Act(
    "cross.revocation_told",
    RetentionClass.AUTHORITY_KEYS,
    {"partner_id": _PARTNER, "method": WORD},
)
"""The prefectural authority that issued it has revoked it."""
CROSS_REVOCATION_REPAIRED = Act(
    "cross.revocation_repaired",
    RetentionClass.AUTHORITY_KEYS,
    {"partner_id": _PARTNER, "method": WORD, "cause": WORD},
)
"""What was stored of its end was not what the journal has, and an operator has put that there."""
CERTIFICATE_SUBMITTED = Act(
    "certificate.submitted", RetentionClass.AUTHORITY_KEYS, {"certificate_sha256": SHA256}
)
LIST_SUBMITTED = Act("list.submitted", RetentionClass.AUTHORITY_KEYS, _LIST)
NUMBERING_ACCEPTED = Act(
    "list.numbering_accepted",
    RetentionClass.AUTHORITY_KEYS,
    {"partner_id": _PARTNER, "officer": ACTOR, "signature_sha256": SHA256},
)
"""From the list of this SHA-256 on an issuer's numbers count anew; the officer's signature is
kept."""
LISTS_DISPOSED = Act("pool.lists_disposed", RetentionClass.OPERATIONS, {"count": COUNT})
"""Superseded lists whose retention period was over."""
ELEMENT_REMOVED = Act("pool.element_removed", RetentionClass.AUTHORITY_KEYS, {"kind": WORD})
"""A certificate or list that was handed in, by its SHA-256; the actor is the officer."""
