"""path_bomb: the longest that any path takes whose cost a stranger chose.

Milliseconds of processor time of one question each, everything read anew in a process of its own.
It is asked several times and the longest counts: the first finds out what is forged, those behind
it know that. The bound is no figure of a machine: it is what a caller may make a verifier spend.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from openjpki.signer_core import PathMaterial, PathPool, PathQuestion, PathValidator
from openjpki_devkit.bench.child import in_child
from openjpki_devkit.bench.result import Result, Row
from openjpki_devkit.forge.certificates import AT
from openjpki_devkit.forge.shapes import SHAPES

if TYPE_CHECKING:
    from openjpki_devkit.forge.shape import Shape

_ROW: Final = "path_bomb"
_MODULE: Final = "openjpki_devkit.bench.path_bomb"
_BOUND_MS: Final = 50.0
_TURNS: Final = 3
_ASKED: Final = 6
_REMEMBERED: Final = 1 << 16
"""As many signatures that held as a batch remembers."""


def _measure() -> list[Result]:
    results = []
    for number, (title, make) in enumerate(SHAPES.items()):
        with tempfile.TemporaryDirectory(prefix="openjpki-paths-") as place:
            write(make(), Path(place))
            # The least of a few: a busy machine only adds to it.
            said = [in_child(_MODULE, place) for _ in range(_TURNS)]
        taken = min(float(one["ms"]) for one in said)
        what = f"{title}: {said[0]['reason'] or 'accepted'}"
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


def write(shape: Shape, folder: Path) -> None:
    """What a process of its own is asked about."""
    (folder / "target").write_bytes(shape.target)
    (folder / "anchor").write_bytes(shape.anchor)
    (folder / "pool").mkdir()
    for number, one in enumerate(shape.pool):
        (folder / "pool" / f"{number}").write_bytes(one)
    asked = {
        "policies": list(shape.policies),
        "explicit_policy": shape.explicit_policy,
        "revocation": shape.revocation,
    }
    (folder / "asked.json").write_text(json.dumps(asked))


def _longest(folder: Path) -> dict[str, Any]:
    asked = json.loads((folder / "asked.json").read_text())
    files = sorted((folder / "pool").iterdir(), key=lambda one: int(one.name))
    question = PathQuestion(
        (folder / "target").read_bytes(),
        anchors=PathMaterial.read((folder / "anchor").read_bytes()).certificates,
        pool=PathPool([PathMaterial.read(one.read_bytes()) for one in files]),
        at=int(AT.timestamp()),
        policies=asked["policies"] or None,
        explicit_policy=asked["explicit_policy"],
        revocation=asked["revocation"],
    )
    validator = PathValidator(remembered_signatures=_REMEMBERED)
    longest = 0.0
    for _ in range(_ASKED):
        began = time.thread_time()
        answer = validator.validate(question)
        longest = max(longest, time.thread_time() - began)
    return {"ms": longest * 1000, "reason": answer.reason, "rule": answer.rule}


ROW = Row(_ROW, "paths whose cost a stranger chose, each in under 50 ms", _measure)

if __name__ == "__main__":
    json.dump(_longest(Path(sys.argv[1])), sys.stdout)
