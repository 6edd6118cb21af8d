"""Residents: put in by municipality, looked up as candidates for the existence check (R2.1.1)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, text, union
from sqlalchemy.dialects import postgresql, sqlite

from openjpki.domain.existence import RegisterRecord
from openjpki.storage.resident_register.tables import residents as _residents

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openjpki.storage.kernel.transaction import Reading, Transaction


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Resident:
    """One row; every text in canonical form (``openjpki.domain.characters``)."""

    resident_id: str
    """Opaque number, one per person in the whole country."""
    municipality_code: str
    name: str
    name_kana: str
    """Empty where the register has none."""
    romanised_name: str
    """Empty where the register has none."""
    birth_date: str
    """``YYYY-MM-DD``."""
    sex: str
    address: str
    also_known_as: str = ""
    """通称, of residents from abroad; empty where the register has none."""

    def __repr__(self) -> str:
        return "Resident(hidden)"


_ROWS_AT_ONCE = 5_000
_NAMES = tuple(each.name for each in fields(Resident))


def put(tx: Transaction, residents: Sequence[Resident]) -> None:
    """Keep residents; one known by number is replaced, also when in another municipality."""
    if not residents:
        return
    dialect = postgresql if tx.connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(_residents)
    others = {
        column.name: statement.excluded[column.name]
        for column in _residents.columns
        if not column.primary_key
    }
    tx.connection.execute(
        statement.on_conflict_do_update(index_elements=["resident_id"], set_=others),
        [{name: getattr(resident, name) for name in _NAMES} for resident in residents],
    )


def nobody_else_loads(tx: Transaction) -> None:
    """Until the transaction ends; of two at once the register would have both files' residents.
    Who reads is not kept waiting. SQLite has one writer at a time anyway."""
    if tx.connection.dialect.name == "postgresql":
        tx.connection.execute(text(f"LOCK TABLE {_residents.name} IN SHARE ROW EXCLUSIVE MODE"))


def numbers_of(tx: Reading, municipality_code: str) -> Iterator[str]:
    """The number of every resident of a municipality, a few thousand at a time."""
    wanted = select(_residents.c.resident_id).where(
        _residents.c.municipality_code == municipality_code
    )
    numbers = tx.connection.execute(wanted.execution_options(yield_per=_ROWS_AT_ONCE)).scalars()
    yield from numbers


def remove_municipality(tx: Transaction, municipality_code: str) -> int:
    """Remove every resident of a municipality; how many."""
    result = tx.connection.execute(
        delete(_residents).where(_residents.c.municipality_code == municipality_code)
    )
    return result.rowcount


def count(tx: Reading) -> int:
    """Residents of all municipalities."""
    counted: int = tx.connection.execute(select(func.count()).select_from(_residents)).scalar_one()
    return counted


def candidates(
    tx: Reading, municipality_code: str, *, name: str, birth_date: str, address: str
) -> list[RegisterRecord]:
    """Residents of the municipality with this name, recorded or 通称, this birth date or this
    address.

    Four index look-ups rather than one condition with OR: neither database then reads more rows
    than there are candidates.
    """
    wanted = [
        _residents.c[column]
        for column in (
            "resident_id",
            "municipality_code",
            "name",
            "birth_date",
            "sex",
            "address",
            "also_known_as",
        )
    ]
    here = _residents.c.municipality_code == municipality_code
    rows = tx.connection.execute(
        union(
            select(*wanted).where(here, _residents.c.name == name),
            select(*wanted).where(here, _residents.c.birth_date == birth_date),
            select(*wanted).where(here, _residents.c.address == address),
            # The text's own condition, as the index has it: most have no such name.
            select(*wanted).where(
                here, text("also_known_as <> ''"), _residents.c.also_known_as == name
            ),
        )
    )
    return [RegisterRecord(**row) for row in rows.mappings()]
