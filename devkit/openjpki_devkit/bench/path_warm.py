"""path_warm: paths of four certificates with policies a second, parsed each time, one core."""

from __future__ import annotations

import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from openjpki.cli import output
from openjpki_devkit.bench.path_files import write_files
from openjpki_devkit.bench.peers import path_judges
from openjpki_devkit.bench.peers.process import asking
from openjpki_devkit.bench.rate import one_core
from openjpki_devkit.bench.result import Result, Row, compared

if TYPE_CHECKING:
    from openjpki_devkit.bench.peers.path_judges import PathJudge

_ROW = "path_warm"
_SECONDS = 1.0
_SHORT, _LONG = 100, 100_000
_FOUR = "path of four certificates with policies, RSA-2048, parsed each time"


def _measure() -> list[Result]:
    if shutil.which(path_judges.PROGRAM) is None:
        needed = f"{path_judges.PROGRAM} of signer_core/bench on the PATH"
        output.stderr.print(f"left out: {_ROW} (needs {needed})")
        return []
    judges = path_judges.present(_ROW, [path_judges.GO, path_judges.OPENSSL])
    commands = {judge: judge.command() for judge in judges}
    with tempfile.TemporaryDirectory(prefix="openjpki-paths-") as place, one_core():
        short, long = Path(place) / "short", Path(place) / "long"
        for folder, entries in ((short, _SHORT), (long, _LONG)):
            folder.mkdir()
            write_files(folder, entries)
        against = partial(_against, folder=short)
        results = []
        for judge in judges:
            results.append(against(judge, commands[judge], "plain", "", f"{_FOUR}, one core"))
            what = f"the same with three lists of {_SHORT}, parsed and verified too"
            results.append(against(judge, commands[judge], "lists", "_lists", what))
        results.append(
            _ourselves(
                f"{_ROW}_cached",
                "another target each time, authorities' signatures remembered",
                "everything verified",
                (short, "cached"),
                (short, "plain"),
            )
        )
        results.append(
            _ourselves(
                f"{_ROW}_long",
                f"three lists of {_LONG:,} entries, kept",
                f"lists of {_SHORT}, kept",
                (long, "kept"),
                (short, "kept"),
            )
        )
    return results


def _against(
    judge: PathJudge, command: list[str], mode: str, suffix: str, what: str, *, folder: Path
) -> Result:
    with (
        asking([path_judges.PROGRAM, str(folder), mode], _SECONDS) as ours,
        asking([*command, str(folder), mode], _SECONDS) as theirs,
    ):
        return compared(
            id=f"{_ROW}{suffix}{judge.suffix}",
            what=what,
            unit="paths/s",
            peer=f"{judge.name}, one core",
            ours=ours,
            theirs=theirs,
            command=f"make bench ONLY={_ROW}",
        )


def _ourselves(
    name: str, what: str, peer: str, measured: tuple[Path, str], beside: tuple[Path, str]
) -> Result:
    with (
        asking([path_judges.PROGRAM, *map(str, measured)], _SECONDS) as ours,
        asking([path_judges.PROGRAM, *map(str, beside)], _SECONDS) as theirs,
    ):
        return compared(
            id=name,
            what=what,
            unit="paths/s",
            peer=f"ours, {peer}",
            ours=ours,
            theirs=theirs,
            command=f"make bench ONLY={_ROW}",
        )


ROW = Row(_ROW, f"{_FOUR}, one core", _measure)
