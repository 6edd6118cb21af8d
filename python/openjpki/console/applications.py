"""The applications of the municipality, oldest first, a page at a time."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.cli.words import word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from openjpki.console.pages import Pages

_STATE = "APPLICATION_STATE_"
_OPEN = (
    pb.APPLICATION_STATE_SUBMITTED,
    pb.APPLICATION_STATE_IDENTITY_CONFIRMED,
    pb.APPLICATION_STATE_KEY_PRESENTED,
    pb.APPLICATION_STATE_APPROVED,
    pb.APPLICATION_STATE_ISSUED,
)
"""Of which something is left to be done at the window."""
OPEN, ANY = "open", "any"
STATES = {
    word(name, _STATE): number
    for name, number in pb.ApplicationState.items()
    if number != pb.APPLICATION_STATE_UNSPECIFIED
}
_PAGE = 25


def queue(pages: Pages, request: Request) -> Response:
    """`GET /`: what waits, or what the filters ask for. Nothing personal stands in the address."""
    asked = request.query_params
    desk = pages.desk
    answer = desk.service.ListApplications(
        pb.ListApplicationsRequest(
            municipality_code=desk.municipality.code,
            states=_states(asked.get("state", OPEN)),
            window_id=f"{desk.municipality.code}{asked['window']}" if asked.get("window") else "",
            submitted_on=asked.get("day", ""),
            expiring_within_days=_days(asked.get("expiring", "")),
            page=_page(asked.get("page", "")),
            page_size=_PAGE,
        )
    )
    return pages.page(
        request,
        "queue.html",
        found=answer.applications,
        asked=dict(asked),
        states=list(STATES),
        next_page=_next(asked, answer.next_page),
    )


def _states(asked: str) -> list[pb.ApplicationState.ValueType]:
    if asked == OPEN:
        return list(_OPEN)
    return [STATES[asked]] if asked in STATES else []


def _days(asked: str) -> int:
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) <= 4 else 0


def _page(asked: str) -> bytes:
    try:
        return urlsafe_b64decode(asked)
    except ValueError:
        return b""


def _next(asked: Mapping[str, str], page: bytes) -> dict[str, str] | None:
    if not page:
        return None
    return {**asked, "page": urlsafe_b64encode(page).decode()}
