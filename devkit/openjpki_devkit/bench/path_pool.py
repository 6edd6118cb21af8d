"""pkits_pool: NIST's PKITS, every case through one pool of all certificates and lists.

Each side in a process of its own, which reads the pool and answers all questions once; starting it
is not counted. Run as a module it is our process.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from openjpki.cli import output
from openjpki.pki_path.batch.stream import Batch
from openjpki_devkit.bench.child import in_child
from openjpki_devkit.bench.peers import path_judges
from openjpki_devkit.bench.peers.process import asking
from openjpki_devkit.bench.rate import cores
from openjpki_devkit.bench.result import Result, Row, compared

_ROW: Final = "pkits_pool"
_MODULE: Final = "openjpki_devkit.bench.path_pool"
_CASES: Final = Path(__file__).parents[3] / "tests" / "conformance" / "data" / "pkits"
_AT: Final = datetime(2022, 5, 1, tzinfo=UTC)


def _measure() -> list[Result]:
    vectors = importlib.util.find_spec("cryptography_vectors")
    if vectors is None or vectors.origin is None or not _CASES.is_dir():
        output.stderr.print(f"left out: {_ROW} (needs cryptography-vectors and the tests' data)")
        return []
    suite = Path(vectors.origin).parent / "x509" / "PKITS_data"
    results = []
    with tempfile.TemporaryDirectory(prefix="openjpki-paths-") as place:
        questions, lines = _write_questions(suite, Path(place))
        for judge in path_judges.present(_ROW, [path_judges.JDK]):
            command = [*judge.command(), str(lines), str(suite / "certs"), str(suite / "crls")]

            def theirs(command: list[str] = command) -> float:
                with asking(command, 0.0) as seconds:
                    return seconds()

            results.append(
                compared(
                    id=_ROW,
                    what=f"PKITS, {len(_cases())} cases through one pool, {cores()} cores",
                    unit="s",
                    peer=judge.name,
                    ours=lambda: float(in_child(_MODULE, str(questions))["seconds"]),
                    theirs=theirs,
                    less_is_better=True,
                )
            )
    return results


def _cases() -> list[dict[str, Any]]:
    every = json.loads((_CASES / "pkits.json").read_text())
    return list({json.dumps(case, sort_keys=True): case for case in every}.values())


def _write_questions(suite: Path, folder: Path) -> tuple[Path, Path]:
    """As `openjpki path batch` reads them, and as PathPool.java does."""
    anchor = str(suite / "certs" / "TrustAnchorRootCertificate.crt")
    ours, theirs = [], []
    for number, case in enumerate(_cases()):
        params = case.get("params", {})
        target = str(suite / "certs" / case["cert"])
        policies = params.get("user_initial_policy_set", [])
        flags = [
            bool(params.get(name))
            for name in (
                "initial_explicit_policy",
                "initial_policy_mapping_inhibit",
                "initial_any_policy_inhibit",
            )
        ]
        asked = {
            "id": str(number), "target": target, "anchors": [anchor],
            "pool": [str(suite / "certs"), str(suite / "crls")], "time": "2022-05-01T00:00:00Z",
            "policies": policies, "explicit_policy": flags[0], "inhibit_mapping": flags[1],
            "inhibit_any": flags[2], "revocation": "require",
        }  # fmt: skip
        ours.append(json.dumps(asked))
        at = str(int(_AT.timestamp() * 1000))
        theirs.append(
            "\t".join([target, anchor, at, ",".join(policies), *(str(int(f)) for f in flags)])
        )
    questions, lines = folder / "questions.jsonl", folder / "questions.tsv"
    questions.write_text("".join(f"{line}\n" for line in ours))
    lines.write_text("".join(f"{line}\n" for line in theirs))
    return questions, lines


def answered(questions: Path) -> tuple[float, list[dict[str, Any]]]:
    """Seconds from the first octet read to the last answer, and the answers."""
    written: list[bytes] = []
    descriptor = os.open(questions, os.O_RDONLY)
    began = time.perf_counter()
    try:
        Batch(write=written.append, now=lambda: int(time.time())).run(descriptor)
    finally:
        os.close(descriptor)
    seconds = time.perf_counter() - began
    return seconds, [json.loads(line) for line in b"".join(written).splitlines()]


ROW = Row(_ROW, "PKITS through one pool, one process", _measure)

if __name__ == "__main__":
    taken, answers = answered(Path(sys.argv[1]))
    accepted = sum(one["verdict"] == "accept" for one in answers)
    json.dump({"seconds": taken, "accepted": accepted, "of": len(answers)}, sys.stdout)
