"""Revocation asked for in person (R3.1.1a, R3.1.1b): identity checked, passed on, answered."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from openjpki.domain.evidence import StatementKind
from openjpki.domain.evidence.revocation import IdentitySeen
from openjpki.domain.evidence.who_may import CAUSES
from openjpki.domain.officers import OfficerRole
from openjpki.domain.window_rules.checking import require_enough
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.applications.live_certificate import is_live
from openjpki.services.registration.applications.request_ids import revoke_request_id
from openjpki.services.registration.authority import RevokeOrder, authority_of
from openjpki.services.registration.context import enter_in_journal
from openjpki.services.registration.journal import (
    CERTIFICATE_REVOKED,
    REVOCATION_REQUESTED,
    check_details,
)
from openjpki.services.registration.plausible import require_plausible
from openjpki.storage.registration import (
    applications,
    identity_checks,
    officer_signatures,
    receipts,
)
from openjpki.storage.registration.identity_checks import Purpose

if TYPE_CHECKING:
    from openjpki.domain.application import IdentityCheck
    from openjpki.domain.policy.revocation import RevocationCause
    from openjpki.services.registration.authority import Revocation
    from openjpki.services.registration.context import RegistrationContext, WindowCall
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.registration.applications import ApplicationRecord


def revoke_certificate(
    registration: RegistrationContext,
    call: WindowCall,
    serial: bytes,
    cause: RevocationCause,
    check: IdentityCheck,
) -> datetime:
    """When the revocation information was made, which is durable at the authority.

    Raises REASON_NOT_ALLOWED, CERTIFICATE_NOT_FOUND (also for one that another municipality
    handed out), and of the authority CERTIFICATE_EXPIRED, ALREADY_REVOKED, SERVICE_UNAVAILABLE.
    """
    with registration.database.reading() as tx:
        known = registration.requests.find(tx, call.request)
    if known is not None:
        return datetime.fromisoformat(known.decode())
    if cause not in CAUSES[OfficerRole.WINDOW_OFFICER]:
        raise OpenJpkiError(
            Reason.REASON_NOT_ALLOWED, "is not a ground that a window can act on", field="cause"
        )
    application = registration.database.run(
        lambda tx: _record_request(registration, tx, call, serial, cause, check)
    )
    try:
        revocation = registration.authority.revoke(
            RevokeOrder(
                request_id=revoke_request_id(call.request),
                authority_id=authority_of(call.municipality),
                serial=serial,
                cause=cause,
                seen=IdentitySeen(
                    municipality=call.municipality,
                    evidence=check.evidence,
                    document_kind=check.document_kind,
                ),
                asked=call.signed,
            )
        )
    except OpenJpkiError as refusal:
        if refusal.reason is Reason.ALREADY_REVOKED:
            is_live(registration, application)
        raise
    answer = registration.requests.once(
        registration.database,
        call.request,
        registration.clock.now(),
        lambda tx: _note(registration, tx, call, application, serial, revocation),
    )
    return datetime.fromisoformat(answer.decode())


def _record_request(
    registration: RegistrationContext,
    tx: Transaction,
    call: WindowCall,
    serial: bytes,
    cause: RevocationCause,
    check: IdentityCheck,
) -> ApplicationRecord:
    application = applications.by_serial(tx, call.municipality.code, serial)
    if application is None:
        raise OpenJpkiError(
            Reason.CERTIFICATE_NOT_FOUND,
            "the municipality handed out no such certificate",
            field="serial",
        )
    require_plausible(call, check.checked_at)
    officer_signatures.keep(
        tx, application.application_id, StatementKind.REVOCATION_ASKED, call.signed
    )
    first = identity_checks.add(tx, call.request, application.application_id, Purpose.REVOKE, check)
    if first:
        # Later attempts of the call are not held to rules that came between.
        require_enough(registration.rules, check)
        details = {"serial": serial.hex(), "cause": cause.value, **check_details(check)}
        enter_in_journal(
            registration,
            tx,
            call,
            REVOCATION_REQUESTED,
            application.application_id,
            check.checked_at,
            details,
            not_after=_end_of(application),
        )
    return application


def _note(
    registration: RegistrationContext,
    tx: Transaction,
    call: WindowCall,
    application: ApplicationRecord,
    serial: bytes,
    revocation: Revocation,
) -> bytes:
    applications.end_life(tx, application.application_id, revocation.revoked_at)
    receipts.keep(tx, application.application_id, revocation.receipt)
    enter_in_journal(
        registration,
        tx,
        call,
        CERTIFICATE_REVOKED,
        application.application_id,
        registration.clock.now(),
        {"serial": serial.hex()},
        not_after=_end_of(application),
    )
    return revocation.revoked_at.isoformat().encode()


def _end_of(application: ApplicationRecord) -> datetime | None:
    return None if application.issued is None else application.issued.not_after
