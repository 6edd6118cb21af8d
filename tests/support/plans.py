"""How each database means to find the rows of each statement that a test makes it carry out.

Every statement of the storage modules is explained once in each test, beside itself and with its
own parameters. A test fails whose statement looks through a table that grows: through all of it, or
through all that an index has of one authority, one state, one stream, of which there may be
millions. No test knows what another one had explained, on other tables maybe: each of those that
make such a statement fails, in whatever order they run.

Plans are of nearly empty tables. SQLite has no statistics here and takes an index wherever there is
one. PostgreSQL is told that reading a whole table is dear, so that it does so only where nothing
else can be done; by which of several indexes it would go, it decides by statistics that are not
there, so that is asked of SQLite alone, which has the same ones.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from threading import Lock
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import Engine, event

from openjpki.storage.kernel.connecting import Session

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

SMALL = {
    # One row or a few for each authority, of which there are 47, or for each instance.
    "authorities", "generations", "feeds", "leases", "instances", "service_bridge", "governors",
    "reference_keys", "issuers", "notice_feeds", "pool_versions", "alembic_version",
    "journal_time",
    # Agreements and registrations, made by hand.
    "partners", "cross_certifications", "approvals", "cross_revocations", "revocation_approvals",
    "submitted_certificates", "pool_lists", "accepted_numberings", "list_uploads", "verifiers",
    "verifier_authorities",
    "verifier_signers", "verifier_networks", "denied_credentials", "responder_keys",
    "officer_proposals", "agreements",
    # Errors found, entered by hand.
    "revocation_proposals",
    # One row for each start of a replica, and each day.
    "usage_epochs", "usage_days",
    # Some ten thousand, of every window; entered by hand.
    "officers", "officer_keys",
}  # fmt: skip
"""Tables that stay small. Every other one grows with people, certificates or days."""

COARSE = {
    "authority_id", "generation", "kind", "partition", "state", "live", "open", "stream",
    "retention", "municipality_code", "expired", "active", "listed", "method", "caller",
}  # fmt: skip
"""Columns with one value in very many rows: an index entered by them alone finds too much."""

READS_MANY = {
    "kernel.columns.insert_if_absent": "SQLite names children of a foreign key, which it reads"
    " while a violation is open, and none ever is",
    "resident_register.residents.count": "the register is loaded",
    "resident_register.residents.remove_municipality": "the register is loaded",
    "resident_register.residents.numbers_of": "the register is loaded",
    "kernel.segments._read": "an auditor's reading, of one row a segment",
    "kernel.journal_time.take": "once in the life of a database, of one row a segment",
    "kernel.segments._entries_of": "an auditor's reading, of each entry once, for strays",
    "kernel.journal.newest_saying": "backwards to the list before, through what came since",
    "kernel.journal.read_all": "an auditor's reading",
    "kernel.journal.stored_entries": "an auditor's export",
    "kernel.segments.books_of": "an auditor's export and check: which books there are",
    "kernel.journal_end.earliest_moment": "after a restore of another service, once",
    "kernel.journal_end.newest_moment": "after a restore, once",
    "ca.stored_revocations.count_unended": "for a replica that starts, which reads everything",
    "ca.stored_revocations.of_no_certificate": "where a number of rows says that there is one",
    "ca.stored_revocations.of_authority": "an operator's check of all of them",
    "ca.generations.replace": "an operator's act, where a row has no number",
    "bridge.service_bridge.replace": "an operator's act, where a row has no number",
    "ca.lists.revoked_up_to": "where how far a feed has come can't be read, once a list",
    "ca.feed._furthest": "where how far a feed has come can't be read, once",
    "ca.lists.numbers": "once, where a scope's newest list can't be read",
    "ca.lists._newest_among_all": "where what was found can't be gone on from",
    "bridge.authority_lists.numbers": "once, where the newest list can't be read",
    "ca.snapshot_rows.pages": "everything, for a replica that starts",
    "ca.handed_over.issued_since": "after a restore of registration, once",
    "ca.handed_over.revoked_since": "after a restore of registration, once",
    "registration.handed_over.issued_since": "after a restore of ca, once",
    "registration.handed_over.<genexpr>": "after a restore of ca, once",
    "registration.handed_over.revoked_since": "after a restore of ca, once",
    "registration.register_links.unlinked": "once, when the service starts",
    "registration.register_links.count_unlinked": "a sender's or an operator's report, each month",
    "registration.applications.live_by_serial": "after a restore, by the index of those that live",
}
"""Functions that are there to read many rows, and why that is no fault."""

BY_INDEX = {
    # All entries of one list, for that list: a municipality's, whatever a nation's are.
    "ca.lists.revoked": "ix_revocations_list",
    # All of a month, of one municipality, for its report.
    "registration.change_notices.counts": "ix_change_notices_month",
}
"""Functions that read many rows, but only what this index has of what they ask for."""

FEW = {
    "ix_applications_approved": "wait for ca",
    "ix_applications_undecided": "wait for a second officer",
    "ix_change_notices_waiting": "wait for ca",
    "ix_change_notices_application_open": "wait for a second officer",
    "uq_applications_open_person": "wait for somebody",
    "ix_cross_certifications_approved": "wait to be carried out",
    "ix_issuances_intents": "wait to be signed",
    "ix_journal_segments_closed": "wait to be sealed",
    "uq_journal_segments_open": "one a book",
    "ix_officer_proposals_open": "wait for a second operator",
    "ix_certificates_not_users": "cross certificates, made by hand; of responders' it is not asked",
    "ix_revocations_not_users": "ended by hand",
    "uq_generations_active": "one an authority",
    "uq_service_bridge_active": "one",
}
"""Indexes of some rows alone, with few in them, and why: to go through such a one takes a moment.
Any other is of as many as the table has: of all that live, of all persons' certificates."""

