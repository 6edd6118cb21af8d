"""The acts of the ca service: what its journal takes, and how long each is kept.

The stream is the authority's id.
"""

from __future__ import annotations

from openjpki.domain.retention import RetentionClass
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.kernel.acts import (
    ACTOR,
    COUNT,
    FLAG,
    HEX,
    MUNICIPALITY,
    SHA256,
    UUID,
    WORD,
    Act,
    optional,
    text,
)

_KEY_LABEL = text(r"[a-z-]{1,16}/[a-z0-9-]{1,32}/[0-9]{1,6}")
_PARTITION = text(r"[0-9]{5}(-[0-9]{1,3})?|authority")
_WINDOW = text(r"[0-9]{8}[A-Z]")

_INTENDED = {
    "request_id": UUID,
    "partition": _PARTITION,
    "key_sha256": SHA256,
    "key_label": _KEY_LABEL,
}
_ISSUED = {"sequence": COUNT, "certificate_sha256": SHA256}
_REVOKED = {
    "cause": WORD,
    "reason_code": COUNT,
    "sequence": COUNT,
    "partition": _PARTITION,
    "request_id": UUID,
}
_LIST = {
    "generation": COUNT,
    "crl_number": COUNT,
    "entries": COUNT,
    "crl_sha256": SHA256,
    "journaled": optional(COUNT),
}
"""``journaled``: the number of the newest entry of the book that was there when what the list holds
was read; entries of earlier releases lack it."""

AUTHORITY_CREATED = Act(
    "authority.created",
    RetentionClass.AUTHORITY_KEYS,
    {
        "generation": COUNT,
        "key_label": _KEY_LABEL,
        "key_sha256": SHA256,
        "policy_version": text(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}"),
        "serial": HEX,
        "certificate_sha256": SHA256,
    },
)
AUTHORITY_ACTIVATED = Act("authority.activated", RetentionClass.AUTHORITY_KEYS, {"active": FLAG})
POLICY_REPAIRED = Act(
    "authority.policy_repaired",
    RetentionClass.AUTHORITY_KEYS,
    {
        "stored_sha256": SHA256,
        "policy_sha256": SHA256,
        "policy_version": text(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}"),
    },
)
"""What was stored could not be read, and an operator has put this in its place."""
GENERATION_REPAIRED = Act(
    "authority.generation_repaired",
    RetentionClass.AUTHORITY_KEYS,
    {"generation": COUNT, "key_label": _KEY_LABEL, "certificate_sha256": SHA256, "state": WORD},
)
"""What was stored was not what it was made with, and an operator has put this in its place."""
AUTHORITY_STOPPED = Act("authority.stopped", RetentionClass.AUTHORITY_KEYS, {"active": FLAG})

