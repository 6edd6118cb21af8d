"""The commands of `openjpki window` about what applicants pay (R5.1.2)."""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from openjpki.api.registration.v1 import fees_pb2 as pb
from openjpki.api.registration.v1 import registration_pb2
from openjpki.api.registration.v1.fees_pb2_grpc import FeeServiceStub
from openjpki.cli import output
from openjpki.cli.files import writable, write
from openjpki.cli.fonts import FONT, FontOption, NamesFontOption, names_font
from openjpki.cli.misused import Misused
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.cli.unsettled import changing
from openjpki.cli.window_caller import MunicipalityOption, OfficerOption, window_service
from openjpki.cli.words import word_of
from openjpki.domain.fees import ReceiptNumber
from openjpki.domain.municipality import Municipality
from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError, Reason, Text
from openjpki.rpc.identity.roles import PeerRole

_GROUND, _REASON = "FEE_GROUND_", "FEE_VOID_REASON_"
_NUMBER = re.compile("([0-9]{4})-([0-9]{1,9})")
_SUMMED = ("taken", "repaid", "cancelled", "earlier_cancelled")

ApplicationArgument = Annotated[str, typer.Argument(help="Application id, from `window submit`.")]
WindowOption = Annotated[str, typer.Option(help="Window: 3 digits and a letter.")]


class VoidName(StrEnum):
    """Why a receipt is void."""

    ENTERED_WRONGLY = "entered-wrongly"
    NOT_PAID = "not-paid"
    REPAID = "repaid"


def receipt_number(typed: str) -> ReceiptNumber:
    """`2026-12`: fiscal year and number. Raises :class:`Misused`."""
    match = _NUMBER.fullmatch(typed)
    if match is None:
        raise Misused(
            Text(
                ja="年度4桁、ハイフン、番号の順に指定してください（例: 2026-12）。",
                en="must be the fiscal year, a hyphen and the number, as 2026-12",
            )
        )
    return ReceiptNumber(int(match[1]), int(match[2]))


@reaching(PeerRole.REGISTRATION)
def fee(
    access: ServiceAccess,
    application: ApplicationArgument,
    municipality: MunicipalityOption,
    officer: OfficerOption = "officer-1",
) -> None:
    """What is to be paid for an application, by how the last certificate ended; its receipts."""
    request = pb.GetFeeRequest(municipality_code=municipality, application_id=application)
    with _fees(access, municipality, officer) as service:
        found = service.GetFee(request)
    output.emit(
        {
            "ground": word_of(pb.FeeGround, found.ground, _GROUND),
            "yen": found.yen if found.HasField("yen") else None,
            "rules": found.rules_version,
            "receipts": [_row(one) for one in found.receipts],
        }
    )


@reaching(PeerRole.REGISTRATION)
def take_fee(
    access: ServiceAccess,
    application: ApplicationArgument,
    municipality: MunicipalityOption,
    yen: Annotated[
        int, typer.Option("--yen", min=0, help="What was paid: what `window fee` says.")
    ],
    window: WindowOption = "001A",
    officer: OfficerOption = "officer-1",
) -> None:
    """Record that the fee was paid, and number its receipt."""
    request = pb.TakeFeeRequest(
        request_id=str(uuid.uuid4()),
        municipality_code=municipality,
        window_id=f"{municipality}{window}",
        application_id=application,
        yen=yen,
    )
    with _fees(access, municipality, officer) as service, changing():
        receipt = service.TakeFee(request).receipt
    output.emit(_row(receipt))


@reaching(PeerRole.REGISTRATION)
def receipt(
    access: ServiceAccess,
    application: ApplicationArgument,
    municipality: MunicipalityOption,
    pdf: Annotated[Path, typer.Option("--pdf", help="PDF to write.", callback=writable)],
    font: FontOption = FONT,
    font_of_names: NamesFontOption = None,
    officer: OfficerOption = "officer-1",
) -> None:
    """The receipt (領収証書) of what was paid for an application, on paper."""
    asked = pb.GetFeeRequest(municipality_code=municipality, application_id=application)
    shown = registration_pb2.GetApplicationRequest(
        municipality_code=municipality, application_id=application
    )
    with _fees(access, municipality, officer) as service:
        receipts = [one for one in service.GetFee(asked).receipts if not one.HasField("void")]
    if not receipts:
        raise OpenJpkiError(Reason.WRONG_STATE, "has no receipt", field="application_id")
    with window_service(access, municipality, officer) as windows:
        applicant = windows.GetApplication(shown).application.attributes.name
    # Nobody else waits for what draws.
    from openjpki.cli.receipt_pdf import PrintedReceipt, receipt_pdf  # noqa: PLC0415

    (found,) = receipts
    printed = PrintedReceipt(
        year=found.year,
        number=found.number,
        yen=found.yen,
        free=found.ground == pb.FEE_GROUND_FREE,
        applicant=applicant,
        application_id=found.application_id,
        municipality=Municipality.parse(municipality),
        taken_at=found.taken_at.ToDatetime(UTC),
        made_at=datetime.now(UTC).replace(microsecond=0),
    )
    write(pdf, receipt_pdf(printed, font, names_font(font_of_names, font)))
    output.emit({"file": str(pdf), "number": _number(found), "yen": found.yen})


