"""What notices come to: certificates of whoever they are about end, at the authority.

A notice is the intent, durable before anything is asked. The authority is asked with a request id
that follows from the notice and the certificate, so that an attempt after a crash, or by another
instance, is the same request; what it did and the notice's end are entered in one transaction.
Nearly all notices are about people without a certificate: they are settled by the thousand.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from openjpki.domain.change_notices import NoticeState
from openjpki.domain.municipality import Municipality
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.background import NotDoneError
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.registration.applications.request_ids import changed_request_id
from openjpki.services.registration.authority import ChangedOrder, authority_of
from openjpki.services.registration.journal import CERTIFICATE_REVOKED
from openjpki.storage.registration import applications, change_notices, receipts, register_links
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import CHANGE_NOTICES_SETTLED
from openjpki.telemetry.rows import tell_refused_row

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.services.registration.authority import Revocation
    from openjpki.services.registration.context import RegistrationContext
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.registration.applications import ApplicationRecord
    from openjpki.storage.registration.change_notices import KeptNotice

PAGE = 1_000
_CERTIFICATES = 100
"""Of one person: far more than anybody gets."""
_ACTOR = "registration"
_NOBODY_THERE = {Reason.SERVICE_UNAVAILABLE, Reason.DEADLINE_EXCEEDED, Reason.CANCELLED}
_OVER = {Reason.ALREADY_REVOKED, Reason.CERTIFICATE_EXPIRED}
_log = get_logger("notices")


def settle_notices(registration: RegistrationContext) -> None:
    """Once through all that wait, and all that wait for an application.

    Raises :class:`NotDoneError` where some could not be settled, ``SERVICE_UNAVAILABLE`` without
    the database.
    """
    some_left = False
    for state in (NoticeState.WAITING, NoticeState.APPLICATION_OPEN):
        after: KeptNotice | None = None
        while page := _page(registration, state, after):
            after = page[-1]
            for code, of_one in groupby(page, attrgetter("municipality_code")):
                some_left |= not _settle_some(registration, code, list(of_one))
    if some_left:
        raise NotDoneError


def _page(
    registration: RegistrationContext, state: NoticeState, after: KeptNotice | None
) -> list[KeptNotice]:
    with registration.database.reading() as tx:
        return change_notices.in_state(tx, state, after, at_most=PAGE, left_out=tell_left_out)


def _settle_some(registration: RegistrationContext, code: str, notices: list[KeptNotice]) -> bool:
    """Of one municipality; whether each came to something. Raises what nobody answered with."""
    links = [one.notice.link for one in notices]
    try:
        with registration.database.reading() as tx:
            persons = register_links.persons(tx, code, links)
    except OpenJpkiError as refusal:
        if refusal.reason is not Reason.STORED_UNREADABLE:
            raise
        tell_refused_row(refusal)
        return False
    nobody = [one.sequence for one in notices if one.notice.link not in persons]
    if nobody:
        _enter(registration, code, nobody, NoticeState.WITHOUT_CERTIFICATE)
    all_settled = True
    for one in notices:
        person = persons.get(one.notice.link)
        if person is None:
            continue
        try:
            _settle(registration, one, person)
        except OpenJpkiError as refusal:
            _log.warning(
                "notice not settled",
                municipality=code,
                sequence=one.sequence,
                reason=refusal.reason.name,
            )
            tell_refused_row(refusal)
            if refusal.reason in _NOBODY_THERE:
                # Every other one would wait for it in vain as well.
                raise NotDoneError from refusal
            all_settled = False
        except Exception as error:  # noqa: BLE001 - one must not keep the others waiting
            _log.error(
                "notice not settled", municipality=code, sequence=one.sequence, exc_info=error
            )
            all_settled = False
    return all_settled


@dataclass(frozen=True, slots=True)
class _Ended:
    """A certificate that is over, and by whom."""

    application: ApplicationRecord
    revocation: Revocation | None
    """None: it was over before."""
    revoked_at: datetime | None
    """None: it has expired."""


def _settle(registration: RegistrationContext, one: KeptNotice, person: bytes) -> None:
    code, at = one.municipality_code, one.notice.noticed_at
    now = registration.clock.now()
    with registration.database.reading() as tx:
        certified = applications.issued_to(tx, code, person, at_most=_CERTIFICATES)
        pending = applications.open_of(tx, person)
        ended_before = any(
            receipts.is_kept(tx, changed_request_id(code, one.sequence, each.issued.serial))
            for each in certified
            if each.issued is not None
        )
    in_force = [
        each
        for each in certified
        if each.revoked_at is None and each.issued is not None and each.issued.not_after >= now
    ]
    touched = [each for each in in_force if each.submitted_at <= at]
    ended = [_end(registration, one, each) for each in touched]
    if pending is not None and pending.municipality_code == code and pending.submitted_at <= at:
        state = NoticeState.APPLICATION_OPEN
    elif ended_before or any(each.revocation for each in ended):
        state = NoticeState.ENDED
    elif len(touched) < len(in_force):
        state = NoticeState.CERTIFIED_SINCE
    else:
        state = NoticeState.WITHOUT_CERTIFICATE
    registration.database.run(partial(_note, registration, one, ended, state))


def _end(
    registration: RegistrationContext, one: KeptNotice, application: ApplicationRecord
) -> _Ended:
    """Have a certificate ended that may be in force. Raises the authority's refusals."""
    assert application.issued is not None  # noqa: S101 - of those with a certificate
    municipality = Municipality(one.municipality_code)
    serial = application.issued.serial
    try:
        revocation = registration.authority.revoke_changed(
            ChangedOrder(
                request_id=changed_request_id(one.municipality_code, one.sequence, serial),
                authority_id=authority_of(municipality),
                municipality_code=one.municipality_code,
                serial=serial,
            )
        )
    except OpenJpkiError as refusal:
        if refusal.reason not in _OVER:
            raise
        at = registration.authority.revoked_at(authority_of(municipality), serial)
        return _Ended(application, None, at)
    return _Ended(application, revocation, revocation.revoked_at)


def _note(
    registration: RegistrationContext,
    one: KeptNotice,
    ended: list[_Ended],
    state: NoticeState,
    tx: Transaction,
) -> None:
    """Enter what was done, unless another instance has."""
    code = one.municipality_code
    if not change_notices.settle(tx, code, [one.sequence], state):
        return
    for each in ended:
        application_id = each.application.application_id
        applications.end_life(tx, application_id, each.revoked_at)
        if each.revocation is None or not receipts.keep(
            tx, application_id, each.revocation.receipt
        ):
            continue
        issued = each.application.issued
        registration.journal.append(
            tx,
            CERTIFICATE_REVOKED,
            stream=code,
            actor=_ACTOR,
            subject=application_id,
            details={
                "serial": "" if issued is None else issued.serial.hex(),
                "notice": one.sequence,
            },
            at=registration.clock.now(),
            not_after=None if issued is None else issued.not_after,
        )
    _count(tx, state, 1)


def _enter(
    registration: RegistrationContext, code: str, numbers: list[int], state: NoticeState
) -> None:
    def enter(tx: Transaction) -> None:
        _count(tx, state, change_notices.settle(tx, code, numbers, state))

    registration.database.run(enter)


def _count(tx: Transaction, state: NoticeState, number: int) -> None:
    if not state.is_open:
        tx.after_commit(lambda: CHANGE_NOTICES_SETTLED.labels(state.value).inc(number))
