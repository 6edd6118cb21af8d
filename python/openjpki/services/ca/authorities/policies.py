"""Stored policies: which can be read, and putting one in the place of one that can't."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from openjpki.domain.authority import not_an_authority
from openjpki.domain.policy import policy_document
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.authority import policy_fault
from openjpki.services.ca.authorities.create_authority import require_policy
from openjpki.services.ca.journal import POLICY_REPAIRED
from openjpki.storage.ca import authorities

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.policy import AuthorityPolicy
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.authorities import AuthorityRecord
    from openjpki.storage.kernel.transaction import Reading, Transaction


def require_record(tx: Reading, authority_id: AuthorityId) -> AuthorityRecord:
    """What is stored of an authority, its policy unread. Raises ``AUTHORITY_NOT_FOUND``."""
    found = authorities.get(tx, authority_id)
    if found is None:
        raise not_an_authority()
    return found


def digest_of(record: AuthorityRecord) -> bytes:
    """SHA-256 of a policy as it is stored, whatever that is."""
    stored: object = record.policy_json
    octets = stored if isinstance(stored, bytes) else str(stored).encode("utf-8", "replace")
    return hashlib.sha256(octets).digest()


def repair_policy(
    ca: CaContext, authority_id: AuthorityId, policy: AuthorityPolicy, *, actor: str
) -> AuthorityRecord:
    """Put a policy in the place of a stored one that can't be read.

    One that can be read is changed with the authority's CP/CPS, never in this way. ``actor``: who
    did it, for the journal. Raises ``AUTHORITY_NOT_FOUND``, ``INVALID_FIELD`` for a policy below
    the technical standards (R1.3.5), or where the stored one can be read (field ``authority_id``).
    """
    require_policy(policy)
    document = policy_document(policy)

    def act(tx: Transaction) -> AuthorityRecord:
        before = require_record(tx, authority_id)
        if not policy_fault(before):
            raise OpenJpkiError(
                Reason.INVALID_FIELD, "has a policy that can be read", field="authority_id"
            )
        authorities.set_policy(tx, authority_id, document)
        after = require_record(tx, authority_id)
        ca.journal.append(
            tx,
            POLICY_REPAIRED,
            stream=str(authority_id),
            actor=actor,
            subject=str(authority_id),
            details={
                "stored_sha256": digest_of(before).hex(),
                "policy_sha256": digest_of(after).hex(),
                "policy_version": policy.version,
            },
            at=ca.clock.now(),
        )
        return after

    with ca.console.writing(authority_id) as writer:
        return writer.run(act)
