"""How many applications were taken on a day, and where they stand now."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.console.applications import STATES
from openjpki.domain.window import JAPAN

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from openjpki.console.pages import Pages

_PAGE = 100


def totals(pages: Pages, request: Request) -> Response:
    """`GET /totals`: of today, or of ``day``."""
    today = pages.desk.clock.now().astimezone(JAPAN).date().isoformat()
    day = request.query_params.get("day") or today
    counted = _counted(pages, day)
    return pages.page(
        request,
        "totals.html",
        day=day,
        rows=[(word, counted[number]) for word, number in STATES.items()],
        total=counted.total(),
    )


def _counted(pages: Pages, day: str) -> Counter[int]:
    desk = pages.desk
    asked = pb.ListApplicationsRequest(
        municipality_code=desk.municipality.code, submitted_on=day, page_size=_PAGE
    )
    counted: Counter[int] = Counter()
    while True:
        answer = desk.service.ListApplications(asked)
        counted.update(one.state for one in answer.applications)
        if not answer.next_page:
            return counted
        asked.page = answer.next_page