BARE = "bare_tables"
"""Execution option of a connection to tables that a test made without indexes."""

_STORAGE = "openjpki.storage."
_FOR_OTHERS = ("kernel.database", "kernel.engine", "kernel.unreadable", "kernel.written")
"""Modules that carry out what another one has made."""
_EXPLAINED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
_SCAN = re.compile(r"SCAN (?!CONSTANT|\d)(?:TABLE )?(\w+)")
_SEARCH = re.compile(r"SEARCH (?:TABLE )?(\w+) USING (?:COVERING )?(?:INDEX|INTEGER) ?(.*)")


@dataclass(frozen=True, slots=True)
class Fault:
    """A statement that will be slow."""

    dialect: str
    origin: str
    """Module and function that made it, e.g. ``ca.issuances.require_no_live``."""
    statement: str
    why: str

    def __str__(self) -> str:
        return f"{self.dialect}: {self.origin}: {self.why}\n{self.statement}"


class Plans:
    """What one test's statements were explained to be, and what was found at fault with them."""

    def __init__(self, test: str) -> None:
        self.test = test
        self._explained: set[tuple[str, str, str]] = set()
        self._faults: list[Fault] = []
        self._lock = Lock()

    def look(self, connection: Connection, statement: str, parameters: Any) -> None:
        """Explain a statement that was just carried out, unless it was before."""
        dialect, origin = connection.dialect.name, _origin()
        if origin is None or origin in READS_MANY:
            return
        # With its origin: what one function is there to read, another one may not.
        with self._lock:
            if (dialect, origin, statement) in self._explained:
                return
            self._explained.add((dialect, origin, statement))
        if origin in BY_INDEX:
            found = _but_by(BY_INDEX[origin], connection, statement, parameters)
        else:
            explain = _sqlite if dialect == "sqlite" else _postgresql
            found = explain(connection, statement, parameters)
        with self._lock:
            self._faults += [Fault(dialect, origin, statement, why) for why in found]

    def judge(self) -> None:
        """Fail the test if one of its statements will be slow."""
        with self._lock:
            faults = [*self._faults]
        if faults:
            first = f"{self.test}: statements that will be slow:"
            pytest.fail("\n".join([first, *map(str, faults)]), pytrace=False)


_watching: list[Plans] = []
"""Of the test that runs, if it has its statements explained."""


def _origin() -> str | None:
    """Who made the statement that is being carried out; None where no storage module did, or a
    migration, which reads whole tables and may."""
    frame = sys._getframe(3)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name.startswith("openjpki.storage.migrations"):
            return None
        if name.startswith(_STORAGE) and not name.endswith(_FOR_OTHERS):
            return f"{name.removeprefix(_STORAGE)}.{frame.f_code.co_name}"
        frame = frame.f_back  # type: ignore[assignment]
    return None


@event.listens_for(Engine, "after_cursor_execute")
def _after(
    connection: Connection,
    _cursor: object,
    statement: str,
    parameters: Any,
    context: Any,
    many: bool,
) -> None:
    if not statement.lstrip().startswith(_EXPLAINED) or "alembic" in statement:
        return
    if connection.get_execution_options().get(BARE):
        return
    if not getattr(context, "compiled", None):
        # Written out by a test or a migration: what the modules make is compiled, or goes another
        # way (below).
        return
    for plans in _watching:
        plans.look(connection, statement, parameters[0] if many else parameters)


_fetch = Session.fetch
_NUMBERED = re.compile(r"\$(\d+)")


