"""③ and ④: takes the public key with proof of possession and checks the key (R2.3.3, R2.5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.application import ApplicationEvent, transition
from openjpki.domain.evidence import StatementKind
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.applications.answers import (
    ApplicationAnswer,
    answer_once,
    earlier_answer,
    lock_application,
)
from openjpki.services.registration.applications.key_attestation import (
    require_allowed,
    require_attested,
)
from openjpki.services.registration.context import enter_in_journal
from openjpki.services.registration.journal import KEY_PRESENTED
from openjpki.services.registration.plausible import require_plausible
from openjpki.storage.kernel.beginning import Turn
from openjpki.storage.registration import (
    applications,
    key_attestations,
    officer_signatures,
    personal_data,
    used_keys,
)

if TYPE_CHECKING:
    from openjpki.domain.evidence import KeyAttestation
    from openjpki.services.registration.context import RegistrationContext, WindowCall
    from openjpki.storage.kernel.acts import Value
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.x509.foreign.csr import CertificateRequest

CSR_FIELD = "certification_request"


def present_public_key(
    registration: RegistrationContext,
    call: WindowCall,
    application_id: str,
    presented: CertificateRequest,
    attestation: KeyAttestation | None,
) -> ApplicationAnswer:
    """State KEY_PRESENTED. ``attestation``: of the generator that made the key, as it said so.

    Raises APPLICATION_NOT_FOUND, WRONG_STATE, KEY_OF_AUTHORITY, KEY_ALREADY_USED,
    SERVICE_UNAVAILABLE, and what `require_plausible`, `require_allowed` and `require_attested`
    raise.
    """
    known = earlier_answer(registration, call)
    if known is not None:
        return known
    require_allowed(registration.rules, attestation)
    key_sha256 = presented.fingerprint
    if key_sha256 in registration.authority.key_fingerprints():
        raise OpenJpkiError(Reason.KEY_OF_AUTHORITY, "is an authority's key", field=CSR_FIELD)
    at = registration.clock.now()

    def work(tx: Transaction) -> ApplicationAnswer:
        require_plausible(call, at)
        application = lock_application(tx, call, application_id)
        state = transition(application.state, ApplicationEvent.PRESENT_KEY)
        if attestation is not None:
            require_attested(tx, attestation, call.municipality, application_id, key_sha256, at)
        used_keys.claim(tx, key_sha256, application_id=application_id, at=at)
        applications.present_key(tx, application_id, key_sha256)
        personal_data.add_request(tx, application_id, presented.der)
        officer_signatures.keep(tx, application_id, StatementKind.KEY_PRESENTED, call.signed)
        key_attestations.keep(tx, application_id, attestation)
        details: dict[str, Value] = {"key_sha256": key_sha256.hex()}
        if attestation is not None:
            details["generator"] = str(attestation.signature.occasion.officer)
            details["medium"] = attestation.place.medium.value
        enter_in_journal(registration, tx, call, KEY_PRESENTED, application_id, at, details)
        return ApplicationAnswer(application_id, state)

    return answer_once(registration, call, at, work, turn=Turn.COUNTS)
