"""The command `openjpki bench`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openjpki.cli import output
from openjpki.errors import OpenJpkiError, Reason
from openjpki.signer_core import lanes, switch_lanes
from openjpki_devkit.bench import (
    callers,
    change_notices,
    crl,
    crl_floor,
    edge,
    evidence,
    feed_streams,
    index,
    issue,
    issue_rpc,
    leases,
    ocsp,
    ocsp_http,
    path_bomb,
    path_pool,
    path_warm,
    revoke_visible,
    rsa,
    rsa_limit,
    single,
    snapshot,
    status,
    status_core,
)
from openjpki_devkit.bench.machine import describe_machine, processor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki_devkit.bench.result import Result, Row

ROWS = {
    row.id: row
    for row in (
        rsa.BATCH,
        rsa.MULTIBUFFER,
        rsa_limit.ROW,
        rsa.MIXED_KEYS,
        single.ROW,
        callers.ROW,
        issue.ROW,
        issue.CORE,
        issue_rpc.ROW,
        feed_streams.ROW,
        *revoke_visible.ROWS,
        evidence.ROW,
        leases.OVERHEAD,
        leases.TAKEOVER,
        change_notices.ROW,
        ocsp.ROW,
        *ocsp_http.ROWS,
        crl.ROW,
        crl_floor.ONE_MILLION,
        crl_floor.TEN_MILLION,
        status.BATCH,
        status.UNARY,
        *status_core.ROWS,
        *index.ROWS,
        *snapshot.ROWS,
        edge.ROW,
        path_pool.ROW,
        path_warm.ROW,
        path_bomb.ROW,
    )
}


def bench(
    directory: Annotated[Path, typer.Option("--directory", help="Where results.json goes.")] = Path(
        "build/bench"
    ),
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Row ids; several times.")
    ] = None,
    without_lanes: Annotated[  # noqa: FBT002 - typer's way to a flag
        bool,
        typer.Option("--without-lanes", help="Every signature of this process made singly."),
    ] = False,
) -> None:
    """Measure against the named peers, in the same run and in turns."""
    for name in only or []:
        if name not in ROWS:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, f"must be one of {', '.join(ROWS)}", field="--only"
            )
    switch_lanes(not without_lanes)
    smallest_group = lanes().smallest_group
    chosen = [row for row in ROWS.values() if (row.id in only if only else not row.by_name_only)]
    directory.mkdir(parents=True, exist_ok=True)
    results, failed = _measured(chosen, directory / "results.json")
    _write(directory / "machine.json", describe_machine())
    machine: dict[str, output.Value] = {
        "processor": processor(),
        "lanes_smallest_group": smallest_group,
    }
    together = f"{smallest_group} signatures and more together" if smallest_group else "no lanes"
    output.emit_rows(
        [
            {
                "id": each.id,
                "value": f"{each.value:,.4g} {each.unit}",
                "peer": each.peer,
                "peer_value": f"{each.peer_value:,.4g}",
                "ratio": round(each.ratio, 3),
                "quartiles": ""
                if each.quartiles is None
                else "{:.3f} to {:.3f}".format(*each.quartiles),
                # The same in every row: a table has it in its title.
                **(machine if output.is_json() else {}),
            }
            for each in results
        ],
        title=f"Benchmarks: {machine['processor']}, {together}",
    )
    if failed:
        raise typer.Exit(1)


def _measured(rows: Iterable[Row], path: Path) -> tuple[list[Result], bool]:
    """What was measured, and whether any row failed. Each is written as soon as it is there, so
    that a later one can't take it along."""
    results: list[Result] = []
    failed = False
    for row in rows:
        try:
            with output.stderr.status(f"measuring {row.id}: {row.what}"):
                results += row.measure()
        except OpenJpkiError as error:
            output.stderr.print(f"failed: {row.id}: {error}")
            failed = True
        _write(path, [asdict(result) for result in results])
    return results, failed


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
