"""Leases as rows that several instances share, on PostgreSQL.

Which row lock each act takes, and what follows from it, is in docs/leases.md.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Interval,
    and_,
    bindparam,
    cast,
    delete,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import insert

from openjpki.domain.lease import Instance, Lease, LeaseState, not_the_owner
from openjpki.storage.kernel.columns import UtcTime, insert_if_absent
from openjpki.storage.kernel.lease_tables import instances as _instances
from openjpki.storage.kernel.lease_tables import leases as _leases
from openjpki.storage.kernel.leases import TOKENS_SKIPPED, Survey
from openjpki.storage.kernel.unreadable import read_each

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement, Row

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow

_FORGOTTEN_AFTER = timedelta(hours=1)
"""Rows of instances that ended without a word."""

# The time of the statement: that of the transaction's begin may lie before a wait.
_NOW = func.clock_timestamp(type_=UtcTime)
_EXPIRED = func.coalesce(_leases.c.expires_at <= _NOW, false()).label("expired")
_STATES = select(_leases, _EXPIRED)
_LATER = _NOW + bindparam("for_long", type_=Interval)
# Built once, as each instance sends these some times a minute, whatever it does.
_IN_ORDER = _STATES.order_by(_leases.c.authority_id)
_ALIVE = select(_instances).where(_instances.c.alive_until > _NOW).order_by(_instances.c.name)
_FORGET = delete(_instances).where(
    _instances.c.alive_until < _NOW - cast(literal(_FORGOTTEN_AFTER), Interval)
)
_ANNOUNCE = insert(_instances).values(
    name=bindparam("of_name"), address=bindparam("at_address"), alive_until=_LATER
)
_ANNOUNCE = _ANNOUNCE.on_conflict_do_update(
    index_elements=[_instances.c.name],
    set_={name: _ANNOUNCE.excluded[name] for name in ("address", "alive_until")},
)
# Built once, as every writing transaction begins with it.
_HOLD = (
    select(literal(1))
    .where(
        _leases.c.authority_id == bindparam("of_authority"),
        _leases.c.token == bindparam("of_token"),
        _leases.c.owner == bindparam("of_owner"),
        _leases.c.expires_at > _NOW,
    )
    .with_for_update(read=True, key_share=True)
)
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


class SqlLeases:
    """See :class:`openjpki.storage.kernel.leases.Leases`."""

    def __init__(self, database: Database, *, left_out: LeftOut | None = None) -> None:
        """``left_out``: told of a lease of what is no authority to this release."""
        self._database = database
        self._left_out = left_out

    def begin(self, name: str) -> None:
        """There may be any number of instances."""

    def close(self) -> None:
        """Nothing is held but rows, and a connection."""
        self._database.close()

    def renew(self, instance: Instance, held: Collection[Lease], duration: timedelta) -> Survey:
        """One transaction."""
        with self._database.transaction() as tx:
            self._announce(tx, instance, duration)
            renewed = _renew(tx, instance, held, duration) if held else frozenset()
            alive = tx.connection.execute(_ALIVE)
            states = read_each(tx, _IN_ORDER, _state, table=_leases, left_out=self._left_out)
            return Survey(
                renewed=renewed,
                instances=tuple(Instance(row.name, row.address) for row in alive),
                states=tuple(states),
            )

    def take(
        self, instance: Instance, seen: LeaseState, duration: timedelta, *, unchanged: bool = False
    ) -> Lease | None:
        """Under the row's lock, which waits for nobody."""
        free = or_(_leases.c.owner.is_(None), _leases.c.expires_at <= _NOW)
        if unchanged:
            free |= and_(_leases.c.token == seen.token, _leases.c.expires_at == seen.expires_at)
        with self._database.transaction() as tx:
            token = _locked(tx, seen.authority_id, free)
            if token is None:
                return None
            tx.connection.execute(
                update(_leases)
                .where(_leases.c.authority_id == seen.authority_id)
                .values(
                    token=token + 1,
                    owner=instance.name,
                    address=instance.address,
                    expires_at=_in(duration),
                )
            )
            return Lease(seen.authority_id, token + 1)

    def give_up(self, instance: Instance, lease: Lease) -> bool:
        """Under the row's lock, which waits for nobody."""
        with self._database.transaction() as tx:
            mine = and_(_leases.c.token == lease.token, _leases.c.owner == instance.name)
            if _locked(tx, lease.authority_id, mine) is None:
                state = self.state_of(tx, lease.authority_id)
                return state is None or state.token != lease.token or state.owner != instance
            tx.connection.execute(
                update(_leases)
                .where(_leases.c.authority_id == lease.authority_id)
                .values(owner=None, address=None, expires_at=None)
            )
            return True

    def leave(self, instance: Instance) -> None:
        """The row goes."""
        with self._database.transaction() as tx:
            tx.connection.execute(delete(_instances).where(_instances.c.name == instance.name))

    def opening(self, instance: Instance, lease: Lease) -> str:
        """One query, with a lock that other writers share."""
        return _opening(instance.name, lease)

    def require(self, tx: Transaction, instance: Instance, lease: Lease) -> None:
        """That query, unless the transaction began with it."""
        opening = _opening(instance.name, lease)
        held = (
            tx.found
            if tx.opening == opening
            else tx.connection.exec_driver_sql(opening).first() is not None
        )
        if not held:
            state = self.state_of(tx, lease.authority_id)
            holder = state.holder if state is not None and state.token != lease.token else None
            raise not_the_owner(lease.authority_id, holder, "is no longer this instance's")

    def exclude(self, tx: Transaction, authority_id: AuthorityId) -> None:
        """Makes the row of an authority that is new."""
        insert_if_absent(tx, _leases, authority_id=authority_id, token=0)
        tx.connection.execute(
            select(literal(1)).where(_leases.c.authority_id == authority_id).with_for_update()
        ).one()

    def outdate(self, tx: Transaction, authority_id: AuthorityId) -> None:
        """Nobody has it any more."""
        tx.connection.execute(
            update(_leases)
            .where(_leases.c.authority_id == authority_id)
            .values(
                token=_leases.c.token + TOKENS_SKIPPED, owner=None, address=None, expires_at=None
            )
        )

    def state_of(self, tx: Reading, authority_id: AuthorityId) -> LeaseState | None:
        """As it stands now, without a lock."""
        row = tx.connection.execute(
            _STATES.where(_leases.c.authority_id == authority_id)
        ).one_or_none()
        return None if row is None else _state(row)

    def _announce(self, tx: Transaction, instance: Instance, duration: timedelta) -> None:
        row = {"of_name": instance.name, "at_address": instance.address, "for_long": duration}
        tx.connection.execute(_ANNOUNCE, row)
        tx.connection.execute(_FORGET)


