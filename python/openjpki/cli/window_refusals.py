"""The commands of `openjpki window` about revocations that are refused to who asks for them."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.registration.v1.registration_pb2_grpc import WindowServiceStub
from openjpki.api.types.v1 import identity_pb2, revocation_pb2
from openjpki.cli import output
from openjpki.cli.arguments import serial_number
from openjpki.cli.misused import Misused
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.unsettled import changing
from openjpki.cli.window_caller import MunicipalityOption, OfficerOption, window_service
from openjpki.cli.window_checks import (
    EvidenceName,
    FurtherOption,
    QuestionOption,
    identity_check,
)
from openjpki.cli.window_reasons import CauseName, CauseOption, ExplanationOption
from openjpki.cli.words import word_of
from openjpki.errors import Text
from openjpki.rpc.identity.roles import PeerRole

_ASKER, _REASON = "REVOCATION_ASKER_", "REVOCATION_REFUSAL_REASON_"


class AskerName(StrEnum):
    """As whom somebody asks."""

    HOLDER = "holder"
    PROXY = "proxy"
    ANOTHER = "another"


class RefusalName(StrEnum):
    """Why they are turned down."""

    IDENTITY_NOT_SHOWN = "identity-not-shown"
    NOT_THE_HOLDER = "not-the-holder"
    NO_POWER_OF_ATTORNEY = "no-power-of-attorney"
    NOT_HANDED_OUT_HERE = "not-handed-out-here"
    NOTHING_TO_REVOKE = "nothing-to-revoke"
    OTHER = "other"


@reaching(PeerRole.REGISTRATION)
def refuse_revocation(
    access: ServiceAccess,
    municipality: MunicipalityOption,
    reason: Annotated[RefusalName, typer.Option("--reason", help="Why they are turned down.")],
    asker: Annotated[AskerName, typer.Option("--asker", help="As whom they ask.")],
    serial: Annotated[
        str | None, typer.Option(help="Serial number, hexadecimal, if one was said.")
    ] = None,
    cause: CauseOption = CauseName.USER_WISH,
    evidence: Annotated[
        EvidenceName | None,
        typer.Option("--evidence", help="How they tried to show who they are, if they did."),
    ] = None,
    document: Annotated[
        str | None,
        typer.Option("--document", help="Kind of document that was shown; never its number."),
    ] = None,
    also: FurtherOption = None,
    question: QuestionOption = None,
    explanation: ExplanationOption = "",
    window: Annotated[str, typer.Option(help="Window: 3 digits and a letter.")] = "001A",
    officer: OfficerOption = "officer-1",
) -> None:
    """Turn somebody down who asks for a revocation; the reason is kept, nothing is revoked."""
    request = pb.RefuseRevocationRequest(
        request_id=str(uuid.uuid4()),
        municipality_code=municipality,
        window_id=f"{municipality}{window}",
        serial=serial_number(serial) if serial else b"",
        cause=revocation_pb2.RevocationCause.Value(f"REVOCATION_CAUSE_{cause.name}"),
        asker=pb.RevocationAsker.Value(_ASKER + asker.name),
        check=_shown(evidence, document, also, question),
        reason=pb.RevocationRefusalReason.Value(_REASON + reason.name),
        explanation=explanation,
    )
    with window_service(access, municipality, officer) as service, changing():
        refused = service.RefuseRevocation(request).refused
    output.emit(_row(refused))


@reaching(PeerRole.REGISTRATION)
def refused_revocations(
    access: ServiceAccess,
    municipality: MunicipalityOption,
    serial: Annotated[
        str | None, typer.Option(help="About this certificate: serial number, hexadecimal.")
    ] = None,
    day: Annotated[
        datetime | None,
        typer.Option("--day", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Of this day."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="So many at most.")] = 500,
    officer: OfficerOption = "officer-1",
) -> None:
    """Revocations that were refused to who asked for them, oldest first, and why."""
    request = pb.ListRefusedRevocationsRequest(
        municipality_code=municipality,
        serial=serial_number(serial) if serial else b"",
        refused_on=day.strftime("%Y-%m-%d") if day else "",
    )
    with window_service(access, municipality, officer) as service:
        found = _all(service, request, limit)
    output.emit_rows([_row(one) for one in found], title="Refused revocations")


def _shown(
    evidence: EvidenceName | None,
    document: str | None,
    also: list[str] | None,
    asked: list[identity_pb2.AskedQuestion] | None,
) -> identity_pb2.IdentityCheck | None:
    """What was shown; None for nothing. Raises :class:`Misused`."""
    if evidence is not None and document is not None:
        return identity_check(evidence, document, also, asked)
    if evidence is None and document is None and not also and not asked:
        return None
    raise Misused(
        Text(
            ja="--evidenceと--documentは一緒に指定してください。",
            en="--evidence and --document belong together",
        )
    )


def _all(
    service: WindowServiceStub, request: pb.ListRefusedRevocationsRequest, limit: int
) -> list[pb.RefusedRevocation]:
    found: list[pb.RefusedRevocation] = []
    while len(found) < limit:
        request.page_size = min(100, limit - len(found))
        answer = service.ListRefusedRevocations(request)
        found += answer.refused
        request.page = answer.next_page
        if not answer.next_page:
            break
    return found


def _row(one: pb.RefusedRevocation) -> dict[str, output.Value]:
    return {
        "refusal": one.refusal_id,
        "refused_at": one.refused_at.ToJsonString(),
        "window": one.window_id,
        "officer": one.officer,
        "serial": one.serial.hex() or None,
        "application": one.application_id or None,
        "cause": word_of(revocation_pb2.RevocationCause, one.cause, "REVOCATION_CAUSE_"),
        "asker": word_of(pb.RevocationAsker, one.asker, _ASKER),
        "document": one.check.document_kind or None,
        "further_documents": list(one.check.further_documents),
        "right": [each.question for each in one.check.questions if each.answered_right],
        "wrong": [each.question for each in one.check.questions if not each.answered_right],
        "reason": word_of(pb.RevocationRefusalReason, one.reason, _REASON),
        "explanation": one.explanation or None,
    }
