"""A fee is paid, and its receipt numbered; or a receipt is made void (R5.1.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from openjpki.domain.fees import FeeReceipt, ReceiptNumber, Void, fiscal_year_of, receipt_id_of
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.applications.answers import lock_application
from openjpki.services.registration.context import enter_in_journal
from openjpki.services.registration.fees.fee_of import fee_of
from openjpki.services.registration.journal import FEE_TAKEN, FEE_VOIDED
from openjpki.storage.kernel.requests import forgotten
from openjpki.storage.registration import fee_receipts

if TYPE_CHECKING:
    from openjpki.domain.fees import Fee, VoidReason
    from openjpki.domain.window import WindowId
    from openjpki.services.registration.context import RegistrationContext, WindowCall
    from openjpki.storage.kernel.acts import Value
    from openjpki.storage.kernel.transaction import Reading, Transaction


def take_fee(
    registration: RegistrationContext,
    call: WindowCall,
    application_id: str,
    window: WindowId,
    paid: int,
) -> FeeReceipt:
    """The receipt; the same on a retry, as it was then. ``paid``: in yen.

    Raises APPLICATION_NOT_FOUND, WRONG_STATE, INVALID_FIELD for another amount, FEE_NOT_SETTLED,
    FEE_ALREADY_TAKEN, SERVICE_UNAVAILABLE, and REQUEST_ID_REUSED for a retry so late that the
    answer is forgotten.
    """
    with registration.database.reading() as tx:
        known = registration.requests.find(tx, call.request)
    if known is None:
        # The authority is asked outside of any transaction.
        fee = fee_of(registration, call.municipality.code, application_id)
        known = registration.requests.once(
            registration.database,
            call.request,
            registration.clock.now(),
            lambda tx: _take(registration, tx, call, application_id, window, fee, paid),
        )
    return replace(_kept(registration, call, known), void=None)


def void_receipt(
    registration: RegistrationContext,
    call: WindowCall,
    number: ReceiptNumber,
    window: WindowId,
    reason: VoidReason,
) -> FeeReceipt:
    """The receipt, void; the same on a retry. ``window``: at which.

    Raises FEE_RECEIPT_NOT_FOUND, WRONG_STATE.
    """
    void = Void(reason, window, call.officer, registration.clock.now())

    def work(tx: Transaction) -> bytes:
        receipt = _require(tx, call, number)
        if not fee_receipts.make_void(tx, call.municipality, number, void):
            raise OpenJpkiError(Reason.WRONG_STATE, "is void already", field="number", state="void")
        details = {**_named(receipt), "reason": reason.value, "window_id": window.text}
        enter_in_journal(
            registration, tx, call, FEE_VOIDED, receipt.application_id, void.at, details
        )
        return _to_bytes(number)

    known = registration.requests.once(
        registration.database, call.request, registration.clock.now(), work
    )
    return _kept(registration, call, known)


def _take(
    registration: RegistrationContext,
    tx: Transaction,
    call: WindowCall,
    application_id: str,
    window: WindowId,
    fee: Fee,
    paid: int,
) -> bytes:
    application = lock_application(tx, call, application_id)
    receipt_id = receipt_id_of(call.request.caller, call.request.request_id)
    if fee_receipts.was_made(tx, receipt_id):
        raise forgotten()
    if application.state.is_final and not application.state.has_certificate:
        raise OpenJpkiError(
            Reason.WRONG_STATE,
            "ended without a certificate: nothing is paid for it",
            field="application_id",
            state=application.state.value,
        )
    before = fee_receipts.of_application(tx, application_id)
    if any(one.void is None for one in before):
        raise OpenJpkiError(
            Reason.FEE_ALREADY_TAKEN, "has a receipt that is not void", field="application_id"
        )
    at = registration.clock.now()
    receipt = FeeReceipt(
        number=fee_receipts.next_number(tx, call.municipality, fiscal_year_of(at)),
        application_id=application_id,
        ground=fee.ground,
        yen=fee.require(paid),
        rules_version=fee.rules_version,
        window=window,
        officer=call.officer,
        taken_at=at,
    )
    fee_receipts.add(tx, receipt_id, receipt)
    details: dict[str, Value] = {
        **_named(receipt),
        "ground": fee.ground.value,
        "rules": fee.rules_version,
        "window_id": window.text,
    }
    enter_in_journal(registration, tx, call, FEE_TAKEN, application_id, at, details)
    return _to_bytes(receipt.number)


def _named(receipt: FeeReceipt) -> dict[str, Value]:
    return {
        "year": receipt.number.year,
        "number": receipt.number.number,
        "yen": receipt.yen,
    }


def _to_bytes(number: ReceiptNumber) -> bytes:
    return f"{number.year} {number.number}".encode()


def _kept(registration: RegistrationContext, call: WindowCall, known: bytes) -> FeeReceipt:
    year, number = map(int, known.split())
    with registration.database.reading() as tx:
        return _require(tx, call, ReceiptNumber(year, number))


def _require(tx: Reading, call: WindowCall, number: ReceiptNumber) -> FeeReceipt:
    found = fee_receipts.get(tx, call.municipality, number)
    if found is None:
        raise OpenJpkiError(
            Reason.FEE_RECEIPT_NOT_FOUND, "the municipality has no such receipt", field="number"
        )
    return found
