"""The acts of the registration service: what its journals take, and how long each is kept.

The stream is the municipality's code. A resident register has a journal of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.retention import RetentionClass
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
    list_of,
    optional,
    text,
)

if TYPE_CHECKING:
    from openjpki.domain.application import IdentityCheck
    from openjpki.storage.kernel.acts import Value

_USERS = RetentionClass.USER_CERTIFICATES
_WINDOW = text(r"[0-9]{8}[A-Z]")
_VERSION = text(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}")
_FIELD = text(
    r"name|birth_date|sex|address|attributes|romanised_name|window_id|municipality_code"
    r"|application_id|document_kind|evidence|further_documents|questions|certification_request|serial|cause|decision"
    r"|officer_signature|presented|request_id|asked|check|rejection_reason|explanation"
    r"|recipient|medium|terms_version|accepted_terms|kind|renews|asker|reason"
    r"|attestation|signature|medium_serial|yen|year|number"
)
_GENERATOR = text(r"key-generator/[0-9]{5}/[a-z0-9][a-z0-9._-]{0,63}")
_CHECK = {
    "document_kind": WORD,
    "evidence": WORD,
    "further_documents": optional(list_of(WORD, at_most=3)),
    "asked": optional(COUNT),
    "right": optional(COUNT),
    "rules": optional(_VERSION),
}
"""``asked``: questions; ``right``: those answered as the source record has it."""


def check_details(check: IdentityCheck) -> dict[str, Value]:
    """The facts of an identity check."""
    facts: dict[str, Value | None] = {
        "document_kind": check.document_kind,
        "evidence": check.evidence.value,
        "further_documents": ",".join(check.further_documents) or None,
        "asked": len(check.asked) or None,
        "right": sum(one.right for one in check.asked) if check.asked else None,
        "rules": check.rules_version,
    }
    return {name: value for name, value in facts.items() if value is not None}


APPLICATION_SUBMITTED = Act(
    "application.submitted",
    _USERS,
    {
        "window_id": _WINDOW,
        "accepted_terms": optional(_VERSION),
        "kind": optional(WORD),
        "renews": optional(HEX),
    },
)
"""``kind``: absent of a first issue; ``renews``: serial number that a renewal is to replace."""
IDENTITY_CONFIRMED = Act("identity.confirmed", _USERS, _CHECK)
KEY_PRESENTED = Act(
    "key.presented",
    _USERS,
    {"key_sha256": SHA256, "generator": optional(_GENERATOR), "medium": optional(WORD)},
)
"""``generator``, ``medium``: where a registered generator said that it made the key, and put it."""
APPLICATION_APPROVED = Act("application.approved", _USERS, {"request_id": UUID})
APPLICATION_REJECTED = Act("application.rejected", _USERS, {"reason": WORD})
APPLICATION_TAKEN_OVER = Act("application.taken_over", _USERS)
"""By another officer than who took it, or with another key."""
APPLICATION_WITHDRAWN = Act("application.withdrawn", _USERS, {"reason": WORD})
APPLICATION_ISSUED = Act("application.issued", _USERS, {"serial": HEX, "renewed": optional(HEX)})
"""``renewed``: serial number of the certificate that was revoked in the same act."""
CERTIFICATE_HANDED_OVER = Act(
    "certificate.handed_over",
    _USERS,
    {"recipient": WORD, "medium": WORD, "terms": optional(_VERSION), "copy": FLAG},
)
"""To the applicant or somebody with their power of attorney; ``terms``: version of the guide that
went along."""
APPLICATION_EXPIRED = Act("application.expired", _USERS, {"days": COUNT})
"""Nobody decided on it in so many days, which is what policy gave."""
APPLICATION_CLOSED = Act("application.closed", _USERS, {"closing": WORD})
"""Nothing is left to be done; ``closing``: why."""
APPLICATION_REFUSED = Act("application.refused", _USERS, {"reason": WORD})
"""By the authority."""
APPLICATION_RETURNED = Act(
    "application.returned", _USERS, {"reason": WORD, "state": WORD, "officer": optional(ACTOR)}
)
"""To the step of an officer who was dismissed before the authority certified, or who may not do it;
``officer``: whose key the authority said is revoked."""
APPLICATIONS_LISTED = Act("applications.listed", RetentionClass.OPERATIONS, {"count": COUNT})
"""Shown to an officer, so many of them."""
PERSON_LOOKED_UP = Act(
    "person.looked_up",
    RetentionClass.OPERATIONS,
    {"method": WORD, "person": optional(SHA256), "reason": optional(WORD)},
)
"""By an officer, for what they have here. ``person``: their reference; ``reason``: why nobody was
found."""
REVOCATION_REQUESTED = Act("revocation.requested", _USERS, {"serial": HEX, "cause": WORD, **_CHECK})
REVOCATION_REFUSED = Act(
    "revocation.refused",
    _USERS,
    {
        "serial": optional(HEX),
        "cause": WORD,
        "asker": WORD,
        "reason": WORD,
        "window_id": _WINDOW,
        **{name: optional(form) for name, form in _CHECK.items()},
    },
)
"""Somebody who asked at the window was turned down."""
REFUSED_REVOCATIONS_LISTED = Act(
    "refused_revocations.listed", RetentionClass.OPERATIONS, {"count": COUNT}
)
"""Shown to an officer, so many of them."""
CERTIFICATE_REVOKED = Act("certificate.revoked", _USERS, {"serial": HEX, "notice": optional(COUNT)})
"""``notice``: number of the municipality's change notice that ended it."""
REGISTER_KEY_GIVEN = Act("register_key.given", RetentionClass.OPERATIONS)
"""To whoever is the entry's actor: the key that a municipality's register makes its links with."""
NOTICES_TAKEN = Act("notices.taken", RetentionClass.OPERATIONS, {"first": COUNT, "last": COUNT})
"""Change notices with these numbers, of the municipality's register."""
NOTICE_DIFFERED = Act("notice.differed", RetentionClass.OPERATIONS, {"sequence": COUNT})
"""A notice came with a number under which another one was taken, and was refused."""
APPLICATION_REGAINED = Act("application.regained", _USERS, {"serial": HEX})
"""Known again from ca, after this database was brought back from a backup."""
REVOCATION_REGAINED = Act("revocation.regained", _USERS, {"serial": HEX})
_RECEIPT = {"year": COUNT, "number": COUNT, "yen": COUNT}
FEE_TAKEN = Act(
    "fee.taken",
    RetentionClass.ADMINISTRATION,
    {**_RECEIPT, "ground": WORD, "rules": _VERSION, "window_id": _WINDOW},
)
"""The subject is the application."""
FEE_VOIDED = Act(
    "fee.voided",
    RetentionClass.ADMINISTRATION,
    {**_RECEIPT, "reason": WORD, "window_id": _WINDOW},
)
CALL_REFUSED = Act(
    "call.refused",
    _USERS,
    {
        "method": WORD,
        "reason": WORD,
        "request_id": UUID,
        "fields": optional(list_of(_FIELD, at_most=10)),
    },
)
REGISTER_LOADED = Act(
    "register.loaded",
    RetentionClass.OPERATIONS,
    {
        "count": COUNT,
        "municipality_code": MUNICIPALITY,
        "leaving": optional(COUNT),
        "named": optional(FLAG),
    },
)
"""``leaving``: how many are in the register no more; ``named``: whoever did it named the
municipality as one to be loaded whoever leaves."""
