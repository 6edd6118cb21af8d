"""A database that sorts text as Japanese does and not by octets: nothing rests on the order."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from openjpki.domain.retention import RetentionClass
from openjpki.services.common.officers_journal import STREAM
from openjpki.storage.kernel.segments import books_of, faults
from openjpki_devkit.bench import postgres
from tests.support.ca_books import assert_whole
from tests.support.ca_service import (
    KAGAWA,
    TOYAMA,
    issue_request,
    person_key,
    revoke_request,
    running_ca,
)
from tests.support.officers import Register

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCALE = "ja_JP.utf8"


@pytest.fixture
def locales() -> Iterator[Path]:
    """A folder with that locale, which the server's user reads too."""
    folder = Path(tempfile.mkdtemp(prefix="openjpki-locales-"))
    try:
        folder.chmod(0o755)
        command = ["localedef", "-i", "ja_JP", "-f", "UTF-8", str(folder / LOCALE)]
        # 1: with warnings.
        if (
            shutil.which("localedef") is None
            or subprocess.run(command, check=False, capture_output=True).returncode > 1
        ):
            pytest.skip("needs localedef, and what locales are made from")
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def url(locales: Path) -> Iterator[str]:
    settings = ("listen_addresses=''", "fsync=off")
    with postgres.running(settings, environment=[f"LOCPATH={locales}"]) as server:
        with psycopg.connect(
            host=str(server.home), user="postgres", dbname="postgres", autocommit=True
        ) as admin:
            admin.execute(
                f"CREATE DATABASE ca TEMPLATE template0 LC_COLLATE '{LOCALE}' LC_CTYPE '{LOCALE}'"
            )
        yield server.url("ca")


def test_ca_works_as_on_any_other(url: str, tmp_path: Path) -> None:
    with running_ca(tmp_path, url, authorities=(TOYAMA, KAGAWA)) as ca:
        register = Register("ca", ca.channel)
        for name in ("yamada", "yamada-2", "a_b", "a-b", "a.b"):
            register.enrol(f"window-officer/16201/{name}")
        issued = [
            ca.certificates().IssueCertificate(issue_request(person_key(), person=str(number)))
            for number in range(3)
        ]
        ca.certificates().RevokeCertificate(revoke_request(issued[0].serial))
        database = ca.service.ca.database
        assert_whole(database, TOYAMA)
        with database.reading() as tx:
            words = "SELECT x FROM (VALUES ('あ'), ('\uff21')) AS v(x) ORDER BY x"
            # As JIS X 0208 has them; by octets it is the other way round.
            assert tx.connection.exec_driver_sql(words).scalars().all() == ["\uff21", "あ"]
            books = books_of(tx)
            assert {stream for stream, _ in books} >= {TOYAMA, KAGAWA, STREAM}
            for stream, retention in books:
                assert isinstance(retention, RetentionClass)
                assert faults(tx, stream, retention) == []
