"""`openjpki register notify` and `reconcile`: what the resident register network does (R3.1.2a)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from google.protobuf.timestamp_pb2 import Timestamp

from openjpki.api.registration.v1 import change_notice_pb2 as pb
from openjpki.api.registration.v1.change_notice_pb2_grpc import ChangeNoticeServiceStub
from openjpki.cli import output
from openjpki.cli.months import MonthOption, days_of
from openjpki.cli.progress import NOTICES, counting
from openjpki.cli.reading import lines_of, named
from openjpki.cli.service_access import ServiceAccess, reaching
from openjpki.closed_file import OpenToOthersError, read_closed
from openjpki.domain.municipality import Municipality
from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.registration.notices.notice_file import NumberedNotice, read_notices
from openjpki.services.registration.register.register_key import KEY_OCTETS

_AT_ONCE = 1_000
MunicipalityArgument = Annotated[
    str, typer.Argument(metavar="MUNICIPALITY", help="5-digit municipal code, e.g. 13101.")
]


@reaching(PeerRole.REGISTRATION)
def notify(
    access: ServiceAccess,
    municipality: MunicipalityArgument,
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="CSV in UTF-8: sequence (from 1, without a gap), resident_id, noticed_at (ISO "
            "8601).",
        ),
    ],
    key: Annotated[
        Path,
        typer.Option(
            "--key", exists=True, dir_okay=False, help="The key from `register link-key`."
        ),
    ],
) -> None:
    """Send change notices: that something changed, never what and never a resident's number.

    What was taken before is passed over, so the command may be repeated whenever it broke off.
    """
    code = Municipality.parse(municipality, field="MUNICIPALITY").code
    secret = _key_of(key)
    with named(file), file.open("rb") as lines:
        total = sum(1 for _ in lines) - 1
    sent = before = 0
    with (
        access.open(PeerRole.REGISTER_FEED, code) as channel,
        counting(NOTICES, total) as progress,
        file.open("rb") as octets,
    ):
        stub = ChangeNoticeServiceStub(channel)
        asked = pb.GetNoticePositionRequest(municipality_code=code)
        position = stub.GetNoticePosition(asked).position
        for batch in _batches(read_notices(lines_of(octets, "FILE"), secret)):
            fresh = [one for one in batch if one.sequence > position]
            before += len(batch) - len(fresh)
            if fresh:
                position = stub.SendChangeNotices(_request(code, fresh)).position
                sent += len(fresh)
            progress(sent + before)
    output.emit({"municipality": code, "sent": sent, "taken_before": before, "position": position})


@reaching(PeerRole.REGISTRATION)
def reconcile(
    access: ServiceAccess, municipality: MunicipalityArgument, month: MonthOption = None
) -> None:
    """What came of a month's change notices, to be held against what the register has sent."""
    code = Municipality.parse(municipality, field="MUNICIPALITY").code
    first, last = days_of(month)
    request = pb.ReconcileNoticesRequest(
        municipality_code=code,
        begins=_stamp(_begin(first)),
        ends=_stamp(_begin(last + timedelta(days=1))),
    )
    with access.open(PeerRole.REGISTER_FEED, code) as channel:
        found = ChangeNoticeServiceStub(channel).ReconcileNotices(request)
    output.emit(
        {
            "municipality": code,
            "month": f"{first:%Y-%m}",
            "received": found.received,
            "first_sequence": found.first_sequence,
            "last_sequence": found.last_sequence,
            "missing": found.missing,
            "ended": found.ended,
            "without_certificate": found.without_certificate,
            "certified_since": found.certified_since,
            "waiting": found.waiting,
            "application_open": found.application_open,
            "position": found.position,
            "certificates_without_link": found.certificates_without_link,
        }
    )


def _batches(notices: Iterator[NumberedNotice]) -> Iterator[list[NumberedNotice]]:
    """Notices that follow one another, as many as a call may have."""
    numbered = enumerate(notices)
    for _, run in groupby(numbered, lambda one: one[1].sequence - one[0]):
        batch: list[NumberedNotice] = []
        for _, one in run:
            batch.append(one)
            if len(batch) == _AT_ONCE:
                yield batch
                batch = []
        if batch:
            yield batch


def _request(code: str, notices: list[NumberedNotice]) -> pb.SendChangeNoticesRequest:
    return pb.SendChangeNoticesRequest(
        municipality_code=code,
        first_sequence=notices[0].sequence,
        notices=[
            pb.ChangeNotice(link=one.notice.link, noticed_at=_stamp(one.notice.noticed_at))
            for one in notices
        ],
    )


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, JAPAN)


def _stamp(at: datetime) -> Timestamp:
    return Timestamp(seconds=int(at.timestamp()))


def _key_of(file: Path) -> bytes:
    try:
        key = read_closed(file, KEY_OCTETS + 1)
    except OpenToOthersError as error:
        raise OpenJpkiError(Reason.INVALID_FIELD, str(error), field="--key") from None
    if len(key) != KEY_OCTETS:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "is no key that `register link-key` wrote", field="--key"
        )
    return key
