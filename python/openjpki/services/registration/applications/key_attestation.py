"""Whether a registered generator made the key that is presented, where it was put, and whether
policy lets it be there (R2.3.1b, R2.3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.evidence import KeyGenerated
from openjpki.domain.policy import EvidencePolicy
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.verification import Presented, require_stated
from openjpki.services.common.officers.known_officers import KnownOfficers

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.evidence import KeyAttestation
    from openjpki.domain.municipality import Municipality
    from openjpki.domain.window_rules import WindowRules
    from openjpki.storage.kernel.transaction import Transaction

FIELD = "attestation"
_POLICY = EvidencePolicy()


def require_allowed(rules: WindowRules, attestation: KeyAttestation | None) -> None:
    """Raises ``INVALID_FIELD`` where the rules want an attestation and there is none, or let no key
    be where this one was put."""
    if attestation is None:
        if rules.keys.attested:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, "is needed: which generator made the key", field=FIELD
            )
        return
    rules.keys.require_medium(attestation.place.medium, field=f"{FIELD}.medium")


def require_attested(
    tx: Transaction,
    attestation: KeyAttestation,
    municipality: Municipality,
    application_id: str,
    key_sha256: bytes,
    now: datetime,
) -> None:
    """Raises as :func:`openjpki.evidence.verification.require_stated`: of a generator that is not
    registered, whose key has ended or that is another municipality's, and of one that said
    something else than this. The transaction has its turn among those that count signatures.

    It may be as old as an application gets: an officer's step may be done again with the same key.
    """
    signature = attestation.signature
    presented = Presented(
        statement=KeyGenerated(
            occasion=signature.occasion,
            municipality=municipality,
            application_id=application_id,
            key_sha256=key_sha256,
            place=attestation.place,
        ),
        signature=signature,
        field=f"{FIELD}.signature",
    )
    register = KnownOfficers(tx, [signature])
    require_stated(register, presented, within=_POLICY.checked_within, policy=_POLICY, now=now)
