"""Change notices, by municipality and the sender's number: durable before they are acknowledged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, literal_column, or_, select, update

from openjpki.domain.change_notices import ChangeNotice, NoticeState
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import read_each
from openjpki.storage.registration.applications import Waiting
from openjpki.storage.registration.tables import change_notices as _notices
from openjpki.storage.registration.tables import notice_feeds as _feeds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from openjpki.domain.change_notices import NoticeBatch
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptNotice:
    """A notice as it stands."""

    municipality_code: str
    sequence: int
    received_at: datetime
    notice: ChangeNotice


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeCounts:
    """What came of the notices of one municipality that were taken in a time."""

    first: int
    """Number of the first; 0 without any."""
    last: int
    of: dict[NoticeState, int]
    """How many, of each state that occurs."""

    @property
    def received(self) -> int:
        """All of them."""
        return sum(self.of.values())

    @property
    def missing(self) -> int:
        """Numbers between first and last without a notice."""
        return self.last - self.first + 1 - self.received if self.received else 0


def position(tx: Reading, municipality_code: str) -> int:
    """Up to which number notices were taken; 0: none was."""
    found = tx.connection.execute(
        select(_feeds.c.position).where(_feeds.c.municipality_code == municipality_code)
    ).scalar()
    return int(found or 0)


def lock_position(tx: Transaction, municipality_code: str) -> int:
    """As :func:`position`; nobody else takes notices of the municipality until this transaction
    ends."""
    insert_if_absent(tx, _feeds, municipality_code=municipality_code, position=0)
    return int(
        tx.connection.execute(
            select(_feeds.c.position)
            .where(_feeds.c.municipality_code == municipality_code)
            .with_for_update()
        ).scalar_one()
    )


def add(tx: Transaction, batch: NoticeBatch, before: int, at: datetime) -> None:
    """Take what comes after the first ``before`` notices; the position is locked."""
    code = batch.municipality.code
    tx.connection.execute(
        _notices.insert(),
        [
            {
                "municipality_code": code,
                "sequence": batch.first + before + index,
                "link": one.link,
                "noticed_at": one.noticed_at,
                "received_at": at,
                "state": NoticeState.WAITING.value,
            }
            for index, one in enumerate(batch.notices[before:])
        ],
    )
    tx.connection.execute(
        update(_feeds).where(_feeds.c.municipality_code == code).values(position=batch.last)
    )


def taken(tx: Reading, municipality_code: str, first: int, last: int) -> dict[int, ChangeNotice]:
    """What was taken under these numbers."""
    rows = tx.connection.execute(
        select(_notices.c.sequence, _notices.c.link, _notices.c.noticed_at).where(
            _notices.c.municipality_code == municipality_code,
            _notices.c.sequence >= first,
            _notices.c.sequence <= last,
        )
    )
    return {row.sequence: ChangeNotice(bytes(row.link), row.noticed_at) for row in rows}


def in_state(
    tx: Reading,
    state: NoticeState,
    after: KeptNotice | None,
    *,
    at_most: int,
    left_out: LeftOut | None = None,
) -> list[KeptNotice]:
    """Those of an open state, in the order in which they came, from behind one on. ``left_out``:
    told of those that can't be read."""
    wanted = select(_notices).where(_of_state(state))
    if after is not None:
        wanted = wanted.where(
            or_(
                _notices.c.received_at > after.received_at,
                and_(
                    _notices.c.received_at == after.received_at,
                    or_(
                        _notices.c.municipality_code > after.municipality_code,
                        and_(
                            _notices.c.municipality_code == after.municipality_code,
                            _notices.c.sequence > after.sequence,
                        ),
                    ),
                ),
            )
        )
    ordered = wanted.order_by(
        _notices.c.received_at, _notices.c.municipality_code, _notices.c.sequence
    ).limit(at_most)
    return read_each(tx, ordered, _kept, table=_notices, left_out=left_out)


def settle(
    tx: Transaction, municipality_code: str, numbers: Sequence[int], state: NoticeState
) -> int:
    """Enter what came of open notices; of how many, as another instance may have been first."""
    return tx.connection.execute(
        update(_notices)
        .where(
            _notices.c.municipality_code == municipality_code,
            _notices.c.sequence.in_(numbers),
            _notices.c.state.in_([one.value for one in NoticeState if one.is_open]),
        )
        .values(state=state.value)
    ).rowcount


def counts(tx: Reading, municipality_code: str, begins: datetime, ends: datetime) -> NoticeCounts:
    """Of those taken from ``begins`` on and before ``ends``."""
    rows = tx.connection.execute(
        select(
            _notices.c.state,
            func.count().label("number"),
            func.min(_notices.c.sequence).label("first"),
            func.max(_notices.c.sequence).label("last"),
        )
        .where(
            _notices.c.municipality_code == municipality_code,
            _notices.c.received_at >= begins,
            _notices.c.received_at < ends,
        )
        .group_by(_notices.c.state)
    ).all()
    return NoticeCounts(
        first=min((row.first for row in rows), default=0),
        last=max((row.last for row in rows), default=0),
        of={NoticeState(row.state): row.number for row in rows},
    )


def waiting(tx: Reading, state: NoticeState) -> Waiting:
    """Those of an open state, since they were taken."""
    number, oldest = tx.connection.execute(
        select(func.count(), func.min(_notices.c.received_at)).where(_of_state(state))
    ).one()
    return Waiting(number, oldest)


def _kept(row: StoredRow) -> KeptNotice:
    return KeptNotice(
        municipality_code=row.municipality_code,
        sequence=row.sequence,
        received_at=row.received_at,
        notice=ChangeNotice(row.link, row.noticed_at),
    )


def _of_state(state: NoticeState) -> Any:
    # As text, not as a parameter: only so do the partial indexes serve.
    return _notices.c.state == literal_column(f"'{state.value}'")