def _fetch_and_look(
    session: Session, statement: str, parameters: Sequence[Any]
) -> list[tuple[Any, ...]]:
    """What the modules have written out goes past SQLAlchemy."""
    rows = _fetch(session, statement, parameters)
    connection: Any = SimpleNamespace(
        dialect=SimpleNamespace(name="postgresql"),
        connection=SimpleNamespace(driver_connection=session),
    )
    # Its parameters are numbered; what explains it has them by name.
    named = _NUMBERED.sub(r"%(p\1)s", statement.replace("%", "%%"))
    values = {f"p{number}": value for number, value in enumerate(parameters, 1)}
    for plans in _watching:
        plans.look(connection, named, values)
    return rows


Session.fetch = _fetch_and_look  # type: ignore[assignment, method-assign]


def _sqlite(connection: Connection, statement: str, parameters: Any) -> list[str]:
    return in_sqlite(_steps(connection, statement, parameters), statement)


def _but_by(index: str, connection: Connection, statement: str, parameters: Any) -> list[str]:
    """Steps that look for rows otherwise. PostgreSQL decides that by statistics."""
    if connection.dialect.name != "sqlite":
        return []
    steps = _steps(connection, statement, parameters)
    return [one for one in steps if one.startswith(("SCAN", "SEARCH")) and index not in one]


def _steps(connection: Connection, statement: str, parameters: Any) -> list[str]:
    cursor = connection.connection.cursor()
    rows = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
    cursor.close()
    return [str(row[3]) for row in rows]


def in_sqlite(steps: list[str], statement: str) -> list[str]:
    """What is wrong with a plan of SQLite's."""
    takes_first = "LIMIT" in statement and not any("TEMP B-TREE FOR ORDER" in one for one in steps)
    faults = []
    for step in steps:
        scanned, searched = _SCAN.match(step), _SEARCH.match(step)
        if scanned and scanned[1] not in SMALL | _named_within(statement):
            by = re.search(r"INDEX (\w+)", step)
            if not takes_first and (by is None or by[1] not in FEW):
                faults.append(step)
        elif searched and searched[1] not in SMALL and not takes_first:
            faults += [step] if _is_coarse(searched[2]) else []
    return faults


def _is_coarse(using: str) -> bool:
    """``ix_name (authority_id=? AND serial=?)``; an index of some rows alone has few of them."""
    name, _, conditions = using.partition(" (")
    columns = set(re.findall(r"(\w+)[=<>]", conditions))
    return bool(columns) and columns <= COARSE and name not in FEW


def _named_within(statement: str) -> set[str]:
    """Names of subqueries, and of functions that give rows."""
    return set(re.findall(r"(?:AS|\)) (anon_\d+|\w+) ?\(?", statement)) - _tables()


def _postgresql(connection: Connection, statement: str, parameters: Any) -> list[str]:
    raw: Any = connection.connection.driver_connection
    with psycopg.ClientCursor(raw) as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        row = cursor.fetchone()
        cursor.execute("SET enable_seqscan = on")
    assert row is not None
    plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
    return in_postgresql(plan[0]["Plan"], limited=False)


def in_postgresql(node: dict[str, Any], *, limited: bool, of: str = "") -> list[str]:
    """What is wrong with a plan of PostgreSQL's, and with those below it. ``of``: the table that
    the node above reads."""
    kind, table = node["Node Type"], node.get("Relation Name", of)
    limited = limited or kind == "Limit"
    # Below a sort or a sum everything is read all the same.
    limited = limited and kind not in {"Sort", "Aggregate", "Hash", "Incremental Sort"}
    faults = []
    if table.startswith("pg_"):
        return []
    if kind == "Seq Scan" and table not in SMALL and not limited:
        faults.append(f"reads all of {table}")
    for below in node.get("Plans", []):
        above = table if kind.startswith("Bitmap") else ""
        faults += in_postgresql(below, limited=limited, of=above)
    return faults


def all_tables() -> list[Any]:
    """Of all services."""
    from openjpki.storage.bridge import tables as bridge  # noqa: PLC0415
    from openjpki.storage.ca import tables as ca  # noqa: PLC0415
    from openjpki.storage.ocsp import tables as ocsp  # noqa: PLC0415
    from openjpki.storage.registration import tables as registration  # noqa: PLC0415
    from openjpki.storage.resident_register import tables as register  # noqa: PLC0415

    return [
        table
        for module in (bridge, ca, ocsp, registration, register)
        for table in module.metadata.tables.values()
    ]


def _tables() -> set[str]:
    return {table.name for table in all_tables()}


@pytest.fixture(autouse=True)
def plans_are_good(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails the test whose statements will be slow."""
    plans = Plans(request.node.nodeid)
    _watching.append(plans)
    try:
        yield
    finally:
        _watching.remove(plans)
    plans.judge()
