"""Go's crypto/x509 asked about paths: programs/judge.go, built where it is asked for first."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.support.client_toolchain import GO, at_hand

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.conformance.path.meshes import Link, Mesh
    from tests.support.path_asking import Answer, Asked

_SOURCE = Path(__file__).parent / "programs" / "judge.go"
_AS_INSTALLED = {"GOTOOLCHAIN": "local", "GOWORK": "off"}
_NAME_CONSTRAINTS = "2.5.29.30"
_DIRECTORY_NAME = 0xA4


def go_accepts(questions: Iterable[Asked]) -> list[bool]:
    """Whether it does, of each. Skips the test where Go is not there.

    It is asked about paths and acceptable policies; revocation and the other inputs of RFC 5280
    6.1.1 are nothing that its callers can ask for.
    """
    at_hand(GO)
    lines = [json.dumps(_line(one)) for one in questions]
    done = subprocess.run(
        [_built()], input="\n".join(lines), capture_output=True, text=True, check=True
    )
    said = done.stdout.splitlines()
    assert len(said) == len(lines)
    return [one == "accept" for one in said]


def askable(asked: Asked) -> bool:
    """Whether the question is one that Go can be asked."""
    inputs = asked.explicit_policy, asked.inhibit_mapping, asked.inhibit_any, asked.revocation
    return not any(inputs)


def go_faults(judged: Sequence[tuple[Mesh, Answer]]) -> list[str]:
    """Meshes that Go judges otherwise, without a reason. It compares no directoryName, as RFC 5280
    4.2.1.10 asks for, and so accepts no path with such a constraint; and it counts self-issued
    certificates against a pathLenConstraint, where 6.1.4 (l) does not."""
    theirs = go_accepts(mesh.asked for mesh, _ in judged)
    return [
        f"{ours.id}: {ours.reason or 'accepted'}, by Go {'' if go else 'not '}accepted"
        for (mesh, ours), go in zip(judged, theirs, strict=True)
        if ours.accepted is not go
        and not (ours.accepted and any(map(_is_unlike, mesh.on(ours.path))))
    ]


def _is_unlike(link: Link) -> bool:
    return link.issuer == link.subject or any(
        extension.oid == _NAME_CONSTRAINTS and _DIRECTORY_NAME in extension.value
        for extension in link.said.more
    )


def _line(asked: Asked) -> dict[str, object]:
    def text(content: bytes | Path) -> str:
        assert isinstance(content, bytes)
        return base64.b64encode(content).decode()

    return {
        "target": text(asked.target),
        "anchors": [*map(text, asked.anchors)],
        "pool": [*map(text, asked.pool)],
        "time": asked.time.isoformat(),
        "policies": list(asked.policies),
    }


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="openjpki-judge-")


@cache
def _built() -> str:
    program = str(Path(_folder().name) / "judge")
    command = ["go", "build", "-o", program, str(_SOURCE)]
    subprocess.run(command, check=True, env=os.environ | _AS_INSTALLED)
    return program
