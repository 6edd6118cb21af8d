"""Refused revocations, between the contract's messages and values: parsed once, here."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.application_end import Ending
from openjpki.domain.revocation_refusal import Asker, RefusalReason, RevocationRefusal
from openjpki.domain.window import WindowId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.applications.conversions import revocation_cause
from openjpki.services.registration.applications.history_conversions import check_message
from openjpki.services.registration.applications.list_conversions import day
from openjpki.storage.registration.refused_revocations import WantedRefusals

if TYPE_CHECKING:
    from openjpki.domain.application import IdentityCheck
    from openjpki.domain.municipality import Municipality
    from openjpki.services.registration.context import WindowCall
    from openjpki.services.registration.revocation.list_refusals import RefusalsPage
    from openjpki.storage.registration.refused_revocations import RefusedRevocation

_ASKER, _REASON, _CAUSE = "REVOCATION_ASKER_", "REVOCATION_REFUSAL_REASON_", "REVOCATION_CAUSE_"


def refusal_of(
    request: pb.RefuseRevocationRequest, call: WindowCall, check: IdentityCheck | None
) -> RevocationRefusal:
    """What was refused, and why. Raises INVALID_FIELD, UNKNOWN_MUNICIPALITY, and OUT_OF_SCOPE for
    another municipality's window."""
    window = WindowId.parse(request.window_id)
    if window.municipality != call.municipality:
        raise OpenJpkiError(
            Reason.OUT_OF_SCOPE, "must be a window of the municipality", field="window_id"
        )
    reason = pb.RevocationRefusalReason.Name(request.reason).removeprefix(_REASON)
    return RevocationRefusal(
        window=window,
        serial=request.serial or None,
        cause=revocation_cause(request.cause),
        asker=Asker[pb.RevocationAsker.Name(request.asker).removeprefix(_ASKER)],
        check=check,
        ending=Ending(RefusalReason[reason], request.explanation),
    )


def wanted_refusals(
    request: pb.ListRefusedRevocationsRequest, municipality: Municipality
) -> WantedRefusals:
    """Which ones. Raises DATE_DOES_NOT_EXIST."""
    begin = day(request.refused_on, field="refused_on") if request.refused_on else None
    return WantedRefusals(
        municipality=municipality,
        serial=request.serial or None,
        refused_from=begin,
        refused_before=None if begin is None else begin + timedelta(days=1),
    )


def refusals_message(page: RefusalsPage) -> pb.ListRefusedRevocationsResponse:
    """A page of them."""
    return pb.ListRefusedRevocationsResponse(
        refused=map(refusal_message, page.refused), next_page=page.next_page
    )


def refusal_message(refused: RefusedRevocation) -> pb.RefusedRevocation:
    """One of them."""
    message = pb.RefusedRevocation(
        refusal_id=refused.refusal_id,
        window_id=refused.window.text,
        serial=refused.serial or b"",
        application_id=refused.application_id or "",
        cause=revocation_pb2.RevocationCause.Value(_CAUSE + refused.cause.name),
        asker=pb.RevocationAsker.Value(_ASKER + refused.asker.name),
        check=None if refused.check is None else check_message(refused.check).check,
        reason=pb.RevocationRefusalReason.Value(_REASON + refused.reason.name),
        explanation=refused.explanation,
        officer=refused.officer.text,
        rules_version=refused.rules_version,
    )
    message.refused_at.FromDatetime(refused.at)
    return message
