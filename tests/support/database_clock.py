"""A PostgreSQL database whose clock a test can set, for that database alone.

Its sessions look for functions in a schema of the test's before PostgreSQL's own, so that what asks
for ``clock_timestamp()`` is told another time. Timers of the server go on by the real one.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

_SET_UP = """
CREATE SCHEMA told;
CREATE TABLE told.wrong (by INTERVAL NOT NULL);
INSERT INTO told.wrong VALUES ('0');
CREATE FUNCTION told.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
    AS 'SELECT pg_catalog.clock_timestamp() + by FROM told.wrong';
"""


@dataclass(frozen=True, slots=True)
class DatabaseClock:
    """The clock of the database at ``url``, as PostgreSQL's superuser may set it."""

    url: str
    """Of SQLAlchemy, as a service is given it: with what its sessions need."""
    plain: str
    """Without that."""

    def set(self, wrong_by: str) -> None:
        """Ahead, or with a minus behind, by an interval as PostgreSQL reads it; ``0``: right."""
        with psycopg.connect(self.plain, autocommit=True) as admin:
            admin.execute("UPDATE told.wrong SET by = %s::interval", (wrong_by,))


def settable_clock(url: str) -> DatabaseClock:
    """Of a fresh database, whose clock is right at first."""
    plain = url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(plain, autocommit=True) as admin:
        admin.execute(_SET_UP)
    between = "&" if "?" in url else "?"
    # Tables are made in the first schema that is not temporary and may be written to.
    path = "-c search_path=public,told,pg_catalog"
    return DatabaseClock(f"{url}{between}options={path.replace(' ', '%20')}", plain)
