"""That a database was begun on purpose: SQLite makes one of whatever name, a mistyped one too."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from openjpki.cli.next_steps import SCHEMA
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.database import Database

if TYPE_CHECKING:
    from openjpki.config.parts import DatabasePart


def require_begun(part: DatabasePart, schema: str, *, field: str = "database") -> None:
    """Refuse by name a SQLite database that nobody made. Raises ``SETTINGS_REFUSED``."""
    with closing(Database(part.read_url())) as database:
        file = database.not_begun
    if file is not None:
        raise OpenJpkiError(
            Reason.SETTINGS_REFUSED,
            f"there is no database {file}; a new one is made by openjpki database forward {schema}"
            " --url-file FILE",
            field=field,
            **{SCHEMA: schema},
        )
