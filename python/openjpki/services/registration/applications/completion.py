"""Finishes approvals that were left without an answer: a crash, an authority that was away.

Done at start, whenever an approval is left behind, and now and then by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.application import ApplicationState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.background import NotDoneError
from openjpki.services.registration.applications.obtain_certificate import obtain_certificate
from openjpki.storage.registration import applications
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from openjpki.services.registration.context import RegistrationContext

_log = get_logger("completion")

_NOBODY_THERE = {Reason.SERVICE_UNAVAILABLE, Reason.DEADLINE_EXCEEDED, Reason.CANCELLED}


def complete_pending(registration: RegistrationContext) -> None:
    """Ask the authority once about every approval without an answer.

    Raises :class:`NotDoneError` when some still have none, ``SERVICE_UNAVAILABLE`` without the
    database.
    """
    with registration.database.reading() as tx:
        pending = applications.approved(tx)
    some_left = False
    for municipality_code, application_id in pending:
        try:
            obtain_certificate(registration, municipality_code, application_id)
        except OpenJpkiError as refusal:
            if not _still_approved(registration, municipality_code, application_id):
                continue
            _log.warning(
                "approval not completed",
                application_id=application_id,
                reason=refusal.reason.name,
            )
            some_left = True
            if refusal.reason in _NOBODY_THERE:
                # ca does not answer: every other application would wait for it in vain as well.
                break
        except Exception as error:  # noqa: BLE001 - one must not keep the others waiting
            _log.error("approval not completed", application_id=application_id, exc_info=error)
            some_left = True
    if some_left:
        raise NotDoneError


def _still_approved(
    registration: RegistrationContext, municipality_code: str, application_id: str
) -> bool:
    """Whether the authority is to be asked again: not after a refusal that ended it."""
    with registration.database.reading() as tx:
        found = applications.get(tx, municipality_code, application_id)
    return found is not None and found.state is ApplicationState.APPROVED
