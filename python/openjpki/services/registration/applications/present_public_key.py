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
from openjpki.services.registration.context import enter_in_journal
from openjpki.services.registration.journal import KEY_PRESENTED
from openjpki.services.registration.plausible import require_plausible
from openjpki.storage.registration import (
    applications,
    officer_signatures,
    personal_data,
    used_keys,
)
from openjpki.x509.foreign.csr import parse_csr
from openjpki.x509.foreign.weak_keys import refuse_weak_key

if TYPE_CHECKING:
    from openjpki.services.registration.context import RegistrationContext, WindowCall
    from openjpki.storage.kernel.transaction import Transaction

_FIELD = "certification_request"


def present_public_key(
    registration: RegistrationContext, call: WindowCall, application_id: str, der: bytes
) -> ApplicationAnswer:
    """State KEY_PRESENTED.

    Raises APPLICATION_NOT_FOUND, WRONG_STATE, the reasons of `parse_csr`, KEY_WEAK,
    KEY_OF_AUTHORITY, KEY_ALREADY_USED, SERVICE_UNAVAILABLE, and what `require_plausible` raises.
    """
    known = earlier_answer(registration, call)
    if known is not None:
        return known
    request = parse_csr(der, field=_FIELD)
    refuse_weak_key(request.modulus, request.exponent, field=_FIELD)
    if request.fingerprint in registration.authority.key_fingerprints():
        raise OpenJpkiError(Reason.KEY_OF_AUTHORITY, "is an authority's key", field=_FIELD)
    at = registration.clock.now()

    def work(tx: Transaction) -> ApplicationAnswer:
        require_plausible(call, at)
        application = lock_application(tx, call, application_id)
        state = transition(application.state, ApplicationEvent.PRESENT_KEY)
        used_keys.claim(tx, request.fingerprint, application_id=application_id, at=at)
        applications.present_key(tx, application_id, request.fingerprint)
        personal_data.add_request(tx, application_id, der)
        officer_signatures.keep(tx, application_id, StatementKind.KEY_PRESENTED, call.signed)
        details = {"key_sha256": request.fingerprint.hex()}
        enter_in_journal(registration, tx, call, KEY_PRESENTED, application_id, at, details)
        return ApplicationAnswer(application_id, state)

    return answer_once(registration, call, at, work)