@reaching(PeerRole.REGISTRATION)
def void_fee(
    access: ServiceAccess,
    number: Annotated[
        ReceiptNumber,
        typer.Argument(metavar="YEAR-NUMBER", parser=receipt_number, help="Receipt, as 2026-12."),
    ],
    municipality: MunicipalityOption,
    reason: Annotated[VoidName, typer.Option("--reason", help="Why it is void.")],
    window: WindowOption = "001A",
    officer: OfficerOption = "officer-1",
) -> None:
    """Make a receipt void; it keeps its number, and the fee may be taken anew."""
    request = pb.VoidFeeReceiptRequest(
        request_id=str(uuid.uuid4()),
        municipality_code=municipality,
        year=number.year,
        number=number.number,
        reason=pb.FeeVoidReason.Value(_REASON + reason.name),
        window_id=f"{municipality}{window}",
    )
    with _fees(access, municipality, officer) as service, changing():
        found = service.VoidFeeReceipt(request).receipt
    output.emit(_row(found))


@reaching(PeerRole.REGISTRATION)
def totals(
    access: ServiceAccess,
    municipality: MunicipalityOption,
    day: Annotated[
        datetime | None,
        typer.Option(
            "--day", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Not said: today in Japan."
        ),
    ] = None,
    csv_file: Annotated[
        Path | None,
        typer.Option("--csv", help="CSV to write, for a spreadsheet.", callback=writable),
    ] = None,
    officer: OfficerOption = "officer-1",
) -> None:
    """What the municipality's windows took on a day, to be held against the till."""
    wanted = (day or datetime.now(JAPAN)).strftime("%Y-%m-%d")
    request = pb.GetDailyFeesRequest(municipality_code=municipality, day=wanted)
    with _fees(access, municipality, officer) as service:
        found = service.GetDailyFees(request)
    rows = [_total(wanted, one.window_id, one) for one in found.fees]
    rows.append(_total(wanted, None, *found.fees))
    if csv_file is not None:
        write(csv_file, _csv(rows))
    output.emit_rows(rows, title="Fees of the day")


@contextmanager
def _fees(access: ServiceAccess, municipality: str, officer: str) -> Iterator[FeeServiceStub]:
    with access.open(PeerRole.WINDOW_OFFICER, municipality, officer) as channel:
        yield FeeServiceStub(channel)


def _total(day: str, window: str | None, *fees: pb.DailyFees) -> dict[str, output.Value]:
    """Of one line, or of all: without a window and a rule."""
    summed: dict[str, int] = {
        name: sum(getattr(one, name) for one in fees)
        for each in _SUMMED
        for name in (each, f"{each}_yen")
    }
    return {
        "day": day,
        "window": window,
        "ground": word_of(pb.FeeGround, fees[0].ground, _GROUND) if window else None,
        **summed,
        "net_yen": summed["taken_yen"] - summed["repaid_yen"] - summed["cancelled_yen"],
    }


def _csv(rows: list[dict[str, output.Value]]) -> bytes:
    """As spreadsheets read it, with a mark that says UTF-8."""
    made = io.StringIO(newline="")
    writer = csv.DictWriter(made, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return made.getvalue().encode("utf-8-sig")


def _number(one: pb.FeeReceipt) -> str:
    return f"{one.year}-{one.number}"


def _row(one: pb.FeeReceipt) -> dict[str, output.Value]:
    void = one.HasField("void")
    return {
        "number": _number(one),
        "application": one.application_id,
        "ground": word_of(pb.FeeGround, one.ground, _GROUND),
        "yen": one.yen,
        "rules": one.rules_version,
        "window": one.window_id,
        "officer": one.officer,
        "taken_at": one.taken_at.ToJsonString(),
        "void": word_of(pb.FeeVoidReason, one.void.reason, _REASON) if void else None,
        "voided_window": one.void.window_id if void else None,
        "voided_by": one.void.officer if void else None,
        "voided_at": one.void.voided_at.ToJsonString() if void else None,
    }
