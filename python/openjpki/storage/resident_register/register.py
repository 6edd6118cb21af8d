"""The register as the existence check asks it, over a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.resident_register import residents
from openjpki.storage.resident_register.tables import residents as _residents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.domain.existence import RegisterRecord
    from openjpki.domain.person import RegisteredAttributes
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Reading


class SqlResidentRegister:
    """A register in a database of its own, which is only read here."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._loaded = False

    def candidates(self, attributes: RegisteredAttributes) -> list[RegisterRecord]:
        """Every resident of the stated municipality who agrees in name, birth date or address.

        Raises ``SERVICE_UNAVAILABLE`` when the database can't be reached or holds no register.
        """
        with self._database.reading() as tx:
            self._require_loaded(tx)
            return residents.candidates(
                tx,
                attributes.municipality.code,
                name=attributes.name,
                birth_date=attributes.birth_date,
                address=attributes.address,
            )

    def numbers_of(self, municipality_code: str) -> Iterator[str]:
        """The number of every resident of a municipality.

        Raises ``SERVICE_UNAVAILABLE`` as :meth:`candidates`.
        """
        with self._database.reading() as tx:
            self._require_loaded(tx)
            yield from residents.numbers_of(tx, municipality_code)

    def _require_loaded(self, tx: Reading) -> None:
        if not self._loaded:
            if not inspect(tx.connection).has_table(_residents.name):
                raise OpenJpkiError(
                    Reason.SERVICE_UNAVAILABLE, "the resident register is not loaded yet"
                )
            self._loaded = True
