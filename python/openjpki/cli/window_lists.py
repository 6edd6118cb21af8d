"""The commands of `openjpki window` by which an officer looks for applications."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.registration.v1.registration_pb2_grpc import WindowServiceStub
from openjpki.api.types.v1 import person_pb2
from openjpki.cli import output
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.window_caller import (
    BIRTH_DATE,
    AddressOption,
    BirthDateOption,
    MunicipalityOption,
    NameOption,
    OfficerOption,
    SexName,
    attributes_message,
    window_service,
)
from openjpki.cli.words import word_of
from openjpki.domain.person import BirthDate
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole

_STATE = "APPLICATION_STATE_"


class StateName(StrEnum):
    """Where an application stands."""

    SUBMITTED = "submitted"
    IDENTITY_CONFIRMED = "identity-confirmed"
    KEY_PRESENTED = "key-presented"
    APPROVED = "approved"
    ISSUED = "issued"
    HANDED_OVER = "handed-over"
    CLOSED = "closed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@reaching(PeerRole.REGISTRATION)
def list_applications(
    access: ServiceAccess,
    municipality: MunicipalityOption,
    states: Annotated[
        list[StateName] | None,
        typer.Option("--state", help="In this state; key-presented waits for a second officer."),
    ] = None,
    window: Annotated[
        str | None, typer.Option("--window", help="Taken at this window: 3 digits and a letter.")
    ] = None,
    day: Annotated[
        datetime | None,
        typer.Option(
            "--day", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Taken on this day."
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", help="Of this resident, with the three options that follow."),
    ] = None,
    birth_date: Annotated[BirthDate | None, BIRTH_DATE] = None,
    sex: Annotated[SexName | None, typer.Option(help="Sex, 男女の別.")] = None,
    address: Annotated[
        str | None, typer.Option(help="Address, 住所, from the prefecture on.")
    ] = None,
    expiring: Annotated[
        int | None,
        typer.Option(
            "--expiring",
            min=1,
            max=366,
            metavar="DAYS",
            help="Those that expire within so many days.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="So many at most.")] = 500,
    officer: OfficerOption = "officer-1",
) -> None:
    """Applications of the municipality, oldest first."""
    request = pb.ListApplicationsRequest(
        municipality_code=municipality,
        states=[pb.ApplicationState.Value(f"{_STATE}{one.name}") for one in states or ()],
        window_id=f"{municipality}{window}" if window else "",
        submitted_on=day.strftime("%Y-%m-%d") if day else "",
        applicant=_applicant(name, birth_date, sex, address),
        expiring_within_days=expiring or 0,
    )
    with window_service(access, municipality, officer) as service:
        found = _entries(service, request, limit)
    output.emit_rows([_row(one) for one in found], title="Applications")


@reaching(PeerRole.REGISTRATION)
def find_certificates(
    access: ServiceAccess,
    municipality: MunicipalityOption,
    name: NameOption,
    birth_date: BirthDateOption,
    sex: Annotated[SexName, typer.Option(help="Sex, 男女の別.")],
    address: AddressOption,
    officer: OfficerOption = "officer-1",
) -> None:
    """Certificates handed out to a resident, newest first: to revoke one whose card is lost."""
    request = pb.FindCertificatesRequest(
        municipality_code=municipality, person=attributes_message(name, birth_date, sex, address)
    )
    with window_service(access, municipality, officer) as service:
        found = service.FindCertificates(request).certificates
    output.emit_rows([_certificate_row(one) for one in found], title="Certificates")


def _certificate_row(one: pb.HandedOutCertificate) -> dict[str, output.Value]:
    return {
        "serial": one.serial.hex(),
        "state": word_of(pb.HandedOutState, one.state, "HANDED_OUT_STATE_"),
        "not_before": one.not_before.ToJsonString() if one.HasField("not_before") else None,
        "not_after": one.not_after.ToJsonString(),
        "revoked_at": one.revoked_at.ToJsonString() if one.HasField("revoked_at") else None,
        "application": one.application_id,
    }


def _entries(
    service: WindowServiceStub, request: pb.ListApplicationsRequest, limit: int
) -> list[pb.ApplicationEntry]:
    found: list[pb.ApplicationEntry] = []
    while len(found) < limit:
        request.page_size = min(100, limit - len(found))
        answer = service.ListApplications(request)
        found += answer.applications
        request.page = answer.next_page
        if not answer.next_page:
            break
    return found


def _applicant(
    name: str | None, birth_date: BirthDate | None, sex: SexName | None, address: str | None
) -> person_pb2.FourAttributes | None:
    """All four or none. Raises ``INVALID_FIELD``."""
    if name is not None and birth_date is not None and sex is not None and address is not None:
        return attributes_message(name, birth_date, sex, address)
    if name is None and birth_date is None and sex is None and address is None:
        return None
    raise OpenJpkiError(
        Reason.INVALID_FIELD,
        "--birth-date, --sex and --address belong together: a person is found by all four",
        field="--name",
    )


def _row(one: pb.ApplicationEntry) -> dict[str, output.Value]:
    return {
        "application": one.application_id,
        "kind": word_of(pb.ApplicationKind, one.kind, "APPLICATION_KIND_"),
        "state": word_of(pb.ApplicationState, one.state, _STATE),
        "submitted_at": one.submitted_at.ToJsonString(),
        "window": one.window_id,
        "name": one.name or None,
        "submitted_by": one.submitted_by,
        "expires_at": one.expires_at.ToJsonString() if one.HasField("expires_at") else None,
    }
