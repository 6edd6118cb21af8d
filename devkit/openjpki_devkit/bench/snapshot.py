"""snapshot_*: an empty replica from its start until it serves, against PostgreSQL's own reading."""

from __future__ import annotations

import statistics
import tempfile
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from openjpki.storage.kernel.database import Database
from openjpki_devkit.bench.issue_requests import AUTHORITY, MUNICIPALITY, issue_requests
from openjpki_devkit.bench.leases import has_database
from openjpki_devkit.bench.replicas import replicas
from openjpki_devkit.bench.result import TURNS, Result, Row
from openjpki_devkit.bench.running_ca import running_ca

if TYPE_CHECKING:
    from openjpki_devkit.bench.postgres import Server

_PATIENCE = 900.0
# What a certificate's own octets would take is left out: no snapshot reads them. In the order of
# their numbers, since indexes take random ones in slowly; a snapshot reads all as they lie.
_CERTIFICATES = """INSERT INTO certificates
    (authority_id, serial, kind, generation, certificate, partition, not_after, issued_at)
SELECT %(authority)s, set_byte(number, 0, get_byte(number, 0) & 63 | 64), 'user', 1, number,
    %(partition)s, date_trunc('day', now()) + make_interval(days => 1 + place %% 1800), now()
FROM generate_series(1, %(count)s) AS place, substring(sha256(int4send(place)) FOR 20) AS number
ORDER BY 2"""
_REVOCATIONS = """INSERT INTO revocations
    (authority_id, serial, generation, partition, not_after, cause, reason_code, revoked_at,
    sequence)
SELECT authority_id, serial, generation, partition, not_after, 'KEY_COMPROMISE', 1, issued_at, 0
FROM certificates WHERE get_byte(serial, 19) < 23"""

_ROWS = """COPY (
    SELECT c.serial, c.generation, c.not_after, r.serial, r.reason_code, r.revoked_at
    FROM certificates c
    LEFT JOIN revocations r ON r.authority_id = c.authority_id AND r.serial = c.serial
    WHERE c.authority_id = 'signing-13' AND c.kind <> 'authority' AND c.not_after >= now()
) TO '/dev/null'"""


def _measure(row: str, certificates: int) -> list[Result]:
    if not has_database(row):
        return []
    with (
        tempfile.TemporaryDirectory() as folder,
        running_ca(Path(folder) / "installation", issue_requests(1), responders=True) as ca,
    ):
        _fill(ca.server, certificates)
        peer = statistics.median(_copied(ca.server) for _ in range(TURNS))
        began = time.perf_counter()
        with replicas(ca, 1, within=_PATIENCE):
            seconds = time.perf_counter() - began
    return [
        Result(
            id=row,
            what=f"an empty replica of ocsp, from its start until it serves {certificates:,}"
            " certificates, 9 % of them revoked, that ca reads from PostgreSQL",
            value=seconds,
            unit="s",
            peer="COPY of the same rows to nowhere",
            peer_value=peer,
            ratio=peer / seconds,
            command=f"make bench ONLY={row}",
        )
    ]


def _fill(server: Server, certificates: int) -> None:
    values = {"authority": str(AUTHORITY), "partition": MUNICIPALITY, "count": certificates}
    with closing(Database(server.url())) as database, database.transaction() as tx:
        # Rows of other tables, that these refer to, are read by no snapshot.
        tx.connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        tx.connection.exec_driver_sql(_CERTIFICATES, values)
        tx.connection.exec_driver_sql(_REVOCATIONS)
        tx.connection.exec_driver_sql("ANALYZE certificates, revocations")


def _copied(server: Server) -> float:
    with closing(Database(server.url())) as database, database.transaction() as tx:
        began = time.perf_counter()
        tx.connection.exec_driver_sql(_ROWS)
        return time.perf_counter() - began


def _row(size: str, certificates: int) -> Row:
    row = f"snapshot_{size}"
    return Row(
        row,
        f"start of a replica from a snapshot of {certificates:,} certificates",
        partial(_measure, row, certificates),
        by_name_only=certificates > 1_000_000,
    )


ROWS = (_row("1m", 1_000_000), _row("10m", 10_000_000))
