"""`openjpki window hand-over`: the applicant gets the certificate (R2.4.2)."""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import Annotated

import typer

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.cli import output
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.unsettled import changing
from openjpki.cli.window_caller import MunicipalityOption, OfficerOption, window_service
from openjpki.cli.words import word_of
from openjpki.rpc.identity.roles import PeerRole


class RecipientName(StrEnum):
    """Into whose hands a certificate goes."""

    APPLICANT = "applicant"
    PROXY = "proxy"


class MediumName(StrEnum):
    """What it was written to."""

    CARD = "card"
    FILE = "file"


@reaching(PeerRole.REGISTRATION)
def hand_over(
    access: ServiceAccess,
    application: Annotated[str, typer.Argument(help="Application id, from `window submit`.")],
    municipality: MunicipalityOption,
    recipient: Annotated[
        RecipientName, typer.Option("--to", help="Into whose hands.")
    ] = RecipientName.APPLICANT,
    medium: Annotated[
        MediumName,
        typer.Option("--medium", help="What the certificate and the governor's were written to."),
    ] = MediumName.CARD,
    terms: Annotated[
        str,
        typer.Option(
            "--terms", help="Version of the guide with the terms of use, if it goes along."
        ),
    ] = "",
    copy: Annotated[  # noqa: FBT002 - typer's way to a flag
        bool, typer.Option("--copy/--no-copy", help="Whether a copy in print goes along.")
    ] = False,
    accepted: Annotated[  # noqa: FBT002
        bool,
        typer.Option(
            "--accepted", help="The applicant says that what stands in the certificate is right."
        ),
    ] = False,
    officer: OfficerOption = "officer-1",
) -> None:
    """⑦: record that the applicant got the certificate and the governor's own."""
    request = pb.HandOverCertificateRequest(
        request_id=str(uuid.uuid4()),
        municipality_code=municipality,
        application_id=application,
        recipient=pb.Recipient.Value(f"RECIPIENT_{recipient.name}"),
        medium=pb.CertificateMedium.Value(f"CERTIFICATE_MEDIUM_{medium.name}"),
        terms_version=terms,
        with_copy=copy,
        accepted=accepted,
    )
    look = f"openjpki window show {application} --municipality {municipality}"
    with window_service(access, municipality, officer) as service, changing(look):
        answer = service.HandOverCertificate(request).application
    output.emit(
        {
            "application": answer.application_id,
            "kind": word_of(pb.ApplicationKind, answer.kind, "APPLICATION_KIND_"),
            "renews": answer.renews.hex() or None,
            "state": word_of(pb.ApplicationState, answer.state, "APPLICATION_STATE_"),
            "serial": answer.serial.hex() or None,
            **handed_over_of(answer),
        }
    )


def handed_over_of(application: pb.Application) -> dict[str, output.Value]:
    """How it was handed over and why it is closed, for `output`: each None where it is not."""
    handed, closed = application.handed_over, application.closed
    there, over = application.HasField("handed_over"), application.HasField("closed")
    return {
        "handed_to": word_of(pb.Recipient, handed.recipient, "RECIPIENT_") if there else None,
        "medium": word_of(pb.CertificateMedium, handed.medium, "CERTIFICATE_MEDIUM_")
        if there
        else None,
        "terms": handed.terms_version or None,
        "copy": handed.with_copy if there else None,
        "handed_over_at": handed.handed_over_at.ToJsonString() if there else None,
        "closed_because": word_of(pb.ClosingReason, closed.reason, "CLOSING_REASON_")
        if over
        else None,
        "closed_at": closed.closed_at.ToJsonString() if over else None,
    }
