"""Base backup and log, by the commands of the page: back to a named moment, or to the very end."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import psycopg
import pytest

from openjpki_devkit.bench import postgres
from tests.integration.operations.conftest import Shell, commands, programs
from tests.support.ocsp_service import until

if TYPE_CHECKING:
    from pathlib import Path

HEADING = "### Base backup and log"


def rows(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM acts ORDER BY name")]


@pytest.mark.parametrize("moment", ["named", "end"])
def test_a_server_comes_back_as_it_was(tmp_path: Path, moment: str) -> None:
    # Beside the server's data, not in the test's own folder, which its user may not enter.
    settings = (
        "listen_addresses=''",
        "archive_mode=on",
        'archive_command="test ! -f ../archive/%f && cp %p ../archive/%f"',
    )
    backup, name_it, bring_back = commands(HEADING)
    with postgres.running(settings) as server:
        archive = server.home / "archive"
        archive.mkdir()
        if os.geteuid() == 0:
            shutil.chown(archive, "nobody")
        url = server.url().replace("+psycopg", "")
        shell = Shell(tmp_path, programs())
        copy = tmp_path / "copy"
        shell.variables |= {"SERVER": url, "COPY": str(copy), "ARCHIVE": str(archive)}
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE acts (name text)")
            connection.execute("INSERT INTO acts VALUES ('before the copy')")
        shell.run(backup)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("INSERT INTO acts VALUES ('before the moment')")
            shell.run(name_it)
            connection.execute("INSERT INTO acts VALUES ('since')")
            # The file that ends here: the server goes on writing into the next one by itself.
            ended = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
            until(
                lambda: connection.execute(
                    "SELECT 1 FROM pg_stat_archiver WHERE last_archived_wal >= %s", ended
                ).fetchone()
            )
        subprocess.run(server.stop, check=True, stdout=subprocess.DEVNULL)
        data = server.home / "data"
        shutil.rmtree(data)
        data.mkdir()
        if moment == "end":
            bring_back = bring_back.replace("recovery_target_name = 'before-upgrade'\n", "")
        shell.run(bring_back, DATA=str(data))
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "nobody", str(data)], check=True)
        with (server.home / "again.log").open("w") as log:
            subprocess.run(server.begin, check=True, stdout=log, stderr=log)
        until(lambda: _writable(url))
        expected = ["before the copy", "before the moment"] + ["since"] * (moment == "end")
        assert rows(url) == expected


def _writable(url: str) -> bool:
    with psycopg.connect(url) as connection:
        (recovering,) = connection.execute("SELECT pg_is_in_recovery()").fetchone() or (True,)
        return not recovering
