"""Print what a service's next database revision has to do: `draft_migration.py ca`.

Compares the schema after all revisions with the tables in the code. The result is a draft: put it
into python/openjpki/storage/migrations/<service>/, read it, give names, add data moves.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext

from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import metadata_of, upgrade

_SHORTER = (
    (r"sa\.BigInteger\(\)\.with_variant\(sa\.Integer\(\), 'sqlite'\)", "BigNumber"),
    (r"sa\.LargeBinary\(\)", "Bytes"),
    (r"sa\.Text\(\)", "String"),
    (r"openjpki\.storage\.columns\.UtcTime\([^)]*\)", "UtcTime"),
)


def main(service: str) -> None:
    """Write the draft to standard output."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'draft.db'}")
        upgrade(database, service)
        with database.transaction() as tx:
            context = MigrationContext.configure(tx.connection, opts={"compare_type": True})
            script = produce_migrations(context, metadata_of(service))
        database.close()
    if script.upgrade_ops is None:
        return
    code = render_python_code(script.upgrade_ops)
    if not isinstance(code, str):
        raise TypeError("one schema was expected")
    for pattern, name in _SHORTER:
        code = re.sub(pattern, name, code)
    sys.stdout.write(code + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