CERTIFICATE_INTENDED = {
    CertificateKind.USER: Act(
        "certificate.intended",
        RetentionClass.USER_CERTIFICATES,
        {
            **_INTENDED,
            "application_id": UUID,
            "municipality_code": MUNICIPALITY,
            "window_id": _WINDOW,
            "renews": optional(HEX),
            "submitted_by": ACTOR,
            "submitted_sha256": SHA256,
            "taken_over_by": optional(ACTOR),
            "taken_over_sha256": optional(SHA256),
            "checked_by": ACTOR,
            "checked_sha256": SHA256,
            "presented_by": ACTOR,
            "presented_sha256": SHA256,
            "approved_by": ACTOR,
            "approved_sha256": SHA256,
        },
    ),
    CertificateKind.RESPONDER: Act(
        "certificate.intended",
        RetentionClass.AUTHORITY_KEYS,
        _INTENDED,
    ),
    CertificateKind.CROSS: Act(
        "certificate.intended",
        RetentionClass.AUTHORITY_KEYS,
        {
            **_INTENDED,
            "cross_certification": UUID,
            "checked_by": ACTOR,
            "checked_sha256": SHA256,
            "approved_by": ACTOR,
            "approved_sha256": SHA256,
        },
    ),
}
"""Before anything is signed."""
CERTIFICATE_ISSUED = {
    CertificateKind.USER: Act("certificate.issued", RetentionClass.USER_CERTIFICATES, _ISSUED),
    CertificateKind.RESPONDER: Act("certificate.issued", RetentionClass.AUTHORITY_KEYS, _ISSUED),
    CertificateKind.CROSS: Act("certificate.issued", RetentionClass.AUTHORITY_KEYS, _ISSUED),
}
CERTIFICATE_REVOKED = {
    CertificateKind.USER: Act(
        "certificate.revoked",
        RetentionClass.USER_CERTIFICATES,
        {
            **_REVOKED,
            "requested_by": optional(ACTOR),
            "requested_sha256": optional(SHA256),
            "approved_by": optional(ACTOR),
            "approved_sha256": optional(SHA256),
        },
    ),
    CertificateKind.RESPONDER: Act("certificate.revoked", RetentionClass.AUTHORITY_KEYS, _REVOKED),
    CertificateKind.CROSS: Act(
        "certificate.revoked",
        RetentionClass.AUTHORITY_KEYS,
        {
            **_REVOKED,
            "proposed_by": ACTOR,
            "proposed_sha256": SHA256,
            "approved_by": ACTOR,
            "approved_sha256": SHA256,
        },
    ),
}
"""A responder's by the operator who is the entry's actor; a user's is ``approved_by`` another
officer where two found an error, and on no officer's word where the register network told that
something changed."""
REVOCATION_PROPOSED = Act(
    "revocation.proposed",
    RetentionClass.USER_CERTIFICATES,
    {"serial": HEX, "cause": WORD, "requested_sha256": SHA256},
)
"""By one of the governor's officers, for another to approve. The subject is the proposal."""
REVOCATION_PROPOSAL_ENDED = Act(
    "revocation.proposal_ended",
    RetentionClass.USER_CERTIFICATES,
    {"serial": HEX, "cause": WORD, "state": WORD, "proposed_by": ACTOR},
)
"""Approved, withdrawn, or by itself."""
FALSE_APPLICATION = Act(
    "application.false",
    RetentionClass.USER_CERTIFICATES,
    {
        "application_id": optional(UUID),
        "municipality_code": optional(MUNICIPALITY),
        "proposal_id": UUID,
        "certificate_sha256": SHA256,
        "requested_by": ACTOR,
        "requested_sha256": SHA256,
        "approved_by": ACTOR,
        "approved_sha256": SHA256,
    },
)
"""What a certificate was made for was found false. In a stream of its own, whose entries are kept
longer than others of the book; the subject is the serial number."""
AUTHORITY_RESTORED = Act(
    "authority.restored",
    RetentionClass.AUTHORITY_KEYS,
    {
        "regained": COUNT,
        "revoked": COUNT,
        "unknown": COUNT,
        "sequence_before": COUNT,
        "sequence_after": COUNT,
        "numbers_skipped": COUNT,
    },
)
"""The database was brought back from a backup: what was not in it any more, and the gap left."""
REVOCATIONS_REPAIRED = Act(
    "authority.revocations_repaired",
    RetentionClass.AUTHORITY_KEYS,
    {"entered": COUNT, "dropped": COUNT},
)
"""Rows that were not as they were written are gone, and what they said is entered anew, each with
its ``revocation.regained``."""
CERTIFICATE_REGAINED = Act(
    "certificate.regained",
    RetentionClass.USER_CERTIFICATES,
    {
        "certificate_sha256": SHA256,
        "key_sha256": SHA256,
        "partition": _PARTITION,
        "application_id": UUID,
        "municipality_code": MUNICIPALITY,
    },
)
"""Issued after the backup that the database was brought back from."""
_REVOKED_BEFORE = {
    "cause": WORD,
    "reason_code": COUNT,
    "partition": _PARTITION,
    "sequence": optional(COUNT),
}
REVOCATION_REGAINED = {
    CertificateKind.USER: Act(
        "revocation.regained", RetentionClass.USER_CERTIFICATES, _REVOKED_BEFORE
    ),
    CertificateKind.RESPONDER: Act(
        "revocation.regained", RetentionClass.AUTHORITY_KEYS, _REVOKED_BEFORE
    ),
    CertificateKind.CROSS: Act(
        "revocation.regained", RetentionClass.AUTHORITY_KEYS, _REVOKED_BEFORE
    ),
}
_RESPONDER_KEY = {"replica": text(r"[A-Za-z0-9._-]{1,255}/[A-Za-z0-9][A-Za-z0-9._-]{0,62}")}
RESPONDER_KEY_PROPOSED = Act(
    "responder_key.proposed", RetentionClass.AUTHORITY_KEYS, _RESPONDER_KEY
)
RESPONDER_KEY_ENROLLED = Act(
    "responder_key.enrolled",
    RetentionClass.AUTHORITY_KEYS,
    {**_RESPONDER_KEY, "proposed_by": ACTOR},
)
RESPONDER_KEY_WITHDRAWN = Act(
    "responder_key.withdrawn", RetentionClass.AUTHORITY_KEYS, _RESPONDER_KEY
)
"""The subject is the SHA-256 of the key."""
_LIST_UNREADABLE = {"generation": COUNT, "crl_number": COUNT, "count": COUNT}
USERS_LIST_UNREADABLE = Act("list.unreadable", RetentionClass.USER_CERTIFICATES, _LIST_UNREADABLE)
AUTHORITY_LIST_UNREADABLE = Act("list.unreadable", RetentionClass.AUTHORITY_KEYS, _LIST_UNREADABLE)
"""The newest list kept of a scope can't be read, and an operator has a next one made behind this
number; the count: of rows without a number, which are gone."""
USERS_LIST_PUBLISHED = Act("list.published", RetentionClass.USER_CERTIFICATES, _LIST)
AUTHORITY_LIST_PUBLISHED = Act("list.published", RetentionClass.AUTHORITY_KEYS, _LIST)
DELTA_LIST_PUBLISHED = Act(
    "list.delta_published", RetentionClass.USER_CERTIFICATES, {**_LIST, "base_number": COUNT}
)
