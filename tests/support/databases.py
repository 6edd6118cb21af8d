"""Over which databases the longest suites run."""

from __future__ import annotations

import os

_BOTH = os.environ.get("OPENJPKI_TEST_DATABASES") == "both"

LONG_SUITES_RUN_OVER = ["sqlite", "postgresql"] if _BOTH else ["postgresql"]
"""`make test` takes PostgreSQL, as production does; `make test-databases` both. What the databases
do otherwise than each other is in one place, the storage, whose contract always runs over both."""
