"""Every certificate of an authority and its status, as of one position of its feed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.certificate_status import KEPT_AFTER_END
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import feed
from openjpki.storage.ca.feed import Columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.context import CaContext

ROWS_A_PAGE = 10_000
"""About 400 kB."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the rows."""

    sequence: int
    """The position; the same in every page."""
    rows: Columns


def read_snapshot(ca: CaContext, authority_id: AuthorityId) -> Iterator[Page]:
    """At least one page, without certificates that ended more than :data:`KEPT_AFTER_END` ago.

    Raises ``AUTHORITY_NOT_FOUND``, ``SERVICE_UNAVAILABLE``. Holds a connection to the database
    until the last page was taken.
    """
    ended_before = ca.clock.now() - KEPT_AFTER_END
    with ca.database.reading() as tx:
        position = feed.position(tx, authority_id)
        if position is None:
            raise OpenJpkiError(
                Reason.AUTHORITY_NOT_FOUND, "is not an authority here", field="authority_id"
            )
        pages = 0
        for rows in feed.snapshot(tx, authority_id, ROWS_A_PAGE, ended_before=ended_before):
            pages += 1
            yield Page(position.head, rows)
    if not pages:
        yield Page(position.head, Columns())
