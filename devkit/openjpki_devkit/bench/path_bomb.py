"""path_bomb: the longest that any path takes whose cost a stranger chose.

Milliseconds of one question each, everything read anew in a process of its own. The bound is no
figure of a machine: it is what a caller may make a verifier spend.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Final

from openjpki_devkit.bench.child import in_child
from openjpki_devkit.bench.path_pool import answered
from openjpki_devkit.bench.result import Result, Row
from openjpki_devkit.forge.shapes import SHAPES, Shape

_ROW: Final = "path_bomb"
_MODULE: Final = "openjpki_devkit.bench.path_bomb"
_BOUND_MS: Final = 50.0
_TURNS: Final = 3


def _measure() -> list[Result]:
    results = []
    with tempfile.TemporaryDirectory(prefix="openjpki-paths-") as place:
        for number, (title, make) in enumerate(SHAPES.items()):
            questions = _written(make(), title, Path(place))
            # The least of a few: a busy machine only adds to it.
            said = [in_child(_MODULE, str(questions)) for _ in range(_TURNS)]
            taken = min(float(one["ms"]) for one in said)
            what = f"{title}: {said[0]['verdict']} {said[0]['reason'] or ''}".rstrip()
            results.append(
                Result(
                    id=f"{_ROW}_{number}",
                    what=what,
                    value=taken,
                    unit="ms",
                    peer=f"bound of {_BOUND_MS:.0f} ms",
                    peer_value=_BOUND_MS,
                    ratio=_BOUND_MS / max(taken, 1e-3),
                    command=f"make bench ONLY={_ROW}",
                )
            )
    return results


def _written(shape: Shape, title: str, folder: Path) -> Path:
    pool = folder / hashlib.sha256(title.encode()).hexdigest()
    pool.mkdir()
    for number, one in enumerate(shape.pool):
        (pool / f"{number}.der").write_bytes(one)

    def place(octets: bytes) -> str:
        file = folder / hashlib.sha256(octets).hexdigest()
        file.write_bytes(octets)
        return str(file)

    asked = {
        "id": title,
        "target": place(shape.target),
        "anchors": [place(shape.anchor)],
        "pool": [str(pool)],
        "time": "2025-06-01T00:00:00Z",
        "policies": list(shape.policies),
        "explicit_policy": shape.explicit_policy,
        "inhibit_mapping": False,
        "inhibit_any": False,
        "revocation": "require" if shape.revocation else "off",
    }
    questions = folder / "questions.jsonl"
    questions.write_text(json.dumps(asked) + "\n")
    return questions


ROW = Row(_ROW, "paths whose cost a stranger chose, each in under 50 ms", _measure)

if __name__ == "__main__":
    (answer,) = answered(Path(sys.argv[1]))[1]
    json.dump(answer, sys.stdout)
