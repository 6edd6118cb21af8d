"""Every certificate of an authority and its status, as of one position of its feed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.authority import not_an_authority
from openjpki.domain.certificate_status import KEPT_AFTER_END
from openjpki.services.common.left_out import tell_left_out
from openjpki.storage.ca import feed
from openjpki.storage.ca.snapshot_columns import Columns
from openjpki.storage.kernel import journal_time

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
    digest: bytes = b""
    """Of all that the feed has told up to it; the same in every page."""


def read_snapshot(ca: CaContext, authority_id: AuthorityId) -> Iterator[Page]:
    """At least one page, which has no rows where it is the only one.

    Without certificates that ended more than :data:`KEPT_AFTER_END` ago, by the clock and by the
    time that the journal has reached: what is left out stays unknown at a replica, also after a
    clock that was ahead is set right.

    Raises ``AUTHORITY_NOT_FOUND``, ``SERVICE_UNAVAILABLE``. Holds a connection to the database
    until the last page was taken.
    """
    with ca.database.reading() as tx:
        now = ca.clock.now()
        ended_before = min(now, journal_time.reached(tx) or now) - KEPT_AFTER_END
        position = feed.position(tx, authority_id)
        if position is None:
            raise not_an_authority()
        pages = 0
        found = feed.snapshot(
            tx, authority_id, ROWS_A_PAGE, ended_before=ended_before, left_out=tell_left_out
        )
        for rows in found:
            # A replica takes none without rows before the last.
            if rows.serials:
                pages += 1
                yield Page(position.head, rows, position.digest)
    if not pages:
        yield Page(position.head, Columns(), position.digest)
