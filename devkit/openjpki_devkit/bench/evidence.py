"""evidence_overhead: what it costs ca to verify and keep what officers signed."""

from __future__ import annotations

import tempfile
from pathlib import Path

from openjpki_devkit.bench.ca_processes import ca_processes
from openjpki_devkit.bench.leases import CALLERS, has_database, rate_of
from openjpki_devkit.bench.result import Result, Row, compared

_WITH, _WITHOUT = "openjpki.cli.main", "openjpki_devkit.bench.ca_without_evidence"
_TURNS = 50
"""What evidence costs is a twentieth of what two turns of one ca differ by."""


def _measure() -> list[Result]:
    if not has_database("evidence_overhead"):
        return []
    with (
        tempfile.TemporaryDirectory() as folder,
        ca_processes(Path(folder), [_WITH, _WITHOUT]) as (proving, believing),
    ):
        proving.start()
        believing.start()
        with proving.stub() as ours, believing.stub() as theirs:
            return [
                compared(
                    id="evidence_overhead",
                    what=f"IssueCertificate on officers' signatures, PostgreSQL, {CALLERS} callers",
                    unit="certificates/s",
                    peer="the same ca, which asks for none",
                    ours=rate_of(ours, _TURNS),
                    theirs=rate_of(theirs, _TURNS),
                    turns=_TURNS,
                )
            ]


ROW = Row("evidence_overhead", "issuance with officers' signatures against without", _measure)
