"""Every SQL statement that a document has a person type, on a database as the services make it.

Lines of `psql` stand in blocks of commands, which the other tests here run as typed.
"""

from __future__ import annotations

import re
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import upgrade
from tests.integration.operations.conftest import DOCUMENT, ROOT, commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.postgres import PostgresServer

SERVICES = ("registration", "resident_register", "ca", "ocsp", "bridge")
OF_THE_SERVER = {"pg_stat_activity"}
_STATEMENT = re.compile(r"`((?:SELECT|UPDATE|DELETE|INSERT) [^`]+)`")
_TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE) ([a-z_]+)")
_COMPARED = re.compile(r"\b([a-z_]+) (?:=|<>) '([^']*)'")
_PSQL = re.compile(r"^ *psql .*$", re.MULTILINE)


def statements() -> list[str]:
    """Those of all documents, each once."""
    pages = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    found = [one for page in pages for one in _STATEMENT.findall(page.read_text("utf-8"))]
    assert found
    return list(dict.fromkeys(found))


@pytest.fixture(scope="module")
def schemas(postgres_server: PostgresServer) -> Iterator[dict[str, str]]:
    """URL of a database of each service, by the service."""
    with ExitStack() as kept:
        urls = {one: kept.enter_context(postgres_server.fresh_database()) for one in SERVICES}
        for service, url in urls.items():
            with closing(Database(url)) as database:
                upgrade(database, service)
        yield {service: url.replace("+psycopg", "") for service, url in urls.items()}


@pytest.mark.parametrize("statement", statements())
def test_a_statement_is_one_of_a_service_s_database(
    statement: str, schemas: dict[str, str]
) -> None:
    """It runs, and what it compares columns with are words that these columns may hold."""
    tables = set(_TABLE.findall(statement))
    ran = 0
    for url in schemas.values():
        with psycopg.connect(url) as connection:
            found = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            )
            here = {name for (name,) in found} | OF_THE_SERVER
            if not tables <= here:
                continue
            connection.execute(statement)
            ran += 1
            for column, word in _COMPARED.findall(statement):
                allowed = _allowed(connection, tables, column)
                assert not allowed or f"'{word}'" in allowed, (column, word, allowed)
    # A table that every service has, as its journal, needs a word of which one is meant.
    assert ran == (len(schemas) if tables <= OF_THE_SERVER else 1), tables


def _allowed(connection: psycopg.Connection[Any], tables: set[str], column: str) -> str:
    """What the checks of these tables say of a column; a view of the server has none."""
    found = connection.execute(
        "SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class t"
        " ON t.oid = c.conrelid WHERE c.contype = 'c' AND t.relname = ANY(%s)",
        (list(tables),),
    )
    return " ".join(said for (said,) in found if re.search(rf"\b{column}\b", said))


def test_the_checks_say_which_words_there_are(schemas: dict[str, str]) -> None:
    with psycopg.connect(schemas["registration"]) as connection:
        assert "'key_presented'" in _allowed(connection, {"applications"}, "state")
    with psycopg.connect(schemas["ca"]) as connection:
        assert "'user'" in _allowed(connection, {"issuances"}, "kind")


def test_every_line_of_psql_stands_in_a_block_that_is_run() -> None:
    """By the tests of this folder, as typed."""
    run = [
        *commands("### 2. Databases and roles"),
        *commands("### Base backup and log"),
        *commands("### One database as a file"),
        *commands("## Bringing an installation forward"),
    ]
    lines = _PSQL.findall(DOCUMENT.read_text("utf-8"))
    assert len(lines) > 4
    assert [line for line in lines if not any(line in block for block in run)] == []
