"""Between the contract's messages and change notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import change_notice_pb2 as pb
from openjpki.domain.change_notices import ChangeNotice, NoticeBatch, NoticeState
from openjpki.domain.municipality import Municipality
from openjpki.rpc.officer_signature import moment

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.services.registration.notices.reconcile import Reconciliation


def batch_of(request: pb.SendChangeNoticesRequest) -> NoticeBatch:
    """Raises ``UNKNOWN_MUNICIPALITY``, ``INVALID_FIELD``."""
    return NoticeBatch(
        municipality=municipality_of(request),
        first=request.first_sequence,
        notices=tuple(
            ChangeNotice(one.link, moment(one.noticed_at, field=f"notices[{index}].noticed_at"))
            for index, one in enumerate(request.notices)
        ),
    )


def municipality_of(
    request: pb.SendChangeNoticesRequest | pb.GetNoticePositionRequest | pb.ReconcileNoticesRequest,
) -> Municipality:
    """Raises ``UNKNOWN_MUNICIPALITY``."""
    return Municipality.parse(request.municipality_code, field="municipality_code")


def time_of(request: pb.ReconcileNoticesRequest) -> tuple[datetime, datetime]:
    """Begin and end. Raises ``INVALID_FIELD``."""
    return moment(request.begins, field="begins"), moment(request.ends, field="ends")


def reconciliation_message(found: Reconciliation) -> pb.ReconcileNoticesResponse:
    """The answer."""
    counts = found.counts
    return pb.ReconcileNoticesResponse(
        received=counts.received,
        first_sequence=counts.first,
        last_sequence=counts.last,
        missing=counts.missing,
        ended=counts.of.get(NoticeState.ENDED, 0),
        without_certificate=counts.of.get(NoticeState.WITHOUT_CERTIFICATE, 0),
        certified_since=counts.of.get(NoticeState.CERTIFIED_SINCE, 0),
        waiting=counts.of.get(NoticeState.WAITING, 0),
        application_open=counts.of.get(NoticeState.APPLICATION_OPEN, 0),
        position=found.position,
        certificates_without_link=found.unlinked,
    )