@lru_cache(maxsize=512)
def _opening(owner: str, lease: Lease) -> str:
    """Written out: a query that goes with the transaction's beginning has no parameters. An
    instance's name has no character that means anything to SQL."""
    values = {
        "of_authority": lease.authority_id,
        "of_token": lease.token,
        "of_owner": owner,
    }
    return str(
        _HOLD.params(values).compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True})
    )


def _renew(
    tx: Transaction, instance: Instance, held: Collection[Lease], duration: timedelta
) -> frozenset[Lease]:
    """Expired or not: as long as the token is the same, nobody else had it in between."""
    mine = select(_leases.c.authority_id).where(
        _leases.c.owner == instance.name,
        tuple_(_leases.c.authority_id, _leases.c.token).in_(
            [(one.authority_id, one.token) for one in held]
        ),
    )
    # One row that an act at the console holds must not keep the others from being renewed.
    free = mine.with_for_update(key_share=True, skip_locked=True)
    rows = tx.connection.execute(
        update(_leases)
        .where(_leases.c.authority_id.in_(free))
        .values(expires_at=_in(duration))
        .returning(_leases.c.authority_id, _leases.c.token)
    )
    return frozenset(Lease(row.authority_id, row.token) for row in rows)


def _locked(
    tx: Transaction, authority_id: AuthorityId, condition: ColumnElement[bool]
) -> int | None:
    """The token, with the row locked against every writer; None where the condition does not hold
    or somebody else has the row."""
    found: int | None = tx.connection.execute(
        select(_leases.c.token)
        .where(_leases.c.authority_id == authority_id, condition)
        .with_for_update(skip_locked=True)
    ).scalar()
    return found


def _in(duration: timedelta) -> ColumnElement[Any]:
    return _NOW + cast(literal(duration), Interval)


def _state(row: Row[Any] | StoredRow) -> LeaseState:
    return LeaseState(
        authority_id=row.authority_id,
        token=row.token,
        owner=None if row.owner is None else Instance(row.owner, row.address),
        expires_at=row.expires_at,
        expired=row.expired,
    )
